import { type ChildProcess, spawn } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { fold } from "../../src/domain/reduce.ts";
import { readJournal } from "../../src/journal/index.ts";
import { type Lab, type LabOptions, startLab } from "../../src/lab/lab.ts";
import { fillLabFile, readLabFile } from "../../src/lab/lab-file.ts";

const root = fileURLToPath(new URL("../..", import.meta.url));

export type PracticeOptions = Omit<LabOptions, "dir" | "parts"> & {
  /** Parameters that differ from those of lab.yaml. */
  readonly params?: Readonly<Record<string, string>>;
};

export type Ended = {
  readonly code: number | null;
  readonly signal: string | null;
  readonly stdout: string;
  readonly stderr: string;
};

export type Killed = {
  /** Of the last executor, the one that was not killed. */
  readonly ended: Ended;
  readonly kills: number;
  /** How many steps were begun over all executors. */
  readonly begun: number;
  /** Every step in the middle of which an executor died. */
  readonly killedAt: readonly string[];
};

/** A shipped runbook in a lab of its own, run headless as its users do: by the command line. */
export type Practice = {
  readonly lab: Lab;
  /** Starts `run` with the parameters and approvals of lab.yaml. */
  run(...more: string[]): { readonly child: ChildProcess; readonly ended: Promise<Ended> };
  /** Any other verb, in the same state directory and environment. */
  verb(...args: string[]): { readonly child: ChildProcess; readonly ended: Promise<Ended> };
  readonly runId: string;
  /**
   * Carries the run through while the executor is killed (kill -9) soon after it began a step that it had not begun before,
   * and resumed each time. No executor begins a third step, however late the signal comes: it dies when it wants to. With
   * `at` only the signal counts, and only at the steps that it chooses.
   */
  runKilled(at?: (address: string) => boolean): Promise<Killed>;
  close(): Promise<void>;
};

export async function practise(runbook: string, { params = {}, ...options }: PracticeOptions = {}): Promise<Practice> {
  const dir = mkdtempSync(join(tmpdir(), "runsheet-practice-"));
  const read = readLabFile(join(root, "runbooks", runbook));
  if (read.kind === "failed") throw new Error(read.failure.message);
  const lab = await startLab({ ...options, parts: read.file.parts, dir: join(dir, "lab") });
  const filled = fillLabFile(read.file, lab.values, params);
  if (filled.kind === "failed") throw new Error(filled.failure.message);
  const { answers, env: extra } = filled.filled;
  const given = filled.filled.params;
  const pairs = Object.entries(given).map(
    ([key, value]) => ["-p", `${key}=${typeof value === "string" ? value : JSON.stringify(value)}`] as const,
  );
  const env = { ...process.env, ...lab.env, ...extra, XDG_STATE_HOME: join(dir, "state"), NO_COLOR: "1" };
  const answersFile = join(dir, "answers.json");
  writeFileSync(answersFile, JSON.stringify(answers));
  const runId = "practice";

  const children = new Set<ChildProcess>();
  const start = (more: NodeJS.ProcessEnv, args: readonly string[]) => {
    const child = spawn(process.execPath, [join(root, "src", "main.ts"), ...args], {
      env: { ...env, ...more },
      cwd: dir,
      stdio: ["ignore", "pipe", "pipe"],
    });
    children.add(child);
    let stdout = "";
    let stderr = "";
    child.stdout.setEncoding("utf8").on("data", (text: string) => {
      stdout += text;
    });
    child.stderr.setEncoding("utf8").on("data", (text: string) => {
      stderr += text;
    });
    const ended = new Promise<Ended>((resolve) =>
      child.on("close", (code, signal) => {
        children.delete(child);
        resolve({ code, signal, stdout, stderr });
      }),
    );
    return { child, ended };
  };
  const runArgs = (...more: string[]) => {
    const named = more.includes("--run-id") ? [] : ["--run-id", runId];
    // What is given here takes the place of lab.yaml's parameter of that name.
    const kept = pairs.filter(([, pair]) => !more.some((word) => word.startsWith(`${pair.split("=")[0]}=`)));
    const file = join(root, "runbooks", runbook, "runbook.yaml");
    return ["run", file, "--headless", ...named, "--answers", answersFile, ...kept.flat(), ...more];
  };
  return {
    lab,
    runId,
    verb: (...args) => start({}, args),
    run: (...more) => start({}, runArgs(...more)),
    async runKilled(at) {
      const killedAt = new Set<string>();
      const second = at ? {} : { RUNSHEET_FAULT: "journal.step-started.after:2=kill" };
      for (let kills = 0, started = start(second, runArgs()); ; kills++) {
        const { child, ended } = started;
        let seen = "";
        child.stderr?.on("data", (text: string) => {
          seen += text;
          const begun = [...seen.matchAll(/^\S+ {2}start +(\S+)$/gm)].map((match) => match[1]!);
          if (begun.some(at ?? (() => true))) child.kill("SIGKILL");
        });
        const end = await ended;
        if (end.code !== null && end.code !== 0) return { ended: end, kills, begun: 0, killedAt: [...killedAt] };
        const { open, begun, exitCode } = begunIn(join(dir, "state", "runsheet", "runs", runId));
        if (end.signal !== "SIGKILL") return { ended: end, kills, begun, killedAt: [...killedAt] };
        // A signal that is sent at the last step may come after the end was recorded.
        if (exitCode !== undefined) {
          return { ended: { ...end, code: exitCode, signal: null }, kills, begun, killedAt: [...killedAt] };
        }
        for (const address of open) killedAt.add(address);
        started = start(second, ["resume", runId, "--headless", "--answers", answersFile]);
      }
    },
    async close() {
      // A run that a failed test leaves behind would go on for ever.
      for (const child of children) child.kill("SIGKILL");
      await lab.down();
      rmSync(dir, { recursive: true, force: true });
    },
  };
}

/** What the journal knows of a run that nobody carries out at the moment. */
function begunIn(runDir: string): {
  readonly open: readonly string[];
  readonly begun: number;
  /** Undefined while the run has not ended. */
  readonly exitCode: number | undefined;
} {
  const reader = readJournal(runDir);
  try {
    const events = [...reader.read()];
    const begun = events.filter(({ type }) => type === "step-started").length;
    const last = events.at(-1);
    return { open: [...fold(events).open], begun, exitCode: last?.type === "run-ended" ? last.exitCode : undefined };
  } finally {
    reader.close();
  }
}

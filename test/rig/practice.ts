import { type ChildProcess, spawn } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
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

/** A shipped runbook in a lab of its own, run headless as its users do: by the command line. */
export type Practice = {
  readonly lab: Lab;
  /** Starts `run` with the parameters and approvals of lab.yaml. */
  run(...more: string[]): { readonly child: ChildProcess; readonly ended: Promise<Ended> };
  /** Any other verb, in the same state directory and environment. */
  verb(...args: string[]): { readonly child: ChildProcess; readonly ended: Promise<Ended> };
  readonly runId: string;
  /**
   * Carries the run through while the executor is killed (kill -9) at the start of every step that it has not been killed
   * at before, or of those that `at` chooses, and resumed each time. Returns the end of the last executor and the
   * addresses at which it was killed.
   */
  runKilled(
    at?: (address: string) => boolean,
  ): Promise<{ readonly ended: Ended; readonly killedAt: readonly string[] }>;
  close(): Promise<void>;
};

export async function practise(runbook: string, { params = {}, ...options }: PracticeOptions = {}): Promise<Practice> {
  const dir = mkdtempSync(join(tmpdir(), "runsheet-practice-"));
  const read = readLabFile(join(root, "runbooks", runbook));
  if (read.kind === "failed") throw new Error(read.failure.message);
  const lab = await startLab({ ...options, parts: read.file.parts, dir: join(dir, "lab") });
  const filled = fillLabFile(read.file, lab.values);
  if (filled.kind === "failed") throw new Error(filled.failure.message);
  const { answers, env: extra } = filled.filled;
  const given = { ...filled.filled.params, ...params };
  const pairs = Object.entries(given).map(
    ([key, value]) => ["-p", `${key}=${typeof value === "string" ? value : JSON.stringify(value)}`] as const,
  );
  const env = { ...process.env, ...lab.env, ...extra, XDG_STATE_HOME: join(dir, "state"), NO_COLOR: "1" };
  const answersFile = join(dir, "answers.json");
  writeFileSync(answersFile, JSON.stringify(answers));
  const runId = "practice";

  const children = new Set<ChildProcess>();
  const verb = (...args: string[]) => {
    const child = spawn(process.execPath, [join(root, "src", "main.ts"), ...args], {
      env,
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
  const run = (...more: string[]) => {
    const named = more.includes("--run-id") ? [] : ["--run-id", runId];
    // What is given here takes the place of lab.yaml's parameter of that name.
    const kept = pairs.filter(([, pair]) => !more.some((word) => word.startsWith(`${pair.split("=")[0]}=`)));
    const file = join(root, "runbooks", runbook, "runbook.yaml");
    return verb("run", file, "--headless", ...named, "--answers", answersFile, ...kept.flat(), ...more);
  };
  return {
    lab,
    runId,
    verb,
    run,
    async runKilled(at = () => true) {
      const killedAt: string[] = [];
      for (let started = run(); ; started = verb("resume", runId, "--headless", "--answers", answersFile)) {
        const { child, ended } = started;
        let killed = false;
        child.stderr?.on("data", (text: string) => {
          const fresh = [...text.matchAll(/^\S+ {2}start +(\S+)$/gm)]
            .map((match) => match[1]!)
            .find((address) => !killedAt.includes(address) && at(address));
          if (killed || fresh === undefined) return;
          killed = true;
          killedAt.push(fresh);
          child.kill("SIGKILL");
        });
        const end = await ended;
        if (!killed || end.signal !== "SIGKILL") return { ended: end, killedAt };
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

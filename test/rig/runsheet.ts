import { type ChildProcess, spawn } from "node:child_process";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import type { RecordedEvent } from "../../src/domain/event.ts";
import { readJournal } from "../../src/journal/index.ts";

const main = fileURLToPath(new URL("../../src/main.ts", import.meta.url));

export type Result = {
  readonly code: number | null;
  readonly signal: string | null;
  readonly stdout: string;
  readonly stderr: string;
};

export type Started = { readonly child: ChildProcess; readonly pid: number; readonly result: Promise<Result> };

/** A directory of its own with a state directory, runbooks and a ledger: the program as its users have it. */
export class Bench {
  readonly dir = mkdtempSync(join(tmpdir(), "runsheet-test-"));
  readonly state = join(this.dir, "state");
  readonly ledger = join(this.dir, "ledger");

  file(name: string, text: string, mode = 0o644): string {
    const path = join(this.dir, name);
    mkdirSync(dirname(path), { recursive: true });
    writeFileSync(path, text, { mode });
    return path;
  }

  /** Starts the program; without a terminal. */
  start(args: readonly string[], options: { env?: NodeJS.ProcessEnv; wrap?: readonly string[] } = {}): Started {
    const argv = [...(options.wrap ?? []), process.execPath, main, ...args];
    const child = spawn(argv[0] as string, argv.slice(1), {
      cwd: this.dir,
      stdio: ["ignore", "pipe", "pipe"],
      env: { ...process.env, XDG_STATE_HOME: this.state, LEDGER: this.ledger, NO_COLOR: "1", ...options.env },
    });
    let stdout = "";
    let stderr = "";
    child.stdout?.setEncoding("utf8").on("data", (text: string) => {
      stdout += text;
    });
    child.stderr?.setEncoding("utf8").on("data", (text: string) => {
      stderr += text;
    });
    const result = new Promise<Result>((resolve) =>
      child.on("close", (code, signal) => resolve({ code, signal, stdout, stderr })),
    );
    return { child, pid: child.pid as number, result };
  }

  run(args: readonly string[], options: { env?: NodeJS.ProcessEnv; wrap?: readonly string[] } = {}): Promise<Result> {
    return this.start(args, options).result;
  }

  /** `status --json` of a run. */
  async status(
    run: string,
  ): Promise<Record<string, never> & { state: string; exitCode?: number; steps: StepStatus[] }> {
    const { stdout, stderr } = await this.run(["status", run, "--json"]);
    if (!stdout) throw new Error(stderr);
    return JSON.parse(stdout);
  }

  /** The record of a run. */
  events(run: string): readonly RecordedEvent[] {
    const reader = readJournal(join(this.state, "runsheet/runs", run));
    try {
      return [...reader.read()];
    } finally {
      reader.close();
    }
  }

  /** Lines that the steps themselves wrote, in order. */
  ledgerLines(): readonly string[] {
    try {
      return readFileSync(this.ledger, "utf8").split("\n").filter(Boolean);
    } catch {
      return [];
    }
  }

  remove(): void {
    rmSync(this.dir, { recursive: true, force: true });
  }

  [Symbol.dispose](): void {
    this.remove();
  }
}

export type StepStatus = {
  readonly at: string;
  readonly state: string;
  readonly attempts: number;
  readonly exitCode?: number;
  readonly failure?: string;
};

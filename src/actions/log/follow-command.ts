import { type ChildProcess, spawn } from "node:child_process";
import { LineSplitter } from "../line-splitter.ts";

export type CommandOptions = {
  /** A shell line, or a program with its arguments. */
  readonly command: string | readonly string[];
  readonly cwd: string;
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly maxLineBytes: number;
  readonly signal: AbortSignal;
};

/** A line of standard output or standard error, or how the command ended (always the last). */
export type CommandOutput =
  | { readonly kind: "line"; readonly line: string; readonly stream: "stdout" | "stderr" }
  | { readonly kind: "ended"; readonly how: string; readonly started: boolean };

const GRACE_MS = 2_000;
const MAX_WAITING_LINES = 1_000;

/**
 * Runs a command and yields its lines as they come. The command is stopped, with all that it started (TERM, after two
 * seconds KILL), when the caller stops reading or the signal is aborted. A reader that is slow slows the command down.
 */
export async function* followCommand(options: CommandOptions): AsyncGenerator<CommandOutput> {
  const [program, ...args] = typeof options.command === "string" ? ["/bin/sh", "-c", options.command] : options.command;
  if (program === undefined) throw new RangeError("a command needs a program");
  const child = spawn(program, args, {
    cwd: options.cwd,
    env: options.env,
    stdio: ["ignore", "pipe", "pipe"],
    // A process group of its own, so that stopping reaches pipelines and grandchildren.
    detached: true,
  });
  let waiting: CommandOutput[] = [];
  let wake = (): void => {};
  const add = (output: CommandOutput): void => {
    waiting.push(output);
    if (waiting.length > MAX_WAITING_LINES) for (const stream of [child.stdout, child.stderr]) stream.pause();
    wake();
  };
  for (const stream of ["stdout", "stderr"] as const) {
    const splitter = new LineSplitter(options.maxLineBytes);
    child[stream].on("data", (chunk: Buffer) => {
      for (const { text } of splitter.push(chunk)) add({ kind: "line", line: text, stream });
    });
    child[stream].on("end", () => {
      for (const { text } of splitter.end()) add({ kind: "line", line: text, stream });
    });
  }
  child.on("error", (error) => add({ kind: "ended", how: error.message, started: false }));
  child.on("close", (code, signal) =>
    add({ kind: "ended", how: signal ? `by ${signal}` : `with code ${code}`, started: true }),
  );
  const stop = (): void => void stopAll(child);
  options.signal.addEventListener("abort", stop, { once: true });
  if (options.signal.aborted) stop();
  try {
    for (;;) {
      if (waiting.length === 0) {
        for (const stream of [child.stdout, child.stderr]) stream.resume();
        await new Promise<void>((resolve) => {
          wake = resolve;
        });
      }
      const batch = waiting;
      waiting = [];
      for (const output of batch) {
        yield output;
        if (output.kind === "ended") return;
      }
    }
  } finally {
    options.signal.removeEventListener("abort", stop);
    await stopAll(child);
  }
}

/**
 * Resolves when the command is gone and nothing holds its pipes. What it left in the background is stopped as well; a
 * process that left the group and keeps the pipes open loses them after the grace.
 */
async function stopAll(child: ChildProcess): Promise<void> {
  const { pid } = child;
  if (pid === undefined || isClosed(child)) return;
  const closed = new Promise<void>((resolve) => child.once("close", () => resolve()));
  // A paused pipe never ends.
  child.stdout?.resume();
  child.stderr?.resume();
  signalGroup(pid, "SIGTERM");
  const force = setTimeout(() => {
    signalGroup(pid, "SIGKILL");
    child.stdout?.destroy();
    child.stderr?.destroy();
  }, GRACE_MS);
  await closed;
  clearTimeout(force);
}

function isClosed(child: ChildProcess): boolean {
  const hasEnded = child.exitCode !== null || child.signalCode !== null;
  return hasEnded && child.stdout?.closed === true && child.stderr?.closed === true;
}

function signalGroup(pid: number, signal: NodeJS.Signals): void {
  try {
    process.kill(-pid, signal);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "ESRCH") throw error;
  }
}

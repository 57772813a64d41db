import { type ChildProcess, type SpawnOptions, spawn } from "node:child_process";
import { statSync } from "node:fs";
import { constants } from "node:os";
import { type Failure, failure } from "../domain/failure.ts";
import type { CommandRequest, ProbeResult } from "../domain/ports.ts";
import { createMask, maxSecretBytes } from "../lib/mask.ts";
import { KeptOutput } from "./kept-output.ts";

export type ProbeLimits = { readonly timeoutMs: number; readonly maxBytes: number; readonly signal?: AbortSignal };

/**
 * A short command: what it printed and how it ended. It has a process group of its own, which gets TERM and then KILL when
 * the time is up or the signal comes. Death by signal reads as exit code 128 + n, as in a shell. Never rejects.
 */
export async function probe(
  request: CommandRequest,
  env: NodeJS.ProcessEnv,
  limits: ProbeLimits,
): Promise<ProbeResult> {
  if (limits.signal?.aborted) return { kind: "failed", failure: cancelled(request) };
  const secrets = Object.values(request.command.secretEnv);
  if (secrets.some((secret) => Buffer.byteLength(secret) > maxSecretBytes)) {
    return { kind: "failed", failure: secretTooLong(request) };
  }
  const mask = createMask(secrets);
  const stdout = new KeptOutput(mask.stream(), limits.maxBytes);
  const stderr = new KeptOutput(mask.stream(), limits.maxBytes);
  const guard = new Guard(limits);
  const output = await runWithZx(request, env, { stdout, stderr }, guard);
  guard.close();
  if (guard.reason === "timeout")
    return { kind: "failed", failure: timedOut(request, limits.timeoutMs, stderr.text()) };
  if (guard.reason === "abort") return { kind: "failed", failure: cancelled(request) };
  if (output.cause !== undefined && output.cause !== null) {
    return { kind: "failed", failure: notStarted(request, output.cause) };
  }
  const exitCode = output.exitCode ?? (output.signal ? 128 + constants.signals[output.signal] : undefined);
  if (exitCode === undefined) return { kind: "failed", failure: notStarted(request, output.cause) };
  return { kind: "exited", exitCode, stdout: stdout.text(), stderr: stderr.text() };
}

type Ended = { readonly exitCode: number | null; readonly signal: NodeJS.Signals | null; readonly cause?: unknown };

/** zx, without its shell line: arguments go to the kernel as they are. */
async function runWithZx(
  { command, cwd, env: own }: CommandRequest,
  env: NodeJS.ProcessEnv,
  streams: { readonly stdout: KeptOutput; readonly stderr: KeptOutput },
  guard: Guard,
): Promise<Ended> {
  const [program = "", ...rest] = command.argv;
  try {
    const { $ } = await import("zx/core");
    const shell = $({
      cwd,
      env: { ...env, ...own, ...command.secretEnv },
      stdio: ["ignore", "pipe", "pipe"],
      detached: true,
      nothrow: true,
      quiet: true,
      verbose: false,
      // zx takes defaults for these from ZX_ variables; a runbook means the same for every operator.
      timeout: 0,
      prefix: "",
      postfix: "",
      preferLocal: false,
      quote: (text) => text,
      store: { ...streams, stdall: new Nothing() },
      spawn: ((_line: string, _none: readonly string[], options: SpawnOptions) =>
        guard.watch(spawn(program, rest, { ...options, shell: false }))) as typeof spawn,
    });
    return await shell`${command.shown}`;
  } catch (error) {
    return { exitCode: null, signal: null, cause: error };
  }
}

/** Both streams together are not needed. */
class Nothing extends Array<Buffer> {
  override push(): number {
    return 0;
  }
}

/** Ends a process group that takes too long, and pipes that outlive their command. */
class Guard {
  reason: "timeout" | "abort" | undefined;
  private readonly limits: ProbeLimits;
  private child: ChildProcess | undefined;
  private readonly timers: NodeJS.Timeout[] = [];
  private readonly onAbort = (): void => this.end("abort");

  constructor(limits: ProbeLimits) {
    this.limits = limits;
  }

  watch(child: ChildProcess): ChildProcess {
    this.child = child;
    this.timers.push(setTimeout(() => this.end("timeout"), Math.min(this.limits.timeoutMs, longestTimerMs)));
    this.limits.signal?.addEventListener("abort", this.onAbort, { once: true });
    if (this.limits.signal?.aborted) this.onAbort();
    child.once("exit", () => {
      // A background process that inherited the pipes must not hold up the answer.
      this.timers.push(setTimeout(() => this.destroyPipes(), drainMs));
    });
    return child;
  }

  close(): void {
    for (const timer of this.timers) clearTimeout(timer);
    this.limits.signal?.removeEventListener("abort", this.onAbort);
  }

  private end(reason: "timeout" | "abort"): void {
    this.reason ??= reason;
    this.signalGroup("SIGTERM");
    this.timers.push(setTimeout(() => this.signalGroup("SIGKILL"), graceMs));
  }

  private signalGroup(signal: NodeJS.Signals): void {
    const child = this.child;
    // Once its end is known, its number may be another's.
    if (child?.pid === undefined || child.exitCode !== null || child.signalCode !== null) {
      this.destroyPipes();
      return;
    }
    try {
      process.kill(-child.pid, signal);
    } catch {
      // It has just gone.
    }
  }

  private destroyPipes(): void {
    this.child?.stdout?.destroy();
    this.child?.stderr?.destroy();
  }
}

/** Longer ones would fire at once. */
const longestTimerMs = 2 ** 31 - 1;
const graceMs = 500;
const drainMs = 200;

function secretTooLong({ command }: CommandRequest): Failure {
  const message = `a secret for this command is longer than ${maxSecretBytes} bytes and could not be hidden: ${command.shown}`;
  return failure("secret-too-long", message, { retryable: false, hint: "give the command the name of a file instead" });
}

function timedOut({ command }: CommandRequest, timeoutMs: number, stderr: string): Failure {
  const said = stderr.trim() === "" ? "" : `; it said: ${stderr.trim().slice(-300)}`;
  return failure("probe-timeout", `no answer within ${timeoutMs} ms from: ${command.shown}${said}`, {
    hint: "try the command by hand; give the probe more time with `timeout`",
  });
}

function cancelled({ command }: CommandRequest): Failure {
  return failure("cancelled", `given up because the run is being stopped: ${command.shown}`);
}

function notStarted({ command, cwd }: CommandRequest, cause: unknown): Failure {
  if (!statSync(cwd, { throwIfNoEntry: false })?.isDirectory()) {
    const hint = "set `cwd` to a directory that exists, or make it in an earlier step";
    return failure("no-directory", `the command's directory ${cwd} does not exist`, { cause, hint });
  }
  const code = (cause as NodeJS.ErrnoException | undefined)?.code;
  if (code === "ENOENT" || code === "EACCES") {
    return failure("not-found", `there is no program ${command.argv[0]} that could be started (${code})`, {
      cause,
      retryable: false,
      hint: `install it, or correct PATH; \`command -v ${command.argv[0]}\` shows what a shell finds`,
    });
  }
  return failure("not-started", `the command could not be started: ${command.shown}`, { cause });
}

import type { Progress } from "./action.ts";
import type { AttemptEnd, ProcessIdentity } from "./attempt.ts";
import type { Event, RecordedEvent } from "./event.ts";
import type { RenderedCommand } from "./expressions.ts";
import type { Failure } from "./failure.ts";
import type { Actor, Answer, Prompt } from "./prompt.ts";
import type { RunState } from "./state.ts";

/**
 * The durable record of one run. One process owns it (E7).
 *
 * `append` resolves when all events are durably committed, in order, in one transaction; concurrent calls of one turn of
 * the event loop share a commit (group commit). It rejects with `JournalError` on any I/O error or lost ownership; after
 * that the process must run nothing more.
 */
export interface Journal {
  readonly epoch: number;
  append(events: readonly Event[]): Promise<readonly RecordedEvent[]>;
  /** All events from `fromSeq` (default 1), in order, read in pages. */
  read(fromSeq?: number): Iterable<RecordedEvent>;
  /** Whether so little space is left that nothing more should be released. */
  space(): { readonly freeBytes: number; readonly low: boolean };
  close(): void;
}

/** Fatal: exit with 74 (I/O), 75 (another owner) or 76 (damaged) and touch nothing. */
export class JournalError extends Error {
  override readonly name = "JournalError";
  readonly exitCode: 73 | 74 | 75 | 76;
  readonly hint: string;

  constructor(exitCode: 73 | 74 | 75 | 76, message: string, hint: string, options?: ErrorOptions) {
    super(message, options);
    this.exitCode = exitCode;
    this.hint = hint;
  }
}

/** What a command is started with. */
export type CommandRequest = {
  readonly command: RenderedCommand;
  readonly cwd: string;
  /** The step's own variables, beside the inherited environment and `command.secretEnv`. */
  readonly env: Readonly<Record<string, string>>;
};

export type AttemptRequest = CommandRequest & {
  /** Absolute path of the attempt's directory, created by the callee: `alive`, `out`, `err`, `exit`. */
  readonly dir: string;
  readonly attemptId: string;
  /** Values that must not reach the output files; when not empty, output passes through the redactor process. */
  readonly secrets: readonly string[];
  /** Commands stop with the executor instead of outliving it. */
  readonly dieWithExecutor: boolean;
};

/** A wrapper process that waits at its gate; the command has not started. */
export type GatedAttempt = {
  readonly identity: ProcessIdentity;
  /** Opens the gate. Call it only after the release is durable (E2). */
  release(): RunningAttempt;
  /** Closes the gate: the command will never run. */
  abandon(): Promise<void>;
};

export type RunningAttempt = {
  /** Resolves once, when no process of the attempt is left (or when only a background process is left: see `lingering`). */
  readonly ended: Promise<AttemptEnd>;
  /** TERM to the whole tree, KILL after `graceMs`; resolves when nothing is left. Safe to call again with less grace. */
  stop(graceMs: number, signal?: "SIGTERM" | "SIGINT"): Promise<void>;
};

export type AttemptRef = { readonly dir: string; readonly attemptId: string; readonly identity?: ProcessIdentity };

/** What a probe printed and how it ended. Output beyond `maxBytes` is cut (head kept). */
export type ProbeResult =
  | { readonly kind: "exited"; readonly exitCode: number; readonly stdout: string; readonly stderr: string }
  | { readonly kind: "failed"; readonly failure: Failure };

/** Commands as operating-system processes that outlive the executor. */
export interface Processes {
  prepare(
    request: AttemptRequest,
  ): Promise<
    { readonly kind: "ready"; readonly attempt: GatedAttempt } | { readonly kind: "failed"; readonly failure: Failure }
  >;
  /** Finds the processes of an attempt that an earlier executor released; its `ended` may already be settled. */
  adopt(ref: AttemptRef): Promise<RunningAttempt>;
  /** A short command whose death with the executor does no harm: guards, verifies, pins, secrets. */
  probe(
    request: CommandRequest,
    limits: { timeoutMs: number; maxBytes: number; signal?: AbortSignal },
  ): Promise<ProbeResult>;
  /** The output of an attempt, whole if below `maxBytes`, else its first `maxBytes` with `truncated`. */
  output(dir: string, stream: "out" | "err", maxBytes: number): Promise<{ text: string; truncated: boolean }>;
  /** The last lines of an attempt's output, newest last, for evidence and failure dialogs. */
  tail(dir: string, lines: number): Promise<readonly string[]>;
}

/** The few files that the engine itself reads and writes. */
export interface Files {
  /** Text of a file, or a failure that names it; refuses files above `maxBytes`. */
  readText(
    path: string,
    maxBytes: number,
  ): Promise<{ readonly kind: "ok"; readonly text: string } | { readonly kind: "failed"; readonly failure: Failure }>;
  /** The log of an action's attempt: makes the attempt's directory and its `out` file. */
  openLog(dir: string): { line(text: string): void; close(): Promise<void> };
}

/** Time as the engine knows it. Durations are monotonic; wall time is for display. */
export interface Clock {
  monotonicMs(): number;
  wallMs(): number;
  /** Resolves after `ms`, or at once when `signal` is aborted. */
  sleep(ms: number, signal?: AbortSignal): Promise<void>;
}

/** Live news that is not journaled: progress and log lines of in-process actions. */
export type Live =
  | { readonly kind: "progress"; readonly at: string; readonly n: number; readonly progress: Progress }
  | { readonly kind: "log"; readonly at: string; readonly n: number; readonly line: string };

/** Who shows the run and answers for it: headless policy, plain lines, the link to attached screens. */
export interface FrontEnd {
  /** Called after the event is durable and applied (E1). Must not throw and must not block. */
  notify(event: RecordedEvent, state: RunState): void;
  live?(news: Live): void;
  /**
   * The person's or the policy's answer; `undefined` when nobody here can answer it (the run then waits for another
   * front end, or pauses with exit code 5). Aborted when somebody else answered or the prompt was withdrawn.
   */
  ask(prompt: Prompt, signal: AbortSignal): Promise<{ readonly answer: Answer; readonly actor: Actor } | undefined>;
  close(outcome: RunOutcome): Promise<void>;
}

/** Why `run` or `resume` came to an end, and what to type next. */
export type RunOutcome = {
  readonly exitCode: number;
  readonly summary: string;
  /** Full commands, most useful first. */
  readonly next: readonly string[];
  readonly failure?: Failure;
};

import type { RunState } from "../../domain/state.ts";
import type { RunSource } from "../run-source.ts";
import { notify, setTitle, showProgress, type TerminalProgress } from "../terminal/announce.ts";
import type { Output } from "../terminal/output.ts";
import { measureOf } from "./forecast.ts";

/** Ghostty forgets progress that is not told again within about 15 s. */
const TELL_AGAIN_MS = 5_000;

/** Tells the terminal itself how the run stands: window title, progress, and a call when somebody is wanted. */
export class RunNews {
  private readonly output: Output;
  private readonly source: RunSource;
  private title = "";
  private told = "";
  private toldMs = Number.NEGATIVE_INFINITY;
  /** `undefined`: this terminal does not say whether anybody looks at it. */
  private focused: boolean | undefined;

  constructor(output: Output, source: RunSource) {
    this.output = output;
    this.source = source;
  }

  focus(focused: boolean): void {
    this.focused = focused;
  }

  /** Cheap; call it as often as you like. */
  tell(live: boolean, nowMs: number): void {
    const { state, runId } = this.source;
    const title = `${titleMark(state, live)} ${runId} ${state.created?.runbook ?? ""} - runsheet`;
    if (title !== this.title) setTitle(this.output, title);
    this.title = title;
    const progress = progressOf(this.source, live);
    const now = JSON.stringify(progress);
    if (now === this.told && (progress.kind === "none" || nowMs - this.toldMs < TELL_AGAIN_MS)) return;
    this.told = now;
    this.toldMs = nowMs;
    showProgress(this.output, progress);
  }

  /** The terminal was somebody else's meanwhile. */
  forget(): void {
    this.title = "";
    this.told = "";
  }

  /** Calls a person who does not look at this terminal. */
  call(text: string): void {
    if (this.focused === true) return;
    notify(this.output, text, { bell: !process.env.RUNSHEET_NO_BELL });
  }
}

function titleMark(state: RunState, live: boolean): string {
  if (state.prompts.size > 0 && live) return "?";
  if (!live) return state.status.kind === "ended" && state.status.exitCode === 0 ? "done" : "ended";
  return ">";
}

function progressOf(source: RunSource, live: boolean): TerminalProgress {
  if (!live) return { kind: "none" };
  const { state } = source;
  const measure = measureOf(source);
  const percent = measure?.total ? Math.floor((100 * measure.done) / measure.total) : 0;
  if (state.halted.size > 0) return { kind: "error", percent };
  if (state.prompts.size > 0) return { kind: "paused", percent };
  return measure?.total ? { kind: "normal", percent } : { kind: "busy" };
}

import type { JobReport } from "./job-state.ts";

/** Tells a job that works from one that only runs: nothing about it has changed for `afterMs`. */
export class StuckWatch {
  readonly #afterMs: number;
  #seen = "";
  #sinceMs: number;

  constructor(afterMs: number, nowMs: number) {
    this.#afterMs = afterMs;
    this.#sinceMs = nowMs;
  }

  /**
   * A count of work done is what counts where the command line gives one; a job that repeats one task for ever still
   * logs. Otherwise new lines of its log are. A job that waits for machines is not stuck.
   */
  look({ state, done }: JobReport, logLines: number, nowMs: number): boolean {
    const now = `${state} ${done ?? `log ${logLines}`}`;
    if (now !== this.#seen || state !== "running") {
      this.#seen = now;
      this.#sinceMs = nowMs;
      return false;
    }
    return nowMs - this.#sinceMs >= this.#afterMs;
  }
}

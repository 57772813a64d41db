import { stopped } from "./failed.ts";

/**
 * How many requests may be in flight: additive increase, multiplicative decrease.
 *
 * After each round (as many answers as the limit, at least ten) the limit grows by one when no answer of the round asked
 * to slow down; else it shrinks by half of the share that did, so 5% of throttled answers cost 2.5% and all of them cost
 * one half (the rule of DCTCP, RFC 8257). It counts answers, not seconds, and so behaves the same at any latency.
 * The SDK's `adaptive` retry mode is no alternative: measured at 10 copies per second under 5% of SlowDown.
 */
export class ConcurrencyLimit {
  readonly max: number;
  #limit: number;
  #inFlight = 0;
  #waiting: Waiter[] = [];
  #answers = 0;
  #throttled = 0;
  #throttledInAll = 0;

  constructor(max: number) {
    this.max = max;
    this.#limit = max;
  }

  get limit(): number {
    return this.#limit;
  }

  get inFlight(): number {
    return this.#inFlight;
  }

  /** Answers in all that asked to slow down. */
  get throttled(): number {
    return this.#throttledInAll;
  }

  /** Resolves in turn when there is room; every `acquire` is answered by one `release`. Throws `Failed` when stopped. */
  acquire(signal: AbortSignal): Promise<void> {
    if (signal.aborted) return Promise.reject(stopped(signal));
    if (this.#inFlight < this.#limit && this.#waiting.length === 0) {
      this.#inFlight++;
      return Promise.resolve();
    }
    return new Promise((resolve, reject) => {
      const onAbort = () => {
        this.#waiting = this.#waiting.filter((one) => one !== waiter);
        reject(stopped(signal));
      };
      const waiter: Waiter = () => {
        signal.removeEventListener("abort", onAbort);
        resolve();
      };
      signal.addEventListener("abort", onAbort, { once: true });
      this.#waiting.push(waiter);
    });
  }

  release(): void {
    this.#inFlight--;
    this.#admit();
  }

  /** One answer of the store, also of a request that the SDK tries again by itself. */
  answered(throttled: boolean): void {
    this.#answers++;
    if (throttled) {
      this.#throttled++;
      this.#throttledInAll++;
    }
    if (this.#answers < Math.max(this.#limit, MIN_ROUND)) return;
    this.#limit = nextLimit(this.#limit, this.max, this.#throttled / this.#answers);
    this.#answers = 0;
    this.#throttled = 0;
    this.#admit();
  }

  #admit(): void {
    while (this.#inFlight < this.#limit) {
      const next = this.#waiting.shift();
      if (!next) return;
      this.#inFlight++;
      next();
    }
  }
}

type Waiter = () => void;

const MIN_ROUND = 10;

/** The limit after a round of which the share `throttled` (0 to 1) was asked to slow down. */
export function nextLimit(limit: number, max: number, throttled: number): number {
  if (throttled === 0) return Math.min(max, limit + 1);
  return Math.max(1, Math.floor(limit * (1 - throttled / 2)));
}

import { stopped } from "./failed.ts";

/**
 * How many requests may be in flight: additive increase, multiplicative decrease.
 *
 * After each round (as many answers as the limit, at least ten) the limit grows by one, and shrinks by half of the share
 * of answers that asked to slow down (the rule of DCTCP, RFC 8257): it settles near 2 / share, so at 20 under 10% of
 * SlowDown, and at 2 when nothing else comes. It counts answers, not seconds, and so behaves alike at any latency.
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
    return Math.floor(this.#limit);
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
    if (this.#inFlight < this.limit && this.#waiting.length === 0) {
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
    if (this.#answers < Math.max(this.limit, MIN_ROUND)) return;
    this.#limit = nextLimit(this.#limit, this.max, this.#throttled / this.#answers);
    this.#answers = 0;
    this.#throttled = 0;
    this.#admit();
  }

  #admit(): void {
    while (this.#inFlight < this.limit) {
      const next = this.#waiting.shift();
      if (!next) return;
      this.#inFlight++;
      next();
    }
  }
}

type Waiter = () => void;

const MIN_ROUND = 10;

/** The limit after a round of which the share `throttled` (0 to 1) was asked to slow down. Fractions add up over rounds. */
export function nextLimit(limit: number, max: number, throttled: number): number {
  return Math.min(max, limit * (1 - throttled / 2) + 1);
}

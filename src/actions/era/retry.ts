import { setTimeout as sleep } from "node:timers/promises";
import { Failed, throwIfStopped } from "./failed.ts";

/** Delays grow as `baseMs * 2^n` up to `maxMs`, with full jitter: the real delay is anything between 0 and that. */
export type RetryPolicy = {
  /** Tries in all, the first included. */
  readonly attempts: number;
  readonly baseMs: number;
  readonly maxMs: number;
};

export type RetryOptions = {
  readonly signal?: AbortSignal | undefined;
  /** Told before each further try. */
  readonly onRetry?: ((failed: Failed, attempt: number) => void) | undefined;
};

/**
 * Runs `work` until it succeeds. Only a `Failed` that does not say `retryable: false` is tried again.
 * Source of the jitter: "Exponential Backoff And Jitter", AWS Architecture Blog, 2015.
 */
export async function withRetries<T>(
  policy: RetryPolicy,
  work: (attempt: number) => Promise<T>,
  options: RetryOptions = {},
): Promise<T> {
  for (let attempt = 1; ; attempt++) {
    throwIfStopped(options.signal);
    try {
      return await work(attempt);
    } catch (error) {
      if (!(error instanceof Failed) || error.failure.retryable === false || attempt >= policy.attempts) throw error;
      options.onRetry?.(error, attempt);
      await pause(Math.max(jittered(policy, attempt), waitAsked(error)), options.signal);
    }
  }
}

/** Sleeps, and ends early with the `stopped` failure when the signal is aborted. */
export async function pause(delayMs: number, signal: AbortSignal | undefined): Promise<void> {
  await sleep(delayMs, undefined, signal === undefined ? {} : { signal }).catch(() => {});
  throwIfStopped(signal);
}

function jittered({ baseMs, maxMs }: RetryPolicy, attempt: number): number {
  return Math.random() * Math.min(maxMs, baseMs * 2 ** (attempt - 1));
}

/** A server that says when to come back (`Retry-After`) is believed, within reason. */
function waitAsked({ failure }: Failed): number {
  const details = failure.details as { retryAfterMs?: unknown } | undefined;
  return typeof details?.retryAfterMs === "number" ? Math.min(details.retryAfterMs, 60_000) : 0;
}

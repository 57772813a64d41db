import { pause } from "../../lib/pause.ts";
import type { Store } from "./connect.ts";
import { Failed, stopped, throwIfStopped } from "./failed.ts";
import { ConcurrencyLimit } from "./limit.ts";
import { explain } from "./problem.ts";

/** What a request is sent with, as second argument of `client.send`. */
export type SendOptions = { readonly abortSignal: AbortSignal; readonly requestTimeout: number };

export type RequestRules = {
  /** Time without an answer after which a request counts as lost. Default one minute. */
  readonly timeoutMs?: number;
  /** Listings have places of their own, so that a full house of copies never starves what feeds it. */
  readonly lane?: "listing";
};

/** Runs requests: in their turn under the limit, again with full jitter when that may help, in words when not. */
export type Requests = {
  readonly limit: ConcurrencyLimit;
  readonly signal: AbortSignal;
  /** Requests that were sent again by us (the SDK's own quick tries not counted). */
  readonly retries: number;
  /**
   * `send` must make a whole request anew each time it is called, and read the body of the answer if it wants it.
   * Throws `Failed`; `subject` is what its message begins with, e.g. `s3://bucket/key`.
   */
  send<T>(store: Store, subject: string, send: (options: SendOptions) => Promise<T>, rules?: RequestRules): Promise<T>;
};

export type RetryRules = {
  /** Tries in all. */
  readonly attempts: number;
  readonly baseMs: number;
  readonly maxMs: number;
};

const PATIENT: RetryRules = { attempts: 10, baseMs: 200, maxMs: 20_000 };
const DEFAULT_TIMEOUT_MS = 60_000;
const LISTINGS_AT_ONCE = 16;

/** `onRetry` is told why a request is sent again, in words. */
export function requests(
  limit: ConcurrencyLimit,
  signal: AbortSignal,
  onRetry: (reason: string) => void = () => {},
  rules: RetryRules = PATIENT,
): Requests {
  const listings = new ConcurrencyLimit(LISTINGS_AT_ONCE);
  let retries = 0;
  async function send<T>(
    store: Store,
    subject: string,
    attempt: (options: SendOptions) => Promise<T>,
    { timeoutMs = DEFAULT_TIMEOUT_MS, lane }: RequestRules = {},
  ): Promise<T> {
    const places = lane === "listing" ? listings : limit;
    for (let tries = 1, reason = ""; ; tries++) {
      throwIfStopped(signal);
      await places.acquire(signal);
      try {
        return await attempt({ abortSignal: signal, requestTimeout: timeoutMs });
      } catch (error) {
        if (signal.aborted) throw stopped(signal);
        if (error instanceof Failed) throw error;
        const problem = explain(error, subject, store.name);
        if (!problem.retry || tries >= rules.attempts) throw new Failed(problem.failure, problem.stopsAll);
        reason = problem.failure.message;
      } finally {
        places.release();
      }
      retries++;
      onRetry(reason);
      await pause(fullJitter(tries, rules, Math.random()), signal);
    }
  }
  return {
    limit,
    signal,
    get retries() {
      return retries;
    },
    send,
  };
}

/** A random wait between nothing and an exponentially growing bound; `random` is in [0, 1). */
export function fullJitter(tries: number, { baseMs, maxMs }: RetryRules, random: number): number {
  return random * Math.min(maxMs, baseMs * 2 ** Math.min(tries - 1, 30));
}

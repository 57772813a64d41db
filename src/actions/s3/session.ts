import type { ActionContext, ActionResult } from "../../domain/action.ts";
import { type Failure, failure } from "../../domain/failure.ts";
import { requests } from "./attempts.ts";
import { ByteBudget } from "./byte-budget.ts";
import { connect, type Environment, type Store } from "./connect.ts";
import { type CopyRequests, copyRequests } from "./copy-requests.ts";
import { stopped, toFailed } from "./failed.ts";
import type { Connection } from "./fields.ts";
import { ConcurrencyLimit } from "./limit.ts";
import { meter } from "./meter.ts";
import { type Outcomes, outcomes } from "./outcomes.ts";
import type { Transfer } from "./transfer.ts";
import { settleLeftovers } from "./unfinished.ts";
import { uploadLedger } from "./upload-ledger.ts";

/** A transfer with its stores and its bookkeeping, from start to end of one attempt. */
export type Session = Transfer & {
  readonly source: Store;
  readonly target: Store;
  readonly outcomes: Outcomes;
  /** Objects worked on at the same time. */
  readonly workers: number;
  /** Ends everything in flight; the session then ends with the error that is thrown next. */
  abort(error: unknown): void;
};

export type SessionOptions = {
  readonly concurrency: number;
  readonly partBytes: number;
  /** Store that is read from (or the only one). */
  readonly source: Connection;
  readonly target: Connection;
  /** Absolute path. */
  readonly report?: string | undefined;
};

const BUDGET_BYTES = 256 * 1024 ** 2;
const PROGRESS_EVERY_MS = 500;

/**
 * Runs `work` in a session and turns its end into the result of an action. Objects that failed make the result a
 * failure that names the first of them; unfinished uploads are settled unless the run was stopped, in which case they
 * wait in the checkpoint for the next attempt.
 */
export async function inSession<O>(
  context: ActionContext,
  options: SessionOptions,
  work: (session: Session) => Promise<O>,
): Promise<ActionResult<O>> {
  const stopping = new AbortController();
  const limit = new ConcurrencyLimit(options.concurrency);
  const counters = meter();
  const results = outcomes(options.report, context.attemptId);
  const ledger = uploadLedger(context.lastCheckpoint, context.checkpoint);
  const sayRetry = nowAndThen((reason) => context.log(`trying again: ${reason}`));
  const ticker = setInterval(() => context.progress(counters.progress(limit.inFlight)), PROGRESS_EVERY_MS);
  let copying: CopyRequests | undefined;
  let stores: { source: Store; target: Store } | undefined;
  try {
    stores = await openStores(options, context.env, limit);
    copying = copyRequests({
      concurrency: options.concurrency,
      onAnswer: (throttled) => limit.answered(throttled),
    });
    const shared = {
      copyRequests: copying,
      ledger,
      meter: counters,
      budget: new ByteBudget(BUDGET_BYTES),
      attemptId: context.attemptId,
      partBytes: options.partBytes,
      log: context.log,
    };
    const session: Session = {
      ...shared,
      ...stores,
      requests: requests(limit, AbortSignal.any([context.signal, stopping.signal]), sayRetry),
      outcomes: results,
      workers: options.concurrency,
      abort: (error) => stopping.abort(error),
    };
    let outputs: O;
    try {
      outputs = await work(session);
    } finally {
      context.progress(counters.progress(limit.inFlight));
      if (!context.signal.aborted && ledger.entries.length > 0) {
        const store = stores.target;
        const settling = { ...session, requests: requests(limit, context.signal) };
        await settleLeftovers(settling, ({ bucket, key }) => ({ store, bucket, key }));
      }
    }
    if (limit.throttled > 0) {
      context.log(
        `the store asked ${limit.throttled} times to slow down; at the end ${limit.limit} requests at a time`,
      );
    }
    if (results.failedCount > 0) return { kind: "failed", failure: objectsFailed(results, counters.counts.objects) };
    return { kind: "ok", outputs };
  } catch (error) {
    if (context.signal.aborted) return { kind: "failed", failure: stopped(context.signal).failure };
    return { kind: "failed", failure: toFailed(error).failure };
  } finally {
    clearInterval(ticker);
    results.close();
    copying?.close();
    stores?.source.close();
    stores?.target.close();
  }
}

async function openStores({ source, target, concurrency }: SessionOptions, env: Environment, limit: ConcurrencyLimit) {
  const options = {
    // Listings go beside the limit.
    sockets: concurrency + 32,
    onAnswer: (throttled: boolean) => limit.answered(throttled),
  };
  const opened = await connect(target, env, options);
  const same = JSON.stringify(source) === JSON.stringify(target);
  return { target: opened, source: same ? opened : await connect(source, env, options) };
}

const SAY_EVERY_MS = 10_000;

/** Lets the first of many messages through, and then one every ten seconds. */
function nowAndThen(say: (text: string) => void): (text: string) => void {
  let nextMs = 0;
  return (text) => {
    const nowMs = performance.now();
    if (nowMs < nextMs) return;
    nextMs = nowMs + SAY_EVERY_MS;
    say(text);
  };
}

const SHOWN = 10;

function objectsFailed({ failures, failedCount }: Outcomes, objects: number): Failure {
  const lines = failures
    .slice(0, SHOWN)
    .map(({ key, failure: { message } }) => (message.includes(key) ? message : `${key}: ${message}`));
  if (failedCount > lines.length) lines.push(`... and ${failedCount - lines.length} more`);
  return failure("s3-objects-failed", `${failedCount} of ${objects} objects failed:\n${lines.join("\n")}`, {
    hint: "resume the run (or `runsheet retry RUN --failed`): what is there and verified is skipped",
    retryable: failures.some(({ failure: { retryable } }) => retryable !== false),
    details: failures.map(({ key, failure: { code, message } }) => ({ key, code, message })),
  });
}

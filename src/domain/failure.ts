import type { Json } from "./json.ts";

/**
 * What went wrong, as data that the operator sees. An `Error` in this program is a bug of ours; a `Failure` is an
 * expected outcome.
 *
 * `code` is stable and kebab-case (`s3-access-denied`, `exit-code`, `timeout`), for scripts and tests. `message` says
 * where and what in one or two sentences. `hint` says how to mend it: the next command to type or the thing to change.
 */
export type Failure = {
  readonly code: string;
  readonly message: string;
  readonly hint?: string;
  /** `false` when another try cannot help (bad credentials, malformed input). Default: worth a retry. */
  readonly retryable?: boolean;
  readonly details?: Json;
  /** The original error's text, for logs; never needed to understand `message`. */
  readonly cause?: string;
};

/** The one place that builds failures, so that all of them look alike. Keeps the original error's text as `cause`. */
export function failure(
  code: string,
  message: string,
  more: { hint?: string; retryable?: boolean; details?: Json; cause?: unknown } = {},
): Failure {
  const { cause, ...rest } = more;
  return { code, message, ...rest, ...(cause === undefined ? {} : { cause: textOf(cause) }) };
}

function textOf(cause: unknown): string {
  if (cause instanceof Error) return cause.stack ?? `${cause.name}: ${cause.message}`;
  return String(cause);
}

import { type Failure, failure } from "../../domain/failure.ts";
import { PROBLEM_ROWS } from "./problem-rows.ts";
import type { SdkError } from "./sdk-error.ts";

/** What an error of the SDK means for us. */
export type Problem = {
  readonly failure: Failure;
  /** Another try may help. */
  readonly retry: boolean;
  /** No other object can fare better. */
  readonly stopsAll: boolean;
};

/** Puts an error of the SDK into words. `subject` is what the request was about, e.g. `s3://bucket/key`. */
export function explain(error: unknown, subject: string, store: string): Problem {
  const sdkError = error as SdkError;
  const status = sdkError.$metadata?.httpStatusCode;
  const details = { error: sdkError.name, status: status ?? null };
  const row = PROBLEM_ROWS.find((one) =>
    one.matches({ name: sdkError.name, status: status ?? 0, code: sdkError.code ?? "", message: sdkError.message }),
  );
  if (!row) {
    const message = `${subject}: ${sdkError.name}${sdkError.message ? `: ${sdkError.message}` : ""}`;
    return {
      failure: failure("s3-refused", message, { cause: error, retryable: false, details }),
      retry: false,
      stopsAll: false,
    };
  }
  const { message, hint } = row.words({ subject, store, error: sdkError });
  return {
    failure: failure(row.code, message, { hint, retryable: row.next !== "stop", cause: error, details }),
    retry: row.next === "retry" || row.next === "retry-then-stop",
    stopsAll: row.next === "stop" || row.next === "retry-then-stop",
  };
}

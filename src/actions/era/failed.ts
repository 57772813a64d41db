import { type Failure, failure } from "../../domain/failure.ts";
import { fileFailure } from "../file-failures.ts";
import { EraFormatError } from "./decode/index.ts";

/**
 * Carries a Failure up through streams and retries to the nearest `outcomeOf`. Never leaves this folder: its functions
 * towards the operator return an Outcome.
 */
export class Failed extends Error {
  override readonly name = "Failed";
  readonly failure: Failure;

  constructor(failed: Failure) {
    super(failed.message);
    this.failure = failed;
  }
}

/** What a function of this folder returns instead of throwing. */
export type Outcome<T> =
  | { readonly kind: "ok"; readonly value: T }
  | { readonly kind: "failed"; readonly failure: Failure };

/** `throw fail(...)`: the one way to end with a Failure inside this folder. */
export function fail(...given: Parameters<typeof failure>): Failed {
  return new Failed(failure(...given));
}

/** Runs `work`; whatever an operator can cause or mend becomes a Failure, and only bugs of ours are still thrown. */
export async function outcomeOf<T>(work: () => Promise<T>, signal?: AbortSignal): Promise<Outcome<T>> {
  try {
    return { kind: "ok", value: await work() };
  } catch (error) {
    return { kind: "failed", failure: toFailure(error, signal) };
  }
}

/** @throws `error` itself when it is no expected failure */
export function toFailure(error: unknown, signal?: AbortSignal): Failure {
  if (signal?.aborted) return stopped(signal);
  if (error instanceof Failed) return error.failure;
  if (error instanceof EraFormatError) return formatFailure(error);
  const known = fileFailure(error);
  if (known === undefined) throw error;
  return known;
}

/** Ends the work when the operator, a timeout or a shutdown asked for it. */
export function throwIfStopped(signal: AbortSignal | undefined): void {
  if (signal?.aborted) throw new Failed(stopped(signal));
}

/** The error's own message ends with the hint, which a failure carries apart. */
function formatFailure(error: EraFormatError): Failure {
  const { hint = "", message, ...more } = error.toFailure();
  return { ...more, hint, message: message.endsWith(hint) ? message.slice(0, -hint.length).trimEnd() : message };
}

/** What an operation ends with that was told to stop. */
export function stopped(signal: AbortSignal): Failure {
  if (signal.reason instanceof Failed) return signal.reason.failure;
  const reason = signal.reason instanceof Error ? signal.reason.message : String(signal.reason);
  return failure("stopped", `stopped before the end: ${reason}`, { hint: "run it again to go on from here" });
}

import { type Failure, failure } from "../../domain/failure.ts";
import { fileFailure } from "../file-failures.ts";

/**
 * Carries a Failure up to the nearest item loop or action. `stopsAll`: going on with other objects is pointless (no
 * access, no such bucket, stopped). Never leaves `src/actions/`: actions return it.
 */
export class Failed extends Error {
  override readonly name = "Failed";
  readonly failure: Failure;
  readonly stopsAll: boolean;

  constructor(failed: Failure, stopsAll: boolean) {
    super(failed.message);
    this.failure = failed;
    this.stopsAll = stopsAll;
  }
}

/** A failure of one object; the others go on. */
export function failObject(...given: Parameters<typeof failure>): Failed {
  return new Failed(failure(...given), false);
}

/** A failure that ends the whole action at once. */
export function failAll(...given: Parameters<typeof failure>): Failed {
  return new Failed(failure(...given), true);
}

/** What the operator, a timeout or a shutdown asked for. */
export function stopped(signal: AbortSignal): Failed {
  const reason = signal.reason instanceof Error ? signal.reason.message : String(signal.reason);
  return failAll("stopped", `stopped before the end: ${reason}`, { hint: "resume the run to go on from here" });
}

export function throwIfStopped(signal: AbortSignal): void {
  if (signal.aborted) throw stopped(signal);
}

/** Troubles of the file system stop everything when they would meet every file (disk full), else only the one file. */
export function toFailed(error: unknown): Failed {
  if (error instanceof Failed) return error;
  const known = fileFailure(error);
  if (known === undefined) throw error;
  return new Failed(known, ["disk-full", "disk-failing", "too-many-files"].includes(known.code));
}

import { type Failure, failure } from "../../../domain/failure.ts";

/**
 * The file is not what its name, its network or the format says. Nothing of it may count as loaded. `message` names the
 * file, the slot and the byte offset where they are known, what is wrong and what to do.
 */
export class EraFormatError extends Error {
  override readonly name = "EraFormatError";
  readonly file: string;
  /** Offset in the file of the record (or of the byte in it) that is wrong. */
  readonly byteOffset: number | undefined;
  readonly slot: number | undefined;
  readonly what: string;
  readonly hint: string;

  constructor(problem: EraProblem) {
    const slot = problem.slot === undefined ? "" : `, slot ${problem.slot}`;
    const at = problem.byteOffset === undefined ? "" : `, byte ${problem.byteOffset}`;
    super(`${problem.file}${slot}${at}: ${problem.what}. ${problem.hint}`);
    this.file = problem.file;
    this.slot = problem.slot;
    this.byteOffset = problem.byteOffset;
    this.what = problem.what;
    this.hint = problem.hint;
  }

  /** The same as data for the operator: code `era-format`, not worth a retry with the same file. */
  toFailure(): Failure {
    const { file, slot, byteOffset } = this;
    return failure("era-format", this.message, {
      hint: this.hint,
      retryable: false,
      details: { file, slot: slot ?? null, byteOffset: byteOffset ?? null },
    });
  }
}

/** The hint for damage of all kinds. */
export const AGAIN =
  "Download the file again; if that does not help, the copy at the source is damaged: use another one";

export type EraProblem = {
  readonly file: string;
  readonly slot?: number | undefined;
  readonly byteOffset?: number | undefined;
  /** A clause without a full stop. */
  readonly what: string;
  /** What the operator can do: a sentence. */
  readonly hint: string;
};

/** One line of JSON each, to the redactor's standard input. */
export type RedactorRequest = {
  readonly id: number;
  /** The attempt's FIFO; the redactor holds it until everything is written. */
  readonly alive: string;
  /** FIFOs to read, and the files that their masked contents go to. */
  readonly streams: readonly { readonly from: string; readonly to: string }[];
  readonly secrets: readonly string[];
  /** Where the redactor says at the end whether all of the output was written: see `redaction-record.ts`. */
  readonly record: string;
};

/** One line of JSON each, from its standard output. */
export type RedactorReply = { readonly id: number; readonly problem?: string };

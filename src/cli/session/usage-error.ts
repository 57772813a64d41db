/** Ends the program with a message for the operator: where, what, how to mend it. Not a bug. */
export class UsageError extends Error {
  override readonly name = "UsageError";
  readonly exitCode: number;
  readonly hint: string | undefined;

  constructor(message: string, hint?: string, exitCode = 2) {
    super(message);
    this.hint = hint;
    this.exitCode = exitCode;
  }
}

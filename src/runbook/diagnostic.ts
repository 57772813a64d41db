import type { Span } from "../domain/runbook.ts";

export type Severity = "error" | "warning";

/**
 * One problem of a runbook file (or of a parameter) as data.
 *
 * `code` is stable and kebab-case. `message` says what is wrong, `mend` what to write instead. `line` is the text of the
 * line that `span` points at, without its line ending; absent when there is no file behind it (`-p`).
 */
export type Diagnostic = {
  readonly severity: Severity;
  readonly code: string;
  readonly message: string;
  readonly mend?: string;
  readonly span: Span;
  readonly line?: string;
};

import type { Diagnostic, Severity } from "../diagnostic.ts";
import { lineText, type Range, type Source, spanAt } from "./source.ts";

/** What is wrong and what to write; the place is given beside it. */
export type Problem = {
  readonly code: string;
  readonly message: string;
  readonly mend?: string;
  readonly severity?: Severity;
};

/** Collects the problems of one file. */
export type Report = {
  readonly source: Source;
  add(range: Range, problem: Problem): void;
  readonly diagnostics: Diagnostic[];
};

/** More problems than this help nobody; the rest is counted in one line. */
const MAX_DIAGNOSTICS = 200;

export function reportFor(source: Source): Report {
  const diagnostics: Diagnostic[] = [];
  const add = (range: Range, { severity = "error", ...problem }: Problem): void => {
    const span = spanAt(source, range);
    if (diagnostics.length > MAX_DIAGNOSTICS) return;
    if (diagnostics.length === MAX_DIAGNOSTICS) {
      const message = `there are more than ${MAX_DIAGNOSTICS} problems; the rest is not shown`;
      diagnostics.push({ severity: "error", code: "too-many-problems", message, span });
      return;
    }
    diagnostics.push({ severity, ...problem, span, line: lineText(source, span.line) });
  };
  return { source, diagnostics, add };
}

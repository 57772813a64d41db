import { Composer, type Document, isScalar } from "yaml";
import { convert } from "./convert.ts";
import { problemOf, withoutEchoes } from "./errors.ts";
import type { Node } from "./node.ts";
import type { Report } from "./report.ts";
import type { Range } from "./source.ts";
import { MAX_DEPTH, survey, type TokenSurvey } from "./tokens.ts";
import { findTraps } from "./traps.ts";

/**
 * The one YAML document of a text, or `undefined` with problems in the report. Depth is measured before anything recursive
 * sees the text; aliases are resolved within limits; duplicate keys, tags and second documents are refused.
 */
export function readYaml(report: Report): Node | undefined {
  const { source } = report;
  const found = survey(source.text);
  if (found.tooMuch) {
    report.add(found.tooMuch, {
      code: "file-too-large",
      message: "the file holds more marks and words than a runbook may have",
      mend: "move long lists into a file and read it with: forEach: { items: { file: ./list.txt } }",
    });
    return undefined;
  }
  if (found.tooDeep) {
    report.add(found.tooDeep, {
      code: "yaml-depth",
      message: `maps and lists are nested deeper than ${MAX_DEPTH}`,
      mend: "take steps out into a runbook of their own and use: call: ./other.yaml",
    });
    return undefined;
  }
  if (found.secondDocument) {
    report.add(found.secondDocument, {
      code: "yaml-documents",
      message: "a second YAML document begins here; a runbook is one document",
      mend: "remove the line ---, or move what follows into a file of its own",
    });
    return undefined;
  }
  const document = compose(found, source.text.length);
  const sound = reportSyntax(report, found, document);
  if (!sound) return undefined;
  if (!document?.contents || (isScalar(document.contents) && document.contents.value === null)) {
    report.add({ start: 0, end: 1 }, { code: "empty-file", message: "the file is empty", mend: "runsheet new NAME" });
    return undefined;
  }
  return convert(report, document.contents);
}

function compose({ tokens }: TokenSurvey, length: number): Document.Parsed | undefined {
  // A text of nothing but brackets gives as many errors as characters: making their stacks would take seconds.
  const { stackTraceLimit } = Error;
  Error.stackTraceLimit = 0;
  try {
    const composer = new Composer({ uniqueKeys: false, intAsBigInt: true, logLevel: "silent", merge: false });
    for (const document of composer.compose(tokens, true, length)) return document;
    return undefined;
  } finally {
    Error.stackTraceLimit = stackTraceLimit;
  }
}

/** Reports traps and syntax errors. Is the document fit to be read? */
function reportSyntax(report: Report, found: TokenSurvey, document: Document.Parsed | undefined): boolean {
  const { source } = report;
  const traps = findTraps(source.text, found);
  for (const { problem, ...range } of traps) report.add(range, problem);
  const grave = traps.filter(({ problem }) => problem.severity !== "warning");
  const errors = document?.errors ?? [];
  for (const error of withoutEchoes(errors, grave, source)) {
    const opened = unclosedQuote(error.message, found);
    report.add(opened ?? { start: error.pos[0], end: error.pos[1] }, problemOf(error, source));
  }
  return grave.length === 0 && errors.length === 0;
}

/** Where the quote was opened that is never closed; the parser only sees the end of the file. */
function unclosedQuote(message: string, { scalars }: TokenSurvey): Range | undefined {
  if (!/closing ["']quote/.test(message)) return undefined;
  const opened = scalars.findLast(({ type }) => type.endsWith("-quoted-scalar"));
  return opened && { start: opened.start, end: opened.start + 1 };
}

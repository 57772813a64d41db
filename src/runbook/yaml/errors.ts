import type { YAMLError } from "yaml";
import type { Problem } from "./report.ts";
import { lineIndex, type Range, type Source } from "./source.ts";
import { lineEndAt, quoted } from "./traps.ts";

/** One syntax error of the YAML library in our words, with what to write. */
export function problemOf(error: YAMLError, source: Source): Problem {
  const at = error.pos[0];
  const rest = source.text.slice(at, lineEndAt(source.text, at)).trimEnd();
  switch (error.code) {
    case "TAB_AS_INDENT":
      return { code: "yaml-tab", message: "YAML does not allow tabs for indentation", mend: "use spaces" };
    case "BAD_SCALAR_START":
      return {
        code: "yaml-start",
        message: `an unquoted text cannot begin with ${source.text[at]}`,
        mend: `write: ${quoted(rest)}`,
      };
    case "BLOCK_AS_IMPLICIT_KEY":
      if (!/: /.test(rest)) return DEEPER;
      return {
        code: "yaml-colon",
        message: 'a ": " inside an unquoted text starts a new key',
        mend: `write: ${quoted(rest)}`,
      };
    case "MISSING_CHAR":
      if (/^Sequence item without/.test(error.message)) return LEFT;
      return { code: "yaml-syntax", message: missing(error.message), mend: mendMissing(error.message, source, at) };
    case "BAD_INDENT":
      return { code: "yaml-indent", message: error.message, mend: "line it up with the entries around it" };
    case "MULTIPLE_ANCHORS":
    case "BAD_ALIAS":
      return {
        code: "yaml-alias",
        message: error.message,
        mend: `if the text shall begin with & or *, write: ${quoted(rest)}`,
      };
    default:
      return { code: "yaml-syntax", message: error.message, mend: "put the text in quotes, or check the line above" };
  }
}

const DEEPER: Problem = {
  code: "yaml-indent",
  message: "the next line is indented deeper than this key, so YAML takes it for part of this text",
  mend: "begin the keys of one map in the same column",
};

const LEFT: Problem = { ...DEEPER, message: "this line begins in another column than the entries around it" };

function missing(message: string): string {
  if (message.startsWith("Implicit map keys need")) return 'this is neither a "key: value" nor part of the text above';
  if (/closing ["']quote/.test(message)) return "the quoted text is not closed";
  return message;
}

function mendMissing(message: string, source: Source, at: number): string {
  if (/closing ["']quote/.test(message)) return "close it with the same quote";
  const line = source.lineStarts[lineIndex(source, at)] as number;
  const text = source.text.slice(line, lineEndAt(source.text, at)).trim();
  return /^[\w-]+:\S/.test(text) ? `put a blank after the colon: ${text.replace(":", ": ")}` : "write: key: value";
}

/**
 * The first error of each line without a trap. What a parser says after it lost its way is mostly an echo: behind a trap
 * only errors count that do not depend on what stands before them.
 */
export function withoutEchoes(
  errors: readonly YAMLError[],
  traps: readonly Range[],
  source: Source,
): readonly YAMLError[] {
  const seen = new Set<number>(traps.map(({ start }) => lineIndex(source, start)));
  const firstTrap = Math.min(...seen);
  const sorted = [...errors].sort((a, b) => a.pos[0] - b.pos[0]);
  return sorted.filter((error, index) => {
    if (index > 0 && /in YAML stream|at node end/.test(error.message)) return false;
    if (lineIndex(source, error.pos[0]) > firstTrap && !INDEPENDENT.has(error.code)) return false;
    const line = lineIndex(source, error.pos[0]);
    if (seen.has(line)) return false;
    seen.add(line);
    return true;
  });
}

const INDEPENDENT: ReadonlySet<string> = new Set(["BLOCK_AS_IMPLICIT_KEY", "BAD_SCALAR_START", "TAB_AS_INDENT"]);

import type { YAMLError } from "yaml";
import type { Problem } from "./report.ts";
import { lineIndex, type Source } from "./source.ts";
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
      return {
        code: "yaml-colon",
        message: 'a ": " inside an unquoted text starts a new key',
        mend: `write: ${quoted(rest)}`,
      };
    case "MISSING_CHAR":
      return { code: "yaml-syntax", message: missing(error.message), mend: mendMissing(source, at) };
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

function missing(message: string): string {
  if (message.startsWith("Implicit map keys need")) return 'this is neither a "key: value" nor part of the text above';
  if (/closing ["']quote/.test(message)) return "the quoted text is not closed";
  return message;
}

function mendMissing(source: Source, at: number): string {
  const line = source.lineStarts[lineIndex(source, at)] as number;
  const text = source.text.slice(line, lineEndAt(source.text, at)).trim();
  return /^[\w-]+:\S/.test(text) ? `put a blank after the colon: ${text.replace(":", ": ")}` : "write: key: value";
}

/** The first error of each line; an early one often causes those that follow on its line. */
export function withoutEchoes(errors: readonly YAMLError[], source: Source): readonly YAMLError[] {
  const seen = new Set<number>();
  const sorted = [...errors].sort((a, b) => a.pos[0] - b.pos[0]);
  return sorted.filter((error, index) => {
    if (index > 0 && /in YAML stream|at node end/.test(error.message)) return false;
    const line = lineIndex(source, error.pos[0]);
    if (seen.has(line)) return false;
    seen.add(line);
    return true;
  });
}

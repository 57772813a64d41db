import { holeEnd } from "../template.ts";
import type { Problem } from "./report.ts";
import type { Range } from "./source.ts";
import type { TokenSurvey } from "./tokens.ts";

export type Trap = Range & { readonly problem: Problem };

/** Places where YAML reads `${{ … }}` otherwise than it was meant: every hole must lie within one YAML text. */
export function findTraps(text: string, { scalars, comments }: TokenSurvey): readonly Trap[] {
  const traps: Trap[] = [];
  let at = 0;
  for (let start = text.indexOf("${{"); start >= 0; start = text.indexOf("${{", at)) {
    at = start + 3;
    const comment = containing(comments, start);
    if (comment) {
      const eaten = eatenByComment(text, comment);
      if (eaten) traps.push(eaten);
      at = comment.end;
      continue;
    }
    const scalar = containing(scalars, start);
    if (!scalar || scalar.type === "block-scalar") continue;
    const end = holeEnd(text, start);
    if (end !== undefined && end <= scalar.end) {
      at = end;
      continue;
    }
    const trap = trapAt(text, start, end, scalar);
    if (trap) traps.push(trap);
    // One report per line, or per text that never closes its hole.
    at = trap ? Math.max(at, lineEndAt(text, start)) : Math.max(at, scalar.end);
  }
  return traps;
}

function trapAt(
  text: string,
  start: number,
  end: number | undefined,
  scalar: TokenSurvey["scalars"][number],
): Trap | undefined {
  const range = { start, end: end ?? start + 3 };
  if (scalar.type === "double-quoted-scalar" || scalar.type === "single-quoted-scalar") {
    if (end === undefined) return undefined;
    const mark = scalar.type === "double-quoted-scalar" ? '"' : "'";
    const other = mark === '"' ? "'" : '"';
    return {
      ...range,
      problem: {
        code: "yaml-quotes",
        message: `the ${mark} inside the expression ends the quoted text`,
        mend: `use ${other} inside: ${mark}${text.slice(start, end).replaceAll(mark, other)}${mark}`,
      },
    };
  }
  const after = text.slice(scalar.end);
  if (/^\s*:(?:\s|$)/.test(after) && !scalar.inFlow) return plainTrap(text, scalar, range, "yaml-colon", COLON);
  if (/^\s+#/.test(after)) return plainTrap(text, scalar, range, "yaml-comment", COMMENT);
  if (scalar.inFlow && end !== undefined) {
    const value = text.slice(scalar.start, flowEnd(text, end)).trimEnd();
    return { ...range, problem: { code: "yaml-flow", message: FLOW, mend: `write: ${quoted(value)}` } };
  }
  return undefined;
}

/** Where the author's value ends: at the comma or bracket behind its last hole. */
function flowEnd(text: string, from: number): number {
  let at = from;
  while (at < text.length && !/[,}\]\n]/.test(text[at] as string)) {
    at = text.startsWith("${{", at) ? (holeEnd(text, at) ?? at + 3) : at + 1;
  }
  return at;
}

const COLON = 'a ": " inside an unquoted text starts a new key';
const COMMENT = 'a " #" inside an unquoted text starts a comment, and the rest of the line is lost';
const FLOW = "inside { … } and [ … ] an unquoted text cannot hold ${{ … }}";

function plainTrap(text: string, scalar: Range, range: Range, code: string, message: string): Trap {
  const line = text.slice(scalar.start, lineEndAt(text, scalar.start)).trimEnd();
  return { ...range, problem: { code, message, mend: `write: ${quoted(line)}` } };
}

function eatenByComment(text: string, comment: Range): Trap | undefined {
  const lineStart = lineStartAt(text, comment.start);
  const before = text.slice(lineStart, comment.start);
  if (before.trim() === "" || /[:-]\s*$/.test(before)) return undefined;
  const value = text.slice(lineStart, lineEndAt(text, comment.start)).replace(/^\s*(?:- )?(?:[\w-]+:\s+)?/, "");
  const message = 'everything after " #" is a comment of YAML and does not belong to the text';
  const problem: Problem = {
    code: "yaml-comment",
    severity: "warning",
    message,
    mend: `if it belongs to the text, write: ${quoted(value.trimEnd())}`,
  };
  return { ...comment, problem };
}

/** `text` as a quoted YAML text on one line, as far as that can be written simply. */
export function quoted(text: string): string {
  if (!/["\\]/.test(text)) return `"${text}"`;
  return `'${text.replaceAll("'", "''")}'`;
}

export function lineStartAt(text: string, offset: number): number {
  return text.lastIndexOf("\n", offset - 1) + 1;
}

export function lineEndAt(text: string, offset: number): number {
  const end = text.indexOf("\n", offset);
  return end < 0 ? text.length : end;
}

function containing<R extends Range>(ranges: readonly R[], offset: number): R | undefined {
  let low = 0;
  let high = ranges.length - 1;
  while (low <= high) {
    const middle = (low + high) >> 1;
    const range = ranges[middle] as R;
    if (offset < range.start) high = middle - 1;
    else if (offset >= range.end) low = middle + 1;
    else return range;
  }
  return undefined;
}

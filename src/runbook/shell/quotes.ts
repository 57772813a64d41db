import { scanCommands } from "./commands.ts";
import { type Cursor, HOLE } from "./cursor.ts";

/** At a backslash. */
export function scanEscape(cursor: Cursor): void {
  const hole = cursor.text[cursor.at + 1] === HOLE;
  if (hole) {
    const message = "a backslash right before ${{ would escape the quoting of the value";
    cursor.problem(cursor.at, "shell-escape", message, "remove the backslash, or double it");
  }
  cursor.at = Math.min(cursor.end, cursor.at + (hole ? 1 : 2));
}

export function scanSingle(cursor: Cursor): void {
  const start = cursor.at++;
  while (cursor.more && cursor.char !== "'") {
    if (cursor.char === HOLE) cursor.hole("single");
    else cursor.at++;
  }
  if (cursor.at++ >= cursor.end) cursor.unclosed(start, "'", "'");
}

export function scanDouble(cursor: Cursor): void {
  const start = cursor.at++;
  while (cursor.more && cursor.char !== '"') scanExpanding(cursor, "double");
  if (cursor.at++ >= cursor.end) cursor.unclosed(start, '"', '"');
}

/** One step through text in which only `\`, `$` and backticks are special: double quotes and here-documents. */
export function scanExpanding(cursor: Cursor, kind: "double" | "heredoc"): void {
  if (cursor.char === HOLE) cursor.hole(kind);
  else if (cursor.char === "\\") scanEscape(cursor);
  else if (cursor.char === "$") scanDollar(cursor, true);
  else if (cursor.char === "`") scanBackticks(cursor);
  else cursor.at++;
}

/** At `$`: a substitution, a variable, or a dollar that stands for itself. */
export function scanDollar(cursor: Cursor, quoted: boolean): void {
  const start = cursor.at;
  const next = cursor.text[start + 1];
  if (cursor.startsWith("((", 1)) scanArithmetic(cursor, 3);
  else if (next === "(") {
    cursor.at += 2;
    scanCommands(cursor, start);
  } else if (next === "{") scanParameter(cursor, quoted);
  else if (next === HOLE) {
    const message = "a $ right before ${{ would make the value the name of a shell variable";
    cursor.problem(start, "shell-dollar", message, "write one $ less, or '$' in quotes of its own");
    cursor.at++;
  } else if (next === "'" && !quoted) scanDollarQuote(cursor);
  else cursor.at += next !== undefined && "$!?#@*-0123456789".includes(next) ? 2 : 1;
}

/** `$'…'` means one thing to bash and another to dash, so its end is only sure when no quote is escaped in it. */
function scanDollarQuote(cursor: Cursor): void {
  const end = cursor.text.indexOf("'", cursor.at + 2);
  const inside = cursor.text.slice(cursor.at + 2, end < 0 ? cursor.end : end);
  if (inside.endsWith("\\") || inside.includes(HOLE)) {
    cursor.problem(cursor.at, "shell-dollar-quote", "$'…' is not part of POSIX shells", "write '…' or \"…\"");
  }
  cursor.at++;
}

/** `${…}`: what stands in it is read by rules of its own, so no value may go there. */
function scanParameter(cursor: Cursor, quoted: boolean): void {
  const start = cursor.at;
  const where = "${NAME…}";
  cursor.at += 2;
  while (cursor.more && cursor.char !== "}") {
    if (cursor.char === HOLE) cursor.refuse(where, "assign it first: x=${{ … }} and then use ${NAME:-$x}");
    else if (cursor.char === "\\") cursor.at += 2;
    else if (cursor.char === "'" && !quoted) cursor.guarded(where, () => scanSingle(cursor));
    else if (cursor.char === '"') cursor.guarded(where, () => scanDouble(cursor));
    else if (cursor.char === "$") cursor.guarded(where, () => scanDollar(cursor, quoted));
    else if (cursor.char === "`") scanBackticks(cursor);
    else cursor.at++;
  }
  if (cursor.at++ >= cursor.end) cursor.unclosed(start, "${", "}");
}

/** `((…))` and `$((…))`; `length` is that of the opening. */
export function scanArithmetic(cursor: Cursor, length: number): void {
  const start = cursor.at;
  const where = "$((…))";
  cursor.at += length;
  let depth = 2;
  while (depth > 0 && cursor.more) {
    const { char } = cursor;
    if (char === HOLE) cursor.refuse(where, "work it out in the expression, e.g. ${{ params.count + 1 }}");
    else if (char === "$") cursor.guarded(where, () => scanDollar(cursor, true));
    else if (char === "`") scanBackticks(cursor);
    else {
      if ((char === "'" || char === '"') && cursor.text.includes(HOLE)) {
        cursor.problem(
          cursor.at,
          "shell-arithmetic",
          `shells disagree about quotes inside ${where}`,
          "remove the quotes",
        );
      }
      if (char === "(") depth++;
      if (char === ")") depth--;
      cursor.at += char === "\\" ? 2 : 1;
    }
  }
  if (depth > 0) cursor.unclosed(start, "((", "))");
}

export function scanBackticks(cursor: Cursor): void {
  const start = cursor.at++;
  while (cursor.more && cursor.char !== "`") {
    if (cursor.char === HOLE) cursor.refuse("`…`", "write $(…) instead of `…`");
    else cursor.at += cursor.char === "\\" && cursor.text[cursor.at + 1] !== HOLE ? 2 : 1;
  }
  if (cursor.at++ >= cursor.end) cursor.unclosed(start, "`", "`");
}

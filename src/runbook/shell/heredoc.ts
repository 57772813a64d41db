import { type Cursor, type Heredoc, HOLE, type PendingHeredoc } from "./cursor.ts";
import { scanExpanding } from "./quotes.ts";

/** At `<<` or `<<-` and its delimiter; the text follows after the line. */
export function scanHeredocStart(cursor: Cursor, scanWord: () => void): void {
  const { at } = cursor;
  cursor.at += 2;
  const stripTabs = cursor.char === "-";
  if (stripTabs) cursor.at++;
  while (cursor.char === " " || cursor.char === "\t") cursor.at++;
  const from = cursor.at;
  const holesBefore = cursor.holes.length;
  scanWord();
  const word = cursor.text.slice(from, cursor.at);
  if (cursor.holes.length > holesBefore || word === "") {
    cursor.problem(at, "shell-heredoc", "the delimiter of a here-document must be a fixed word", "write: <<EOF");
    return;
  }
  cursor.pending.push({ delimiter: word.replace(/["'\\]/g, ""), stripTabs, literal: /["'\\]/.test(word), at });
}

/** After a line break: the texts of all here-documents that the line has opened. */
export function scanHeredocTexts(cursor: Cursor): void {
  for (const pending of cursor.pending.splice(0)) scanText(cursor, pending);
}

function scanText(cursor: Cursor, { delimiter, stripTabs, literal, at }: PendingHeredoc): void {
  const from = cursor.at;
  for (let lineStart = from; lineStart < cursor.end; ) {
    const newline = cursor.text.indexOf("\n", lineStart);
    const lineEnd = newline < 0 || newline > cursor.end ? cursor.end : newline;
    const line = cursor.text.slice(lineStart, lineEnd);
    if ((stripTabs ? line.replace(/^\t+/, "") : line) === delimiter) {
      scanBody(cursor, { delimiter, stripTabs, literal, from, to: lineStart });
      cursor.at = Math.min(cursor.end, lineEnd + 1);
      return;
    }
    lineStart = lineEnd + 1;
  }
  const message = `the here-document is not ended by a line "${delimiter}"`;
  cursor.problem(at, "shell-heredoc", message, `add a line: ${delimiter}`);
  cursor.at = cursor.end;
}

function scanBody(cursor: Cursor, heredoc: Heredoc): void {
  const { end, heredoc: outer } = cursor;
  cursor.heredocs.push(heredoc);
  cursor.heredoc = heredoc;
  cursor.end = heredoc.to;
  while (cursor.more) {
    if (!heredoc.literal) scanExpanding(cursor, "heredoc");
    else if (cursor.char === HOLE) cursor.hole("heredoc");
    else cursor.at++;
  }
  cursor.end = end;
  cursor.heredoc = outer;
}

/** At the end of everything: a here-document that was opened in the last line has no text. */
export function reportUnfinished(cursor: Cursor): void {
  const [open] = cursor.pending;
  if (!open) return;
  const mend = `use a block (run: |) that ends with a line ${open.delimiter}`;
  cursor.problem(open.at, "shell-heredoc", "the here-document has no text", mend);
}

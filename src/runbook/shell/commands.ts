import { type Cursor, HOLE } from "./cursor.ts";
import { reportUnfinished, scanHeredocStart, scanHeredocTexts } from "./heredoc.ts";
import { scanArithmetic, scanBackticks, scanDollar, scanDouble, scanEscape, scanSingle } from "./quotes.ts";

// Reserved words after which a command begins.
const OPENING = new Set(["if", "then", "else", "elif", "do", "while", "until", "!", "{", "time", "in"]);

const MAX_DEPTH = 50;

/** Commands up to the `)` that closes the bracket at `opened`, or to the end. */
export function scanCommands(cursor: Cursor, opened?: number): void {
  if (++cursor.depth > MAX_DEPTH) {
    cursor.problem(
      cursor.at,
      "shell-depth",
      "the line is nested too deeply to be followed",
      "move it to a script file",
    );
    cursor.at = cursor.end;
  }
  // Where a command may begin, reserved words count; where a word may begin, # starts a comment.
  let command = true;
  let wordStart = true;
  // Inside case … esac a ) ends a pattern.
  let cases = 0;
  let closed = opened === undefined;
  while (cursor.more && !(closed && opened !== undefined)) {
    const char = cursor.char as string;
    if (char === " " || char === "\t") {
      cursor.at++;
      wordStart = true;
    } else if (char === "#" && wordStart) scanComment(cursor);
    else if (char === "<" || char === ">") {
      scanRedirection(cursor);
      wordStart = true;
    } else if ("\n;&|()".includes(char)) {
      if (char === "(") scanBracket(cursor, command);
      else cursor.at++;
      if (char === "\n") scanHeredocTexts(cursor);
      closed ||= char === ")" && cases === 0;
      command = wordStart = true;
    } else {
      const word = scanWord(cursor, wordStart, command);
      if (command && word === "case") cases++;
      if (command && word === "esac") cases = Math.max(0, cases - 1);
      command = (command && word !== undefined && OPENING.has(word)) || (cases > 0 && word === "in");
      wordStart = false;
    }
  }
  if (!closed) cursor.unclosed(opened as number, "(", ")");
  if (opened === undefined) reportUnfinished(cursor);
  cursor.depth--;
}

function scanBracket(cursor: Cursor, command: boolean): void {
  const start = cursor.at;
  if (command && cursor.startsWith("((") && cursor.text.indexOf("))", start) > 0) scanArithmetic(cursor, 2);
  else {
    cursor.at++;
    scanCommands(cursor, start);
  }
}

/** One word; its text when it is entirely literal and unquoted. */
function scanWord(cursor: Cursor, wordStart: boolean, command: boolean): string | undefined {
  const start = cursor.at;
  let literal = true;
  while (cursor.more && !" \t\n;&|()<>".includes(cursor.char as string)) {
    const { char } = cursor;
    literal &&= !(char === HOLE || "\\'\"$`".includes(char as string));
    if (char === HOLE) cursor.hole("word", wordStart && cursor.at === start, command);
    else if (char === "\\") scanEscape(cursor);
    else if (char === "'") scanSingle(cursor);
    else if (char === '"') scanDouble(cursor);
    else if (char === "$") scanDollar(cursor, false);
    else if (char === "`") scanBackticks(cursor);
    else cursor.at++;
  }
  return literal ? cursor.text.slice(start, cursor.at) : undefined;
}

function scanComment(cursor: Cursor): void {
  while (cursor.more && cursor.char !== "\n") {
    if (cursor.char === HOLE) cursor.hole("comment");
    else cursor.at++;
  }
}

function scanRedirection(cursor: Cursor): void {
  if (cursor.startsWith("<<<")) cursor.at += 3;
  else if (cursor.startsWith("<<")) scanHeredocStart(cursor, () => scanWord(cursor, false, false));
  else cursor.at++;
}

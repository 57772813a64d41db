/**
 * Cuts a script into its statements at semicolons outside of quotes, comments and heredocs (`$tag$ ... $tag$`). Comments
 * stay with their statement; empty statements are left out. An INSERT with inline data (`VALUES`, or rows after FORMAT)
 * may hold semicolons inside quotes only.
 */
export function splitStatements(script: string): string[] {
  const statements: string[] = [];
  let start = 0;
  for (const { index, text } of tokens(script)) {
    if (text !== ";") continue;
    statements.push(script.slice(start, index));
    start = index + 1;
  }
  statements.push(script.slice(start));
  return statements.map((statement) => statement.trim()).filter(saysSomething);
}

// Quotes (with backslash and doubled-quote escapes), both kinds of comments, heredocs; or a semicolon.
const TOKEN =
  /'(?:[^'\\]|\\[\s\S]|'')*'?|"(?:[^"\\]|\\[\s\S]|"")*"?|`(?:[^`\\]|\\[\s\S]|``)*`?|(?:--|#!|# )[^\n]*|\/\*[\s\S]*?(?:\*\/|$(?![\s\S]))|\$(\w*)\$[\s\S]*?(?:\$\1\$|$(?![\s\S]))|;/g;

function* tokens(script: string): Generator<{ index: number; text: string }> {
  for (const match of script.matchAll(TOKEN)) yield { index: match.index, text: match[0] };
}

function saysSomething(statement: string): boolean {
  return (
    statement
      .replace(/(--|#!|# )[^\n]*/g, "")
      .replace(/\/\*[\s\S]*?\*\//g, "")
      .trim() !== ""
  );
}

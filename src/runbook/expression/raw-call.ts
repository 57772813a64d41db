import { tokenize } from "./tokens.ts";

/** Is the expression nothing but `raw(…)`? */
export function isRawCall(source: string): boolean {
  const tokens = tokenize(source);
  if (tokens[0]?.text !== "raw" || tokens[1]?.text !== "(") return false;
  let depth = 0;
  const closing = tokens.findIndex(({ kind, text }) => {
    if (kind !== "punctuation") return false;
    if (text === "(") depth++;
    return text === ")" && --depth === 0;
  });
  return closing === tokens.length - 1;
}

/** Does `raw(…)` occur anywhere in it? */
export function callsRaw(source: string): boolean {
  const tokens = tokenize(source);
  return tokens.some(({ text }, i) => text === "raw" && tokens[i + 1]?.text === "(" && tokens[i - 1]?.text !== ".");
}

import { widthOf } from "../terminal/width.ts";

/** Nothing that a person decides by is longer; the rest is in the report. */
const MAX_CHARS = 20_000;

/** Lines of at most `width` columns, broken at blanks where possible. Unstyled text only. */
export function wrap(text: string, width: number, maxChars = MAX_CHARS): readonly string[] {
  return text
    .slice(0, maxChars)
    .replaceAll("\t", "    ")
    .split("\n")
    .flatMap((line) => wrapLine(line, Math.max(1, width)));
}

function wrapLine(line: string, width: number): string[] {
  const out: string[] = [];
  let current = "";
  for (const word of line.split(/(?<= )/)) {
    if (widthOf(current) + widthOf(word.trimEnd()) <= width) {
      current += word;
      continue;
    }
    if (current.trim() !== "") out.push(current.trimEnd());
    current = "";
    let used = 0;
    for (const char of word) {
      const cells = widthOf(char);
      if (used + cells > width && current !== "") {
        out.push(current);
        current = "";
        used = 0;
      }
      current += char;
      used += cells;
    }
  }
  out.push(current.trimEnd());
  return out;
}

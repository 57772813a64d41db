/** A lexical unit of a CEL expression; `start` and `end` are offsets in the expression's source. */
export type Token = {
  readonly kind: "name" | "number" | "string" | "punctuation";
  readonly text: string;
  readonly start: number;
  readonly end: number;
};

/**
 * The tokens of a CEL expression, comments and blanks left out. Never fails: an unterminated string reaches to the end, an
 * unknown character is punctuation. Grammar: https://github.com/google/cel-spec/blob/master/doc/langdef.md#syntax
 */
export function tokenize(source: string): readonly Token[] {
  const tokens: Token[] = [];
  let at = 0;
  while (at < source.length) {
    const end = skipBlank(source, at);
    if (end > at) {
      at = end;
      continue;
    }
    const stop = stringEnd(source, at);
    const kind = stop !== undefined ? "string" : kindAt(source, at);
    const next = stop ?? wordEnd(source, at, kind);
    tokens.push({ kind, text: source.slice(at, next), start: at, end: next });
    at = next;
  }
  return tokens;
}

/** Where a string literal that begins at `at` ends (after its closing quote), or `undefined` when none begins there. */
export function stringEnd(source: string, at: number): number | undefined {
  const prefixed = /[bBrR]/.test(source[at] as string);
  const open = prefixed ? at + 1 : at;
  const quote = source[open];
  if (quote !== '"' && quote !== "'") return undefined;
  const delimiter = source.startsWith(quote.repeat(3), open) ? quote.repeat(3) : quote;
  for (let i = open + delimiter.length; i < source.length; i++) {
    // As in our CEL library, a backslash hides the next character in raw strings too.
    if (source[i] === "\\") i++;
    else if (source.startsWith(delimiter, i)) return i + delimiter.length;
  }
  return source.length;
}

function skipBlank(source: string, at: number): number {
  if (/\s/.test(source[at] as string)) return at + 1;
  if (!source.startsWith("//", at)) return at;
  const newline = source.indexOf("\n", at);
  return newline < 0 ? source.length : newline;
}

function kindAt(source: string, at: number): "name" | "number" | "punctuation" {
  const char = source[at] as string;
  if (/[A-Za-z_]/.test(char)) return "name";
  return /[0-9]/.test(char) ? "number" : "punctuation";
}

function wordEnd(source: string, at: number, kind: Token["kind"]): number {
  if (kind === "punctuation") return at + 1;
  let end = at + 1;
  while (end < source.length && /[A-Za-z0-9_]/.test(source[end] as string)) end++;
  return end;
}

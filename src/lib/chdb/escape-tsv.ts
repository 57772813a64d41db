const ESCAPES: { readonly [character: string]: string } = {
  "\\": "\\\\",
  "\t": "\\t",
  "\n": "\\n",
  "\r": "\\r",
  "\0": "\\0",
};

/** Text as one field of TSV, the form in which ClickHouse reads the values of `{name:Type}`. */
export function escapeTsv(text: string): string {
  return text.replace(/[\\\t\n\r\0]/g, (character) => ESCAPES[character]!);
}

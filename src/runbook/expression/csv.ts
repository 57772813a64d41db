/**
 * The rows of comma-separated text as maps. Quoting as in RFC 4180: a field in double quotes may hold commas, line breaks
 * and doubled quotes. Blank lines are skipped.
 *
 * @param names the columns, when the text has no row of names.
 * @throws Error that names the line, for a row with more fields than names and for a quote that is not closed.
 */
export function csvMaps(text: string, names?: readonly string[]): Map<string, string>[] {
  const rows = csvRows(text.replace(/^\uFEFF/, ""));
  const header = names ?? rows.shift()?.fields ?? [];
  return rows.map(({ fields, line }) => {
    if (fields.length > header.length) {
      throw new Error(`csv(): line ${line} has ${fields.length} fields, but there are ${header.length} columns`);
    }
    return new Map(header.map((name, index) => [name, fields[index] ?? ""]));
  });
}

type Row = { readonly fields: string[]; readonly line: number };

function csvRows(text: string): Row[] {
  const rows: Row[] = [];
  let line = 1;
  let at = 0;
  while (at < text.length) {
    const row: Row = { fields: [], line };
    for (;;) {
      const field = text[at] === '"' ? quotedField(text, at, row.line) : plainField(text, at);
      row.fields.push(field.text);
      line += field.text.split("\n").length - 1;
      at = field.end;
      if (text[at] !== ",") break;
      at++;
    }
    if (text[at] === "\r") at++;
    at++;
    line++;
    if (row.fields.length > 1 || row.fields[0] !== "") rows.push(row);
  }
  return rows;
}

function plainField(text: string, start: number): { text: string; end: number } {
  let end = start;
  while (end < text.length && text[end] !== "," && text[end] !== "\n" && !text.startsWith("\r\n", end)) end++;
  return { text: text.slice(start, end), end };
}

function quotedField(text: string, start: number, line: number): { text: string; end: number } {
  let value = "";
  for (let at = start + 1; at < text.length; at++) {
    if (text[at] !== '"') value += text[at];
    else if (text[at + 1] === '"') {
      value += '"';
      at++;
    } else {
      const rest = plainField(text, at + 1);
      return { text: value + rest.text, end: rest.end };
    }
  }
  throw new Error(`csv(): a quote that begins in line ${line} is not closed`);
}

import crypto from "node:crypto";

export type HashedTable = {
  readonly columns: readonly { readonly name: string; readonly type: string }[];
  readonly orderBy: readonly string[];
};

type Row = { readonly [column: string]: unknown };

/**
 * SHA-256 over the rows of a table as text, independent of how they were stored and fetched: sorted by the sorting key
 * (texts by bytes, numbers by value), one line per row, its columns in the table's order with tabs between them, times
 * (DateTime, given as ISO texts) as Unix seconds, a line feed after each line. No value contains a tab or a line feed.
 */
export function contentHash(table: HashedTable, rows: readonly Row[]): string {
  const types = new Map(table.columns.map(({ name, type }) => [name, type]));
  const key = table.orderBy.map((name) => ({ name, isText: types.get(name) === "String" }));
  const hash = crypto.createHash("sha256");
  for (const row of rows.toSorted((a, b) => compare(key, a, b))) {
    hash.update(table.columns.map(({ name, type }) => text(type, row[name])).join("\t"));
    hash.update("\n");
  }
  return hash.digest("hex");
}

function compare(key: readonly { readonly name: string; readonly isText: boolean }[], a: Row, b: Row): number {
  for (const { name, isText } of key) {
    const [left, right] = [String(a[name]), String(b[name])];
    if (left === right) continue;
    if (isText) return Buffer.compare(Buffer.from(left), Buffer.from(right));
    return BigInt(left) < BigInt(right) ? -1 : 1;
  }
  return 0;
}

function text(type: string, value: unknown): string {
  return type === "DateTime" ? String(Date.parse(String(value)) / 1000) : String(value);
}

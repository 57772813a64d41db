import { type ExactJson, parseExactJson } from "../../lib/exact-json.ts";
import { LineSplitter } from "../line-splitter.ts";
import type { Connection, StatementOptions } from "./connection.ts";

export type Column = { readonly name: string; readonly type: string };
export type RowObject = { [column: string]: ExactJson };

/** A result row by row: the columns are known before the first row. */
export type RowStream = { readonly columns: readonly Column[]; readonly rows: AsyncIterable<RowObject> };

const MAX_ROW_BYTES = 64 * 1024 * 1024;

/** Numbers as they are, so that `parseExactJson` sees their digits; decimals and NaN as text, which JSON has no numbers for. */
const EXACT = {
  output_format_json_quote_64bit_integers: 0,
  output_format_json_quote_decimals: 1,
  output_format_json_quote_denormals: 1,
};

/** Runs a SELECT and reads its rows one at a time; integers beyond 2^53 are decimal digits. @throws ClickHouseTrouble */
export async function selectRows(connection: Connection, sql: string, options: StatementOptions): Promise<RowStream> {
  const settings = { ...options.settings, ...EXACT };
  const bytes = await connection.read(sql, "JSONCompactEachRowWithNamesAndTypes", { ...options, settings });
  const lines = linesOf(bytes);
  const names = await nextLine<string[]>(lines);
  const types = await nextLine<string[]>(lines);
  const columns = (names ?? []).map((name, index) => ({ name, type: types?.[index] ?? "" }));
  return { columns, rows: asObjects(lines, columns) };
}

/** All rows of a small result. */
export async function selectAll(connection: Connection, sql: string, options: StatementOptions): Promise<RowObject[]> {
  const all: RowObject[] = [];
  for await (const row of (await selectRows(connection, sql, options)).rows) all.push(row);
  return all;
}

async function* asObjects(lines: AsyncIterable<string>, columns: readonly Column[]): AsyncGenerator<RowObject> {
  for await (const line of lines) {
    const values = parseExactJson(line) as ExactJson[];
    yield Object.fromEntries(columns.map(({ name }, index) => [name, values[index] ?? null]));
  }
}

async function* linesOf(bytes: AsyncIterable<Uint8Array>): AsyncGenerator<string> {
  const splitter = new LineSplitter(MAX_ROW_BYTES);
  for await (const chunk of bytes) for (const { text } of splitter.push(Buffer.from(chunk))) yield text;
  for (const { text } of splitter.end()) yield text;
}

async function nextLine<T>(lines: AsyncGenerator<string>): Promise<T | undefined> {
  const { value, done } = await lines.next();
  return done ? undefined : (JSON.parse(value) as T);
}

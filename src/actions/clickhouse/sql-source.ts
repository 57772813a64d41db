import { readFile } from "node:fs/promises";
import { resolve } from "node:path";
import { z } from "zod";
import { path } from "../fields.ts";
import type { SqlParams, SqlValue } from "./connection.ts";

const value = z.preprocess(
  (given) => (typeof given === "bigint" ? given.toString() : given),
  z.union([z.string(), z.number(), z.boolean()]),
);

/** The statement: as text or as a file beside the runbook, with values bound to `{name:Type}`. */
export const sqlFields = {
  sql: z.string().min(1).optional().describe("the statement"),
  file: path.optional().describe("a file that holds it"),
  params: z
    .record(z.string().regex(/^\w+$/), z.union([value, z.array(value)]))
    .default({})
    .describe("values for {name:Type} in the statement; they never become syntax"),
};

export type SqlFields = { readonly sql?: string | undefined; readonly file?: string | undefined };

export function hasOneSource({ sql, file }: SqlFields): boolean {
  return (sql === undefined) !== (file === undefined);
}

export const ONE_SOURCE = "give either `sql` or `file`";

/** @throws the file system's error */
export async function loadSql({ sql, file }: SqlFields, cwd: string): Promise<string> {
  return file === undefined ? (sql ?? "") : readFile(resolve(cwd, file), "utf8");
}

/** The beginning of a statement in one line, for messages. */
export function brief(sql: string): string {
  const line = sql.replace(/\s+/g, " ").trim();
  return line.length > 120 ? `${line.slice(0, 120)}…` : line;
}

/**
 * The values for a statement, with digits in a list of numbers (`{ids:Array(UInt64)}`) as numbers: beyond 2^53 they
 * travel as text, and ClickHouse takes quoted numbers only where a single value stands.
 */
export function paramsFor(sql: string, params: SqlParams): SqlParams {
  return Object.fromEntries(
    Object.entries(params).map(([name, given]) => {
      const isNumeric = new RegExp(`\\{\\s*${name}\\s*:\\s*Array\\(\\s*(Nullable\\()?\\s*(U?Int|Float|Decimal)`).test(
        sql,
      );
      return [name, isNumeric && Array.isArray(given) ? given.map(asNumber) : given];
    }),
  );
}

function asNumber(given: SqlValue): SqlValue {
  return typeof given === "string" && /^-?\d+$/.test(given) ? BigInt(given) : given;
}

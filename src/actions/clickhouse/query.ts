import { resolve } from "node:path";
import { z } from "zod";
import { type ActionContext, type ActionResult, defineAction } from "../../domain/action.ts";
import { failure } from "../../domain/failure.ts";
import { writeFileAtomically } from "../../lib/atomic-file.ts";
import { path } from "../fields.ts";
import { connectionFields } from "./connect.ts";
import type { Connection } from "./connection.ts";
import { withConnection } from "./returning.ts";
import { type RowObject, selectRows } from "./rows.ts";
import { brief, hasOneSource, loadSql, ONE_SOURCE, paramsFor, sqlFields } from "./sql-source.ts";

const params = z
  .strictObject({
    ...connectionFields,
    ...sqlFields,
    maxRows: z.int().positive().max(1_000_000).default(1_000).describe("more rows than this are a failure"),
    out: path.optional().describe("write the result to this file instead of returning its rows"),
    format: z.string().regex(/^\w+$/).default("CSVWithNames").describe("ClickHouse's format for `out`"),
  })
  .refine(hasOneSource, ONE_SOURCE);

const outputs = z.strictObject({
  rows: z.array(z.record(z.string(), z.json())).describe("one map per row; integers beyond 2^53 as digits"),
  columns: z.array(z.strictObject({ name: z.string(), type: z.string() })),
  count: z.int().describe("rows returned; 0 with `out`"),
  file: z.string().optional(),
  sizeBytes: z.int().optional(),
});

type Params = z.infer<typeof params>;
type Result = ActionResult<z.infer<typeof outputs>>;

export const queryAction = defineAction<Params, z.infer<typeof outputs>>({
  kind: "clickhouse.query",
  title: "Query ClickHouse",
  description:
    "Runs a SELECT on a server or on embedded ClickHouse (chdb:DIR) and returns its rows with exact 64-bit integers, or " +
    "writes them to a file in any of ClickHouse's formats, whole or not at all. More rows than maxRows are a failure, never a " +
    "shorter list. The query id is the attempt's id. An interrupted query is simply repeated.",
  params,
  outputs,
  effect: "read",
  repeatable: true,
  async preview(given) {
    return { grade: "described", lines: [`would query ${given.clickhouse}: ${brief(given.sql ?? given.file ?? "")}`] };
  },
  run: withConnection(async (given, context, connection) => {
    const sql = await loadSql(given, context.cwd);
    return given.out === undefined
      ? returnRows(sql, given, context, connection)
      : writeRows(sql, given.out, given, context, connection);
  }),
});

async function returnRows(sql: string, given: Params, context: ActionContext, connection: Connection): Promise<Result> {
  const { columns, rows } = await selectRows(connection, sql, optionsOf(sql, given, context));
  const kept: RowObject[] = [];
  for await (const row of rows) {
    if (kept.length === given.maxRows) {
      const message = `${brief(sql)}: more than ${given.maxRows} rows`;
      const hint = 'add a LIMIT, raise "maxRows", or write the result to a file with "out"';
      return { kind: "failed", failure: failure("clickhouse-too-many-rows", message, { hint, retryable: false }) };
    }
    kept.push(row);
  }
  context.log(`${kept.length} rows`);
  return { kind: "ok", outputs: { rows: kept, columns: [...columns], count: kept.length } };
}

async function writeRows(
  sql: string,
  out: string,
  given: Params,
  context: ActionContext,
  connection: Connection,
): Promise<Result> {
  const file = resolve(context.cwd, out);
  const bytes = await connection.read(sql, given.format, optionsOf(sql, given, context));
  let sizeBytes = 0;
  await writeFileAtomically(file, counted());
  context.log(`${file}: ${sizeBytes} bytes (${given.format})`);
  return { kind: "ok", outputs: { rows: [], columns: [], count: 0, file, sizeBytes } };

  async function* counted(): AsyncGenerator<Uint8Array> {
    for await (const chunk of bytes) {
      sizeBytes += chunk.length;
      context.progress({ done: sizeBytes, unit: "bytes" });
      yield chunk;
    }
  }
}

export function optionsOf(
  sql: string,
  given: Pick<Params, "params" | "settings">,
  { attemptId, signal }: ActionContext,
) {
  return { queryId: attemptId, signal, params: paramsFor(sql, given.params), settings: given.settings };
}

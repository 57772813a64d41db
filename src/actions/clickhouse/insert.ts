import { createHash } from "node:crypto";
import { resolve } from "node:path";
import { z } from "zod";
import { type ActionContext, type ActionResult, type CheckVerdict, defineAction } from "../../domain/action.ts";
import { type Failure, failure } from "../../domain/failure.ts";
import type { ValueMap } from "../../domain/value.ts";
import { path, whole, wholeOutput, wholeToJson } from "../fields.ts";
import { connect, connectionFields } from "./connect.ts";
import { ClickHouseTrouble, type Connection, quoteName, type Settings } from "./connection.ts";
import { fileSource, fingerprintOf, formatOfFile, rowsSource } from "./insert-source.ts";
import { type Fate, lookUp, serverStart } from "./look-up.ts";
import { withConnection } from "./returning.ts";
import { selectAll } from "./rows.ts";

const params = z
  .strictObject({
    ...connectionFields,
    table: z.string().min(1),
    file: path.optional().describe("a file, which may be compressed (.zst, .gz)"),
    rows: z.array(z.record(z.string(), z.unknown())).min(1).optional().describe("or the rows themselves, as maps"),
    format: z.string().regex(/^\w+$/).optional().describe("ClickHouse's format; default by the file's ending"),
    columns: z.array(z.string().min(1)).min(1).optional().describe("default: all columns, or those the file names"),
    expectRows: whole.optional().describe("fail when another number of rows was written"),
    cluster: z.string().min(1).optional().describe("look an interrupted insert up on all replicas of this cluster"),
  })
  .refine(({ file, rows }) => (file === undefined) !== (rows === undefined), "give either `file` or `rows`");

const outputs = z.strictObject({
  writtenRows: wholeOutput.describe("rows that ClickHouse says it wrote; 0 when it knew the insert already"),
  token: z.string().describe("the deduplication token"),
});

const savedMark = z.object({ queryId: z.string(), serverStart: z.number(), token: z.string(), dedupes: z.boolean() });

type Params = z.infer<typeof params>;
type Outputs = z.infer<typeof outputs>;
type Mark = z.infer<typeof savedMark>;

/** Up to this size an insert is one block, which ClickHouse takes whole or not at all (per partition). */
const ONE_BLOCK_BYTES = 256 * 1024 * 1024;

export const insertAction = defineAction<Params, Outputs>({
  kind: "clickhouse.insert",
  title: "Insert a file or rows into a ClickHouse table",
  description:
    "Sends a file (or rows of the runbook) as one insert with a deduplication token made of the step and the content, so " +
    "that tables with a deduplication window take it once however often it is repeated. Up to 256 MiB go in as one block, " +
    "whole or not at all. When an answer is lost, or after an interruption, the server's query log decides; where it cannot, " +
    "and the table does not deduplicate, the insert is in doubt.",
  params,
  outputs,
  effect: "mutate",
  repeatable: false,
  async preview(given) {
    const what = given.file ?? `${given.rows?.length ?? 0} rows`;
    return { grade: "described", lines: [`would insert ${what} into ${given.table} of ${given.clickhouse}`] };
  },
  check,
  run: withConnection(async (given, context, connection) => {
    const { signal, attemptId } = context;
    const format = given.format ?? (given.file === undefined ? "JSONEachRow" : formatOfFile(given.file));
    if (format === undefined) {
      const hint = 'give "format", e.g. CSVWithNames';
      const message = `the name of ${given.file} does not tell its format`;
      return { kind: "failed", failure: failure("clickhouse-format-unknown", message, { hint, retryable: false }) };
    }
    const source =
      given.file === undefined
        ? rowsSource((given.rows ?? []) as ValueMap[])
        : fileSource(resolve(context.cwd, given.file), format);
    const { sizeBytes, sha256 } = await fingerprintOf(source, signal);
    const token = createHash("sha256").update(`${context.stepKey}\n${given.table}\n${sha256}`).digest("hex");
    const dedupes = await deduplicates(given, connection, context);
    const start = connection.kind === "http" ? await serverStart(connection, signal, attemptId) : 0;
    const mark: Mark = { queryId: attemptId, serverStart: start, token, dedupes };
    await context.checkpoint(mark);
    context.log(
      `inserting ${sizeBytes} bytes into ${given.table}${dedupes ? "" : " (the table does not deduplicate)"}`,
    );
    const columns = given.columns === undefined ? "" : ` (${given.columns.map(quoteName).join(", ")})`;
    const settings = { ...insertSettings(token, sizeBytes), ...given.settings };
    let rows: bigint;
    try {
      const written = await connection.insert(`${tableName(given)}${columns}`, source, {
        queryId: attemptId,
        signal,
        settings,
      });
      rows = written.rows ?? 0n;
    } catch (error) {
      if (!(error instanceof ClickHouseTrouble) || error.outcome === "not-sent" || signal.aborted) throw error;
      if (connection.kind === "chdb") throw error;
      const fate = await lookUp(connection, mark, lookUpOptions(given, context));
      const judged = judge(fate, error, dedupes);
      if (judged.kind === "failed") return judged;
      rows = judged.rows;
    }
    context.log(`${rows} rows written`);
    if (given.expectRows !== undefined && rows !== BigInt(given.expectRows)) {
      return { kind: "failed", failure: otherCount(given, rows) };
    }
    return { kind: "ok", outputs: { writtenRows: wholeToJson(rows), token } };
  }),
});

async function check(given: Params, context: ActionContext): Promise<CheckVerdict<Outputs>> {
  const saved = savedMark.safeParse(context.lastCheckpoint);
  if (!saved.success) return { kind: "not-done", note: "nothing was sent" };
  const mark = saved.data;
  const again = "the table takes a repeated insert only once";
  if (mark.dedupes) return { kind: "not-done", note: again };
  try {
    const connection = await connect(given, context);
    try {
      const fate = await lookUp(connection, mark, lookUpOptions(given, context));
      if (fate.kind === "finished") {
        return { kind: "done", outputs: { writtenRows: wholeToJson(fate.writtenRows), token: mark.token } };
      }
      if (fate.kind === "never-ran") return { kind: "not-done", note: "the insert never reached the server" };
      if (fate.kind === "unknown") return { kind: "unknown", note: fate.reason };
      if (fate.writtenRows === 0n) return { kind: "not-done", note: `the insert failed: ${fate.exception}` };
      return { kind: "unknown", note: `the insert failed after ${fate.writtenRows} rows: ${fate.exception}` };
    } finally {
      await connection.close();
    }
  } catch (error) {
    if (!(error instanceof ClickHouseTrouble)) throw error;
    return { kind: "unknown", note: error.failure.message };
  }
}

/** What a broken or refused insert means, now that the server has been asked. */
function judge(
  fate: Fate,
  trouble: ClickHouseTrouble,
  dedupes: boolean,
): { kind: "written"; rows: bigint } | Extract<ActionResult<Outputs>, { kind: "failed" }> {
  if (fate.kind === "finished") return { kind: "written", rows: fate.writtenRows };
  const mayRepeat = dedupes || fate.kind === "never-ran" || (fate.kind === "failed" && fate.writtenRows === 0n);
  if (mayRepeat) return { kind: "failed", failure: trouble.failure };
  const what = fate.kind === "failed" ? `${fate.writtenRows} rows were written before it failed` : fate.reason;
  const hint = "remove what was written (or check that nothing was), then repeat the step";
  const message = `${trouble.failure.message}; ${what}`;
  return {
    kind: "failed",
    failure: failure("clickhouse-insert-in-doubt", message, { hint, retryable: false, cause: trouble }),
  };
}

function otherCount(given: Params, rows: bigint): Failure {
  const hint =
    rows === 0n ? "0 rows also means that the table knew this insert already" : "look at the file and the table";
  const message = `${given.table}: ${rows} rows were written, ${given.expectRows} were expected`;
  return failure("clickhouse-row-count", message, { hint, retryable: false });
}

/** Does the table recognise an insert that it has had? */
async function deduplicates(
  given: Params,
  connection: Connection,
  { attemptId, signal }: ActionContext,
): Promise<boolean> {
  const [database, name] = given.table.includes(".") ? given.table.split(".", 2) : [given.database ?? "", given.table];
  const sql = `SELECT engine, engine_full FROM system.tables
    WHERE name = {name:String} AND database = if({database:String} = '', currentDatabase(), {database:String})`;
  const sqlParams = { name: name ?? "", database: database ?? "" };
  const [table] = await selectAll(connection, sql, { queryId: `${attemptId}/table`, signal, params: sqlParams });
  const window = /non_replicated_deduplication_window\s*=\s*(\d+)/.exec(String(table?.engine_full ?? ""))?.[1];
  return /^(Replicated|Shared)/.test(String(table?.engine ?? "")) || Number(window ?? 0) > 0;
}

/** Blocks are cut alike in every attempt: the token counts them. */
function insertSettings(token: string, sizeBytes: number): Settings {
  const rows = sizeBytes <= ONE_BLOCK_BYTES ? 1_000_000_000 : 1_048_449;
  return {
    async_insert: 0,
    insert_deduplicate: 1,
    insert_deduplication_token: token,
    max_insert_threads: 1,
    input_format_parallel_parsing: 0,
    max_insert_block_size: rows,
    min_insert_block_size_rows: rows,
    min_insert_block_size_bytes: 0,
  };
}

function tableName(given: Params): string {
  return given.table.split(".", 2).map(quoteName).join(".");
}

function lookUpOptions(given: Params, { signal, log }: ActionContext) {
  const onRunning = (): void => log("the insert is still running on the server; waiting for it");
  return { signal, onRunning, ...(given.cluster === undefined ? {} : { cluster: given.cluster }) };
}

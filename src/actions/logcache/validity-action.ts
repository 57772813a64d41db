import { mkdir, readdir, rm, stat } from "node:fs/promises";
import { join, resolve } from "node:path";
import { z } from "zod";
import { type ActionContext, type ActionResult, defineAction } from "../../domain/action.ts";
import { type Failure, failure } from "../../domain/failure.ts";
import type { Json } from "../../domain/json.ts";
import { connectChdb } from "../clickhouse/chdb-connection.ts";
import { ClickHouseTrouble, type Connection, quoteName, quoteText } from "../clickhouse/connection.ts";
import { type RowObject, selectAll } from "../clickhouse/rows.ts";
import { path } from "../fields.ts";
import { returningFileFailures } from "../file-failures.ts";
import { targetOf } from "../s3/copy-action.ts";
import { downloadObjects } from "../s3/download-objects.ts";
import { connectionFields } from "../s3/fields.ts";
import { asFolder, parseLocation } from "../s3/location.ts";
import { inSession } from "../s3/session.ts";

const params = z.strictObject({
  from: z.string().min(1).describe("Parquet files: s3://bucket/prefix/, a directory, or a file"),
  column: z.string().min(1).default("is_valid").describe("the column that must be true in every row"),
  minRows: z.int().min(0).default(1).describe("fewer rows are a failure: nothing was validated then"),
  chdbDir: path.optional().describe("directory of the embedded ClickHouse; default: the step's own"),
  ...connectionFields,
});

const outputs = z.strictObject({ rows: z.int(), valid: z.int() });

type Params = z.output<typeof params>;
type Outputs = z.output<typeof outputs>;

const SHOWN_ROWS = 50;

export const validityAction = defineAction<Params, Outputs>({
  kind: "logcache.validity",
  title: "Check that every row of the validation is valid",
  description:
    "Reads the Parquet files of the result with ClickHouse (embedded; the optional package chdb) and checks that the column " +
    "is true in every row. Rows in which it is false or missing are shown and fail the step, as does a result without " +
    "rows. Files in object storage are downloaded first, verified. Changes nothing in the store.",
  params,
  outputs,
  effect: "read",
  repeatable: true,
  async preview(given) {
    return { grade: "described", lines: [`would check that ${given.column} is true in every row of ${given.from}`] };
  },
  run: returningFileFailures(check),
});

async function check(given: Params, context: ActionContext): Promise<ActionResult<Outputs>> {
  const found = await localFiles(given, context);
  if (found.kind === "failed") return found;
  const files = found.outputs;
  if (files.length === 0) {
    return {
      kind: "failed",
      failure: failure("logcache-no-result", `there is no Parquet file at ${given.from}`, {
        hint: "look whether the aggregate job has finished, and at its transaction",
      }),
    };
  }
  const directory = resolve(context.cwd, given.chdbDir ?? join(context.scratchDir, "chdb"));
  try {
    const connection = await connectChdb(directory, undefined);
    try {
      return await judge(given, context, connection, files);
    } finally {
      await connection.close();
    }
  } catch (error) {
    if (!(error instanceof ClickHouseTrouble)) throw error;
    return { kind: "failed", failure: error.failure };
  }
}

async function judge(
  given: Params,
  context: ActionContext,
  connection: Connection,
  files: readonly string[],
): Promise<ActionResult<Outputs>> {
  const options = { queryId: context.attemptId, signal: context.signal };
  // A missing value is no true value.
  const isValid = `ifNull(toBool(${quoteName(given.column)}), false)`;
  let rows = 0;
  let valid = 0;
  const bad: RowObject[] = [];
  for (const file of files) {
    const source = `file(${quoteText(file)}, Parquet)`;
    const columns = (await selectAll(connection, `DESCRIBE ${source}`, options)).map(({ name }) => String(name));
    if (!columns.includes(given.column)) return { kind: "failed", failure: noColumn(given, file, columns) };
    const counts = `SELECT count() AS n, countIf(${isValid}) AS valid FROM ${source}`;
    const [count] = await selectAll(connection, counts, options);
    rows += Number(count?.n ?? 0);
    valid += Number(count?.valid ?? 0);
    if (rows > valid && bad.length < SHOWN_ROWS) {
      const wanted = `SELECT * FROM ${source} WHERE NOT ${isValid} LIMIT ${SHOWN_ROWS - bad.length}`;
      bad.push(...(await selectAll(connection, wanted, options)));
    }
  }
  context.log(`${given.from}: ${valid} of ${rows} rows are valid`);
  if (rows < given.minRows) {
    return {
      kind: "failed",
      failure: failure("logcache-no-rows", `${given.from} has ${rows} rows; at least ${given.minRows} are expected`, {
        hint: "look whether the validation jobs have run for this transaction",
      }),
    };
  }
  if (valid === rows) return { kind: "ok", outputs: { rows, valid } };
  return { kind: "failed", failure: notValid(given, rows - valid, rows, bad, context) };
}

function noColumn({ column }: Params, file: string, columns: readonly string[]): Failure {
  return failure("logcache-no-column", `${file} has no column ${column}; it has: ${columns.join(", ")}`, {
    hint: "look whether this is the dataset cache-validations",
    retryable: false,
  });
}

function notValid(
  { from, column }: Params,
  wrong: number,
  rows: number,
  bad: readonly RowObject[],
  context: ActionContext,
) {
  const lines = bad.map((row) => JSON.stringify(row));
  for (const line of lines) context.log(line);
  const shown = lines.slice(0, 10);
  if (wrong > shown.length) shown.push(`... and ${wrong - shown.length} more`);
  return failure(
    "logcache-not-valid",
    `${wrong} of ${rows} rows of ${from} are not valid (${column}):\n${shown.join("\n")}`,
    {
      hint: "do not merge: look at these datasets, copy or compute their cache again, and validate them again",
      retryable: false,
      details: { rows: bad as unknown as Json },
    },
  );
}

/** The Parquet files as absolute local paths; those of a store are downloaded below the step's own directory. */
async function localFiles(given: Params, context: ActionContext): Promise<ActionResult<string[]>> {
  const from = parseLocation(given.from, context.cwd);
  if (from.kind === "path") return { kind: "ok", outputs: await parquetFiles(from.path) };
  const directory = join(context.scratchDir, "result");
  // Files of an earlier result must not be counted with this one.
  await rm(directory, { recursive: true, force: true });
  await mkdir(directory, { recursive: true });
  const { bucket, key } = asFolder(from);
  const connection = targetOf(given);
  const options = { concurrency: 16, partBytes: 64 * 1024 ** 2, source: connection, target: connection };
  return inSession(context, options, async (session) => {
    await downloadObjects(session, { from: { store: session.source, bucket, prefix: key }, directory });
    return parquetFiles(directory);
  });
}

async function parquetFiles(place: string): Promise<string[]> {
  const info = await stat(place).catch(() => undefined);
  if (info?.isFile()) return [place];
  if (!info) return [];
  const names = await readdir(place, { recursive: true });
  return names
    .filter((name) => name.endsWith(".parquet"))
    .sort()
    .map((name) => join(place, name));
}

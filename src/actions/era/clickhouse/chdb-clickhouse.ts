import { randomUUID } from "node:crypto";
import { constants, type FileHandle, mkdir, open, readdir, rm } from "node:fs/promises";
import { join } from "node:path";
import { ChdbError, type ChdbResult, openChdb } from "../../../lib/chdb/chdb-engine.ts";
import { escapeTsv } from "../../../lib/chdb/escape-tsv.ts";
import { SpoolFiles } from "../../../lib/spool-files.ts";
import { fail, throwIfStopped } from "../failed.ts";
import {
  type ClickHouse,
  insertSettings,
  type NativeInsert,
  quoteName,
  type SqlOptions,
  type SqlParam,
} from "./clickhouse.ts";
import { clickhouseFailure } from "./exceptions.ts";

/** ClickHouse inside this process on a data directory; needs the optional package chdb. */
export async function chdbClickHouse(directory: string): Promise<ClickHouse> {
  const engine = await openChdb(directory).catch((error) => {
    throw asFailed(directory, error);
  });
  const shown = `chdb:${engine.directory}`;
  // A body cannot be streamed into libchdb: Native goes through a file beside the data.
  const spoolDir = join(engine.directory, "runsheet-spool");
  await removeStale(spoolDir);
  const spools = new SpoolFiles(spoolDir, `${OURS}-${randomUUID()}`);
  return {
    kind: "chdb",
    shown,
    directory: engine.directory,
    async rows<Row>(sql: string, options: SqlOptions = {}) {
      const text = Buffer.from((await run(sql, options)).bytes).toString("utf8");
      return text
        .split("\n")
        .filter((line) => line !== "")
        .map((line) => JSON.parse(line) as Row);
    },
    async command(sql, options = {}) {
      await run(sql, options);
    },
    insertNative,
    async close() {
      await engine.close();
      await spools.clear();
    },
  };

  async function run(sql: string, { params, settings, signal }: SqlOptions): Promise<ChdbResult> {
    throwIfStopped(signal);
    try {
      const all = { output_format_json_quote_64bit_integers: 1, ...settings };
      return await engine.run(sql, { params: written(params), settings: all });
    } catch (error) {
      throw asFailed(directory, error);
    }
  }

  async function insertNative(insert: NativeInsert): Promise<void> {
    throwIfStopped(insert.signal);
    await mkdir(spoolDir, { recursive: true });
    await spools.lend(async (spool) => {
      const file = await open(spool, constants.O_WRONLY | constants.O_CREAT, 0o600);
      try {
        await writeAll(file, insert.parts);
      } finally {
        await file.close();
      }
      const columns = insert.columns.map(quoteName).join(", ");
      const target = `${quoteName(insert.database)}.${quoteName(insert.table)} (${columns})`;
      await run(`INSERT INTO ${target} FROM INFILE ${quoteText(spool)} FORMAT Native`, {
        settings: insertSettings(insert.token),
      });
    });
  }
}

/** In the names of this process's spool files. Process ids come again. */
const OURS = randomUUID();

/** Only one process has the directory open: what is not ours was left by one that was killed. */
async function removeStale(spoolDir: string): Promise<void> {
  const names = await readdir(spoolDir).catch(() => []);
  for (const name of names.filter((one) => !one.startsWith(OURS))) await rm(join(spoolDir, name), { force: true });
}

/** Writes over what is there. */
async function writeAll(file: FileHandle, parts: readonly Uint8Array[]): Promise<void> {
  const wanted = parts.reduce((sum, part) => sum + part.length, 0);
  let written = (await file.writev(parts)).bytesWritten;
  // A short write is rare (a disk that fills up, more than 2 GiB at once): what is left goes piece by piece.
  let start = 0;
  for (const part of parts) {
    const from = Math.max(0, written - start);
    if (from < part.length && written < wanted) {
      await file.writeFile(part.subarray(from));
      written = start + part.length;
    }
    start += part.length;
  }
  await file.truncate(wanted);
}

/** As ClickHouse reads values of parameters: TSV, lists as literals. */
function written(params: SqlOptions["params"] = {}): { [name: string]: string } {
  return Object.fromEntries(Object.entries(params).map(([name, value]) => [name, escapeTsv(sqlText(value))]));
}

function sqlText(value: SqlParam): string {
  if (typeof value !== "object") return String(value);
  return `[${value.map((entry) => (typeof entry === "string" ? quoteText(entry) : String(entry))).join(",")}]`;
}

function asFailed(directory: string, error: unknown): unknown {
  if (!(error instanceof ChdbError)) return error;
  const shown = `chdb:${directory}`;
  if (error.kind === "query") return clickhouseFailure(shown, error.code, error.message, error);
  return fail(error.kind, `embedded ClickHouse: ${error.message}`, {
    hint: HINTS[error.kind],
    retryable: error.kind === "chdb-in-use",
    cause: error,
  });
}

const HINTS: { readonly [kind in Exclude<ChdbError["kind"], "query">]: string } = {
  "chdb-missing":
    "type: npm install chdb (Linux and macOS, x64 and arm64), or name a server with --clickhouse http://HOST:8123",
  "chdb-in-use": "wait until the other process has ended (lsof +D DIRECTORY names it), or use another directory",
  "chdb-other-directory": "use one directory per process",
  "chdb-open": "check that the directory may be written, or use another one",
};

function quoteText(text: string): string {
  return `'${text.replaceAll("\\", "\\\\").replaceAll("'", "\\'")}'`;
}

import { randomUUID } from "node:crypto";
import { createReadStream } from "node:fs";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { failure } from "../../domain/failure.ts";
import { ChdbError, type ChdbResult, openChdb } from "../../lib/chdb/chdb-engine.ts";
import { escapeTsv } from "../../lib/chdb/escape-tsv.ts";
import {
  bare,
  ClickHouseTrouble,
  type Connection,
  numbered,
  paramTexts,
  quoteText,
  type StatementOptions,
} from "./connection.ts";
import { cancelled, refused } from "./trouble.ts";

/** ClickHouse inside this process, on a directory of data; needs the optional package chdb. */
export async function connectChdb(directory: string, database: string | undefined): Promise<Connection> {
  const shown = `chdb:${directory}`;
  const engine = await openChdb(directory).catch((error) => {
    throw asTrouble(shown, error);
  });

  async function run(sql: string, { params, settings, signal }: StatementOptions): Promise<ChdbResult> {
    if (signal.aborted) throw cancelled(shown);
    try {
      const texts = Object.entries(paramTexts(params)).map(([name, text]) => [name, escapeTsv(text)]);
      return await engine.run(sql, {
        ...(database === undefined ? {} : { database }),
        params: Object.fromEntries(texts),
        settings: numbered(settings),
      });
    } catch (error) {
      throw asTrouble(shown, error);
    }
  }

  return {
    kind: "chdb",
    shown,
    // Through a file, because chDB would hold a large result in memory as a whole.
    async read(sql, format, options) {
      const spool = await mkdtemp(join(tmpdir(), "runsheet-query-"));
      const file = join(spool, randomUUID());
      try {
        await run(`${bare(sql)}\nINTO OUTFILE ${quoteText(file)} FORMAT ${format}`, options);
      } catch (error) {
        await rm(spool, { recursive: true, force: true });
        throw error;
      }
      return readAndRemove(file, spool);
    },
    async command(sql, options) {
      await run(sql, options);
      return { rows: undefined };
    },
    async insert(into, source, options) {
      if (source.kind === "file") return insertFile(into, source.path, source.format, options);
      const spool = await mkdtemp(join(tmpdir(), "runsheet-insert-"));
      try {
        await writeFile(join(spool, "rows"), source.bytes);
        return await insertFile(into, join(spool, "rows"), source.format, options);
      } finally {
        await rm(spool, { recursive: true, force: true });
      }
    },
    close: () => engine.close(),
  };

  async function insertFile(into: string, path: string, format: string, options: StatementOptions) {
    const { rowsRead } = await run(`INSERT INTO ${into} FROM INFILE ${quoteText(path)} FORMAT ${format}`, options);
    return { rows: BigInt(rowsRead) };
  }
}

async function* readAndRemove(file: string, spool: string): AsyncGenerator<Uint8Array> {
  try {
    yield* createReadStream(file);
  } finally {
    await rm(spool, { recursive: true, force: true });
  }
}

const HINTS: { readonly [kind in Exclude<ChdbError["kind"], "query">]: string } = {
  "chdb-missing": "type: npm install chdb (Linux and macOS, x64 and arm64), or name a server, http://HOST:8123",
  "chdb-in-use": "wait until the other process has ended, or use another directory",
  "chdb-other-directory": "use one chdb directory per run",
  "chdb-open": "check that the directory may be written, or use another one",
};

function asTrouble(shown: string, error: unknown): unknown {
  if (!(error instanceof ChdbError)) return error;
  if (error.kind === "query") return refused(shown, error.code, error.message, error);
  const more = { hint: HINTS[error.kind], retryable: error.kind === "chdb-in-use", cause: error };
  return new ClickHouseTrouble(failure(error.kind, `embedded ClickHouse: ${error.message}`, more), "not-sent");
}

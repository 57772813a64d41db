import type { IncomingMessage, ServerResponse } from "node:http";
import { setTimeout as sleep } from "node:timers/promises";
import { gzipSync } from "node:zlib";
import { type ChdbEngine, ChdbError, type ChdbResult } from "../../lib/chdb/chdb-engine.ts";
import type { SpoolFiles } from "../../lib/spool-files.ts";
import { ClickHouseException } from "./exception.ts";
import type { ClickHouseFault, Faults } from "./faults.ts";
import type { LoggedQuery, QueryLog } from "./query-log.ts";
import { spoolBody } from "./request-body.ts";
import { isInsert, optionsOf, readingFrom } from "./statement.ts";

export type FacadeOptions = {
  readonly engine: ChdbEngine;
  readonly log: QueryLog;
  readonly spools: SpoolFiles;
  readonly faults: Faults;
  /** Undefined: everybody may come in, as with ClickHouse's user `default` without a password. */
  readonly login: { readonly user: string; readonly password: string } | undefined;
};

const MAX_QUERY_BYTES = 16 * 1024 * 1024;

/** Carries out the statement of one request and answers it. @throws ClickHouseException, StatusFault */
export async function runStatement(
  options: FacadeOptions,
  request: IncomingMessage,
  response: ServerResponse,
  search: URLSearchParams,
) {
  const { engine, spools, faults } = options;
  const { socket } = request; // gone from the request once its body is cut
  const startedAt = Date.now();
  const inUrl = search.get("query") ?? "";
  const bringsData = isInsert(inUrl);
  const query = bringsData ? inUrl : `${inUrl}${await readQuery(request)}`;
  const queryId = String(response.getHeader("x-clickhouse-query-id"));
  const fault = faults.take(query);
  if (fault !== undefined) await misbehave(fault, request);
  if (!bringsData) return carryOut(query);
  await spools.lend(async (spool) => {
    await spoolBody(request, spool, fault?.kind === "reset-during" ? fault.bytes : undefined);
    await carryOut(readingFrom(spool, inUrl) ?? inUrl);
  });

  async function carryOut(sql: string): Promise<void> {
    const statement = optionsOf(search, request.headers["x-clickhouse-database"] as string | undefined);
    await options.log.bringUpToDate(sql);
    const running = run(engine, sql, statement);
    const failed = await running.then(
      () => undefined,
      (error: ClickHouseException) => error,
    );
    options.log.add(logged(query, queryId, startedAt, failed === undefined ? await running : undefined, failed));
    if (fault?.kind === "reset-during" || fault?.kind === "reset-after") return void socket.resetAndDestroy();
    const result = await running;
    send(request, response, search, {
      ...result,
      format: statement.format,
      written: isInsert(query) ? result.rowsRead : 0,
    });
  }
}

async function run(engine: ChdbEngine, sql: string, given: ReturnType<typeof optionsOf>): Promise<ChdbResult> {
  const { settings, params, format, database } = given;
  try {
    return await engine.run(sql, { settings, params, format, ...(database === undefined ? {} : { database }) });
  } catch (error) {
    if (!(error instanceof ChdbError)) throw error;
    throw new ClickHouseException(error.code ?? 1001, error.message);
  }
}

async function misbehave(fault: ClickHouseFault["does"], request: IncomingMessage): Promise<void> {
  if (fault.kind === "delay") await sleep(fault.delayMs);
  if (fault.kind === "die") process.kill(process.pid, "SIGKILL");
  if (fault.kind === "exception") throw new ClickHouseException(fault.code, fault.message);
  if (fault.kind !== "status") return;
  request.resume();
  throw new StatusFault(fault.status, fault.message ?? "injected by the lab");
}

/** An answer that comes from a proxy in between, not from ClickHouse. */
export class StatusFault extends Error {
  readonly status: number;

  constructor(status: number, message: string) {
    super(message);
    this.status = status;
  }
}

async function readQuery(request: IncomingMessage): Promise<string> {
  const pieces: Uint8Array[] = [];
  let bytes = 0;
  for await (const piece of request) {
    bytes += (piece as Uint8Array).length;
    if (bytes > MAX_QUERY_BYTES) throw new ClickHouseException(62, "the statement is too long. (SYNTAX_ERROR)");
    pieces.push(piece as Uint8Array);
  }
  return Buffer.concat(pieces).toString("utf8");
}

function logged(
  query: string,
  queryId: string,
  startedAt: number,
  result: ChdbResult | undefined,
  failed: ClickHouseException | undefined,
): LoggedQuery {
  return {
    type: failed === undefined ? "QueryFinish" : "ExceptionWhileProcessing",
    queryId,
    query,
    startedAt,
    endedAt: Date.now(),
    readRows: result?.rowsRead ?? 0,
    exceptionCode: failed?.code ?? 0,
    exception: failed?.message ?? "",
  };
}

function send(
  request: IncomingMessage,
  response: ServerResponse,
  search: URLSearchParams,
  result: ChdbResult & { format: string; written: number },
): void {
  const compress =
    search.get("enable_http_compression") === "1" && /\bgzip\b/.test(request.headers["accept-encoding"] ?? "");
  const body = compress ? gzipSync(result.bytes) : result.bytes;
  const summary = {
    read_rows: `${result.rowsRead}`,
    read_bytes: `${result.bytesRead}`,
    written_rows: `${result.written}`,
  };
  response.writeHead(200, {
    "content-type": "text/plain; charset=UTF-8",
    "content-length": body.length,
    "x-clickhouse-format": result.format,
    "x-clickhouse-summary": JSON.stringify(summary),
    ...(compress ? { "content-encoding": "gzip" } : {}),
  });
  response.end(body);
}

import { Readable } from "node:stream";
import type { ClickHouseClient } from "@clickhouse/client";
import { throwIfStopped } from "../failed.ts";
import { type RetryPolicy, withRetries } from "../retry.ts";
import { type ClickHouse, insertSettings, quoteName, type SqlOptions } from "./clickhouse.ts";
import { clickhouseFailure, clickhouseUnreachable } from "./exceptions.ts";

export type HttpTarget = {
  /** `http(s)://host:port`, nothing else. */
  readonly url: string;
  readonly user: string;
  readonly password: string;
  readonly log?: ((line: string) => void) | undefined;
};

/** Long enough for a server that restarts: about half a minute in all. */
const RETRIES: RetryPolicy = { attempts: 10, baseMs: 200, maxMs: 8000 };
const REQUEST_TIMEOUT_MS = 10 * 60_000;

/** A ClickHouse server. The client library is loaded here, certificates are always verified. */
export async function httpClickHouse(target: HttpTarget): Promise<ClickHouse> {
  const { createClient } = await import("@clickhouse/client");
  const client: ClickHouseClient = createClient({
    url: target.url,
    username: target.user,
    password: target.password,
    application: "runsheet",
    request_timeout: REQUEST_TIMEOUT_MS,
    max_open_connections: 16,
    compression: { request: false, response: false },
    clickhouse_settings: { output_format_json_quote_64bit_integers: 1, wait_end_of_query: 1 },
    // Every failure is reported by us, once.
    log: { LoggerClass: SilentLogger },
  });
  const shown = target.url;
  return {
    kind: "http",
    shown,
    directory: undefined,
    rows: <Row>(sql: string, options: SqlOptions = {}) =>
      guarded(options.signal, async () => {
        const result = await client.query({ query: sql, format: "JSONEachRow", ...given(options) });
        return await result.json<Row>();
      }),
    command: (sql, options = {}) =>
      guarded(options.signal, async () => {
        await client.command({ query: sql, ...given(options) });
      }),
    insertNative: (insert) =>
      guarded(insert.signal, async () => {
        const columns = insert.columns.map(quoteName).join(", ");
        const query = `INSERT INTO ${quoteName(insert.database)}.${quoteName(insert.table)} (${columns}) FORMAT Native`;
        const values = Readable.from(insert.parts, { objectMode: false });
        const settings = insertSettings(insert.token);
        const result = await client.exec({ query, values, ...given({ settings, signal: insert.signal }) });
        await result.stream.resume().toArray();
      }),
    close: () => client.close(),
  };

  function guarded<T>(signal: AbortSignal | undefined, work: () => Promise<T>): Promise<T> {
    const once = async () => {
      try {
        return await work();
      } catch (error) {
        throwIfStopped(signal);
        throw asFailed(shown, error);
      }
    };
    const onRetry = (failed: Error) => target.log?.(`${failed.message}; trying again`);
    return withRetries(RETRIES, once, { signal, onRetry });
  }
}

function given({ params, settings, signal }: SqlOptions) {
  return {
    query_params: { ...params },
    clickhouse_settings: settings ?? {},
    ...(signal === undefined ? {} : { abort_signal: signal }),
  };
}

function asFailed(shown: string, error: unknown): unknown {
  const { message, code, type } = error as Error & { code?: string; type?: string };
  // An exception of ClickHouse itself: its code is a number in digits, a socket's is a word.
  if (code !== undefined && /^\d+$/.test(code)) {
    return clickhouseFailure(shown, Number(code), `${message.trim()}${type === undefined ? "" : ` (${type})`}`, error);
  }
  if (error instanceof TypeError || error instanceof RangeError || error instanceof ReferenceError) return error;
  // A socket's error, a timeout of the client, or the page of a proxy in between.
  const reason = message === "" ? String(code) : message.split("\n")[0]!.slice(0, 300);
  return clickhouseUnreachable(shown, code, reason, error);
}

class SilentLogger {
  trace(): void {}
  debug(): void {}
  info(): void {}
  warn(): void {}
  error(): void {}
}

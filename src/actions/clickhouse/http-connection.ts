import { Readable } from "node:stream";
import { bare, type Connection, numbered, type StatementOptions, type Written } from "./connection.ts";
import { cancelled, refused, unreachable } from "./trouble.ts";

export type HttpTarget = {
  /** `http(s)://host:port` */
  readonly url: string;
  readonly user: string;
  readonly password: string;
  readonly database: string | undefined;
  readonly timeoutMs: number;
};

/** A ClickHouse server. The client library is loaded here. Statements are sent once: who repeats them is decided elsewhere. */
export async function connectHttp(target: HttpTarget): Promise<Connection> {
  const { createClient, ClickHouseError } = await import("@clickhouse/client");
  const client = createClient({
    url: target.url,
    username: target.user,
    password: target.password,
    application: "runsheet",
    ...(target.database === undefined ? {} : { database: target.database }),
    request_timeout: target.timeoutMs,
    max_open_connections: 2,
    keep_alive: { enabled: false },
    log: { LoggerClass: SilentLogger },
  });
  const shown = target.url;

  async function guarded<T>(signal: AbortSignal, work: () => Promise<T>): Promise<T> {
    try {
      return await work();
    } catch (error) {
      if (signal.aborted) throw cancelled(shown);
      if (error instanceof ClickHouseError) throw refused(shown, Number(error.code), error.message, error);
      throw unreachable(shown, error);
    }
  }

  return {
    kind: "http",
    shown,
    read: (sql, format, options) =>
      guarded(options.signal, async () => {
        const { stream } = await client.exec({ query: `${bare(sql)}\nFORMAT ${format}`, ...given(options) });
        return watched(stream, options.signal);
      }),
    command: (sql, options) =>
      guarded(options.signal, async () => written(await client.command({ query: sql, ...given(options) }))),
    insert: (into, source, options) =>
      guarded(options.signal, async () => {
        const values = source.kind === "file" ? source.open() : Readable.from([source.bytes]);
        // The client leaves the reader of a file open when the connection breaks.
        try {
          const result = await client.exec({
            query: `INSERT INTO ${into} FORMAT ${source.format}`,
            values,
            ...given(options),
          });
          for await (const _ of result.stream);
          return written(result);
        } finally {
          values.destroy();
        }
      }),
    close: () => client.close(),
  };

  /** A result that breaks off half-way. */
  async function* watched(stream: AsyncIterable<Uint8Array>, signal: AbortSignal): AsyncGenerator<Uint8Array> {
    try {
      yield* stream;
    } catch (error) {
      throw signal.aborted ? cancelled(shown) : unreachable(shown, error);
    }
  }
}

function given({ queryId, params, settings, signal }: StatementOptions) {
  return {
    query_id: queryId,
    // The client writes lists and escapes by itself.
    query_params: params ?? {},
    abort_signal: signal,
    clickhouse_settings: {
      // The status line then tells the truth: an error in the middle of a result is an error, not a cut-off body.
      wait_end_of_query: 1 as const,
      log_queries: 1 as const,
      // Balancers cut connections on which nothing moves; the client's documentation advises these headers.
      send_progress_in_http_headers: 1 as const,
      http_headers_progress_interval_ms: "50000",
      ...numbered(settings),
    },
  };
}

function written(result: { summary?: { written_rows?: string } }): Written {
  const rows = result.summary?.written_rows;
  return { rows: rows === undefined ? undefined : BigInt(rows) };
}

/** Every failure is reported by us, once. */
class SilentLogger {
  trace(): void {}
  debug(): void {}
  info(): void {}
  warn(): void {}
  error(): void {}
}

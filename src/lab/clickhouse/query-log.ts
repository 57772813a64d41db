import type { ChdbEngine } from "../../lib/chdb/chdb-engine.ts";
import { escapeTsv } from "../../lib/chdb/escape-tsv.ts";

/** One line of `system.query_log`, which libchdb does not keep: operators and tests ask it what became of a query id. */
export type LoggedQuery = {
  readonly type: "QueryFinish" | "ExceptionBeforeStart" | "ExceptionWhileProcessing";
  readonly queryId: string;
  readonly query: string;
  readonly startedAt: number;
  readonly endedAt: number;
  readonly readRows: number;
  readonly exceptionCode: number;
  readonly exception: string;
};

const KEEP_ROWS = 5000;

/** Lines wait here until somebody asks: an insert per statement would double the work of small ones. */
export class QueryLog {
  readonly #engine: ChdbEngine;
  #waiting: LoggedQuery[] = [];
  #writing: Promise<void> = Promise.resolve();

  constructor(engine: ChdbEngine) {
    this.#engine = engine;
  }

  add(logged: LoggedQuery): void {
    this.#waiting.push(logged);
    if (this.#waiting.length > KEEP_ROWS) this.#waiting.shift();
  }

  /** Before a statement that reads the log. */
  bringUpToDate(query: string): Promise<void> {
    if (!/\bquery_log\b/i.test(query)) return Promise.resolve();
    const lines = this.#waiting.splice(0);
    this.#writing = this.#writing.then(async () => {
      for (const line of lines) await logQuery(this.#engine, line);
    });
    return this.#writing;
  }
}

/** The columns that questions about a query id use, under their real names and types. */
export async function createQueryLog(engine: ChdbEngine): Promise<void> {
  await engine.run(`CREATE TABLE IF NOT EXISTS system.query_log (
    type Enum8('QueryStart' = 1, 'QueryFinish' = 2, 'ExceptionBeforeStart' = 3, 'ExceptionWhileProcessing' = 4),
    event_date Date, event_time DateTime, event_time_microseconds DateTime64(6),
    query_start_time DateTime, query_start_time_microseconds DateTime64(6), query_duration_ms UInt64,
    read_rows UInt64, written_rows UInt64, query_id String, initial_query_id String, query String,
    exception_code Int32, exception String, is_initial_query UInt8 DEFAULT 1, user String DEFAULT 'default'
  ) ENGINE = Memory SETTINGS min_rows_to_keep = 100, max_rows_to_keep = ${KEEP_ROWS}`);
}

async function logQuery(engine: ChdbEngine, logged: LoggedQuery): Promise<void> {
  const seconds = (logged.startedAt / 1000).toFixed(3);
  const ended = (logged.endedAt / 1000).toFixed(3);
  const duration = Math.max(0, logged.endedAt - logged.startedAt);
  await engine.run(
    `INSERT INTO system.query_log (type, event_date, event_time, event_time_microseconds, query_start_time,
      query_start_time_microseconds, query_duration_ms, read_rows, query_id, initial_query_id, query, exception_code, exception)
     SELECT {type:String}, today(), toDateTime(toFloat64({ended:String})), toDateTime64({ended:String}, 6), toDateTime(toFloat64({started:String})),
      toDateTime64({started:String}, 6), {duration:UInt64}, {rows:UInt64}, {id:String}, {id:String}, {query:String},
      {code:Int32}, {exception:String}`,
    {
      params: {
        type: logged.type,
        started: seconds,
        ended,
        duration: String(duration),
        rows: String(logged.readRows),
        id: escapeTsv(logged.queryId),
        query: escapeTsv(logged.query.slice(0, 10_000)),
        code: String(logged.exceptionCode),
        exception: escapeTsv(logged.exception.slice(0, 2000)),
      },
    },
  );
}

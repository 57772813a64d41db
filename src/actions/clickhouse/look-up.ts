import { pause } from "../../lib/pause.ts";
import { ClickHouseTrouble, type Connection, quoteName } from "./connection.ts";
import { type RowObject, selectAll } from "./rows.ts";

/** What the server knows of a statement. */
export type Fate =
  | { readonly kind: "finished"; readonly writtenRows: bigint }
  | { readonly kind: "failed"; readonly exception: string; readonly writtenRows: bigint }
  /** The server never had it. */
  | { readonly kind: "never-ran" }
  | { readonly kind: "unknown"; readonly reason: string };

/** Since when the server runs, as it says itself. A restart in between makes its silence worthless. */
export type ServerMark = { readonly queryId: string; readonly serverStart: number };

export type LookUpOptions = {
  readonly signal: AbortSignal;
  /** Ask all replicas of this cluster: the statement may have gone to another one. */
  readonly cluster?: string;
  /** Called while the statement is still running there. */
  readonly onRunning?: () => void;
};

const EVERY_MS = 500;
/** A statement whose connection broke may still be on its way into the server. */
const LOOKS = 3;
const CLOCK_SLACK_S = 5;

/** The second at which the server started, by its own clock. */
export async function serverStart(connection: Connection, signal: AbortSignal, queryId: string): Promise<number> {
  const sql = "SELECT toUnixTimestamp(now()) - uptime() AS start";
  const [row] = await selectAll(connection, sql, { queryId: `${queryId}/mark`, signal });
  return Number(row?.start ?? 0);
}

/**
 * Asks the server's process list and query log what became of a statement; waits while it still runs. Changes nothing
 * (flushing the log is asked for and may be refused). @throws ClickHouseTrouble where the server does not answer
 */
export async function lookUp(connection: Connection, mark: ServerMark, options: LookUpOptions): Promise<Fate> {
  if (connection.kind === "chdb") return { kind: "unknown", reason: "embedded ClickHouse keeps no log of statements" };
  for (let look = 1; ; look++) {
    if (await isRunning(connection, mark.queryId, options)) {
      look = 0;
      options.onRunning?.();
    } else {
      const fate = await loggedFate(connection, mark.queryId, options);
      if (fate !== undefined) return fate;
      if (look >= LOOKS) return silence(connection, mark, options);
    }
    if (!(await pause(EVERY_MS, options.signal))) return { kind: "unknown", reason: "looking it up was broken off" };
  }
}

async function isRunning(connection: Connection, id: string, options: LookUpOptions): Promise<boolean> {
  const sql = `SELECT count() AS n FROM ${systemTable("processes", options.cluster)} WHERE query_id = {id:String}`;
  const [row] = await ask(connection, sql, id, options);
  return Number(row?.n ?? 0) > 0;
}

async function loggedFate(connection: Connection, id: string, options: LookUpOptions): Promise<Fate | undefined> {
  await connection.command("SYSTEM FLUSH LOGS", { queryId: `${id}/flush`, signal: options.signal }).catch((error) => {
    // Without the right to flush the log is a few seconds behind, which the repeated looks cover only in part.
    if (!(error instanceof ClickHouseTrouble)) throw error;
  });
  const sql = `SELECT type, exception, written_rows FROM ${systemTable("query_log", options.cluster)}
    WHERE query_id = {id:String} AND event_date >= today() - 30 ORDER BY event_time_microseconds DESC`;
  const rows = await ask(connection, sql, id, options);
  const last = rows.find(({ type }) => type !== "QueryStart");
  const writtenRows = BigInt(String(last?.written_rows ?? 0));
  if (last?.type === "QueryFinish") return { kind: "finished", writtenRows };
  if (last?.type === "ExceptionBeforeStart")
    return { kind: "failed", exception: String(last.exception), writtenRows: 0n };
  if (last !== undefined) return { kind: "failed", exception: String(last.exception), writtenRows };
  if (rows.length > 0) return { kind: "unknown", reason: "the server began it and has no record of its end" };
  return undefined;
}

/** Nothing in the log: it never ran, if the server that was meant is the one that answers. */
async function silence(connection: Connection, mark: ServerMark, { signal }: LookUpOptions): Promise<Fate> {
  const start = await serverStart(connection, signal, mark.queryId);
  if (Math.abs(start - mark.serverStart) <= CLOCK_SLACK_S) return { kind: "never-ran" };
  return { kind: "unknown", reason: "the server was restarted since, and its log may have lost the statement" };
}

async function ask(connection: Connection, sql: string, id: string, { signal }: LookUpOptions): Promise<RowObject[]> {
  return selectAll(connection, sql, { queryId: `${id}/look-up-${Date.now()}`, signal, params: { id } });
}

function systemTable(name: string, cluster: string | undefined): string {
  return cluster === undefined ? `system.${name}` : `clusterAllReplicas(${quoteName(cluster)}, system.${name})`;
}

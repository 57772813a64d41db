import { readFileSync } from "node:fs";
import { connectPostgres, type PgClient } from "../postgres/client.ts";
import { panic, type SuEnvironment } from "./environment.ts";
import { log } from "./log.ts";
import { migrateTables } from "./tables.ts";
import { arweaveId } from "./unit-store.ts";

/** Where a request must go: a unit's URL, or why nobody can take it. */
export type Route =
  | { readonly kind: "redirect"; readonly url: string; readonly id?: string }
  | { readonly kind: "refused"; readonly why: string };

/** The router's memory: which units exist and which process lives on which. */
export type Router = {
  forProcess(id: string | null): Promise<Route>;
  /** A new process goes to the unit with the fewest; a message to the unit of its process. */
  forItem(item: {
    readonly type: string | undefined;
    readonly target: string | undefined;
    readonly id: string | undefined;
  }): Promise<Route>;
};

/** A list that cannot be read is logged and nothing more, as in the real program: the router starts with what it knew. */
export async function openRouter(environment: SuEnvironment): Promise<Router> {
  const client = await connectPostgres(environment.databaseUrl).catch(() =>
    panic('DatabaseError("Failed to initialize connection pool.")'),
  );
  await migrateTables(client);
  try {
    const list = JSON.parse(readFileSync(environment.schedulerListPath, "utf8")) as {
      url: string;
      no_route?: boolean;
    }[];
    for (const { url, no_route } of list) await remember(client, url, no_route ?? null);
    log("schedulers initialized");
  } catch (error) {
    log(`Failed to open file: ${(error as Error).message}`);
  }
  return {
    async forProcess(id) {
      if (id === null) return { kind: "refused", why: "No process-id query parameter provided" };
      const url = await unitOf(client, id);
      return url === undefined ? { kind: "refused", why: "Process scheduler not found" } : { kind: "redirect", url };
    },
    async forItem({ type, target, id = arweaveId() }) {
      if (type === "Process") return assign(client, id);
      if (type !== "Message") return { kind: "refused", why: "Cannot redirect data item, invalid Type Tag" };
      const url = target === undefined ? undefined : await unitOf(client, target);
      return url === undefined
        ? { kind: "refused", why: "Unable to locate scheduler for message target" }
        : { kind: "redirect", url };
    },
  };
}

async function remember(client: PgClient, url: string, noRoute: boolean | null): Promise<void> {
  const { rows } = await client.query("SELECT row_id FROM schedulers WHERE url = $1", [url]);
  if (rows.length === 0) {
    await client.query("INSERT INTO schedulers (url, process_count, no_route) VALUES ($1, 0, $2)", [url, noRoute]);
    log(`saved new scheduler: ${url}`);
  } else await client.query("UPDATE schedulers SET no_route = $2 WHERE url = $1", [url, noRoute]);
}

async function unitOf(client: PgClient, processId: string): Promise<string | undefined> {
  const sql =
    "SELECT s.url AS url FROM process_schedulers p JOIN schedulers s ON s.row_id = p.scheduler_row_id WHERE p.process_id = $1";
  return (await client.query(sql, [processId])).rows[0]?.url ?? undefined;
}

async function assign(client: PgClient, processId: string): Promise<Route> {
  const { rows } = await client.query("SELECT row_id, url, no_route FROM schedulers ORDER BY process_count, row_id");
  const chosen = rows.find((row) => row.no_route !== "true" && row.no_route !== "t");
  if (!chosen) return { kind: "refused", why: "Could not find a scheduler to assign" };
  await client.query("UPDATE schedulers SET process_count = process_count + 1 WHERE row_id = $1", [
    Number(chosen.row_id),
  ]);
  await client.query("INSERT INTO process_schedulers (process_id, scheduler_row_id) VALUES ($1, $2)", [
    processId,
    Number(chosen.row_id),
  ]);
  return { kind: "redirect", url: chosen.url ?? "", id: processId };
}

import { resolve } from "node:path";
import { z } from "zod";
import type { ActionContext } from "../../domain/action.ts";
import { positiveDuration, toMs } from "../fields.ts";
import { connectChdb } from "./chdb-connection.ts";
import type { Connection } from "./connection.ts";
import { connectHttp } from "./http-connection.ts";

/** Where ClickHouse is and how to come in; the same for all actions of this family. */
export const connectionFields = {
  clickhouse: z
    .string()
    .refine(isTarget, "http://HOST:8123, https://HOST:8443 (without a password) or chdb:DIRECTORY")
    .describe("http(s)://host:port of a server, or chdb:DIRECTORY for the embedded one"),
  user: z.string().default("default"),
  password: z.strictObject({ secret: z.string() }).optional().describe("{ secret: <name of a declared secret> }"),
  database: z.string().min(1).optional(),
  timeout: positiveDuration.default("10m").describe("how long one statement may take"),
  settings: z
    .record(z.string().regex(/^\w+$/), z.union([z.string(), z.number(), z.boolean()]))
    .default({})
    .describe("settings of the statement"),
};

const fields = z.strictObject(connectionFields);
export type ConnectionFields = z.infer<typeof fields>;

/** @throws ClickHouseTrouble where embedded ClickHouse cannot be opened; a server is contacted by the first statement */
export function connect(given: ConnectionFields, context: Pick<ActionContext, "cwd" | "secret">): Promise<Connection> {
  if (given.clickhouse.startsWith("chdb:")) {
    return connectChdb(resolve(context.cwd, given.clickhouse.slice("chdb:".length)), given.database);
  }
  const password = given.password === undefined ? "" : context.secret(given.password.secret);
  const { origin } = new URL(given.clickhouse);
  const timeoutMs = Math.min(toMs(given.timeout), 2 ** 31 - 1);
  return connectHttp({ url: origin, user: given.user, password, database: given.database, timeoutMs });
}

function isTarget(text: string): boolean {
  if (/^chdb:./.test(text)) return true;
  if (!/^https?:\/\//.test(text) || !URL.canParse(text)) return false;
  // A password in a parameter would stand in the journal.
  return new URL(text).password === "";
}

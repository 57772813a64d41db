import { homedir } from "node:os";
import { resolve } from "node:path";
import { fail } from "../failed.ts";
import { chdbClickHouse } from "./chdb-clickhouse.ts";
import type { ClickHouse } from "./clickhouse.ts";
import { httpClickHouse } from "./http-clickhouse.ts";

/** Which ClickHouse, as the operator wrote it. */
export type ClickHouseTarget =
  | { readonly kind: "http"; readonly url: string; readonly user: string; readonly password: string }
  | { readonly kind: "chdb"; readonly directory: string };

/** Variables that complete an address: CLICKHOUSE_HOST, _PORT, _USER, _PASSWORD, _SECURE. */
export type ClickHouseEnv = { readonly [name: string]: string | undefined };

export function openClickHouse(target: ClickHouseTarget, log?: (line: string) => void): Promise<ClickHouse> {
  return target.kind === "chdb" ? chdbClickHouse(target.directory) : httpClickHouse({ ...target, log });
}

/**
 * `http(s)://[user[:password]@]host[:port]` or `chdb:DIRECTORY` (relative to `cwd`, `~` is the home directory). Without
 * `text` the variables decide: CLICKHOUSE_HOST, CLICKHOUSE_PORT (8443, or 8123 when CLICKHOUSE_SECURE is false).
 * @throws Failed `clickhouse-target`
 */
export function clickhouseTarget(text: string | undefined, cwd: string, env: ClickHouseEnv): ClickHouseTarget {
  const given = text ?? fromEnv(env);
  if (given === undefined) throw refuse("no ClickHouse was named");
  if (given.startsWith("chdb:")) {
    const directory = given.slice("chdb:".length).replace(/^~(?=\/|$)/, env.HOME ?? homedir());
    if (directory === "") throw refuse(`"${given}" names no directory`);
    return { kind: "chdb", directory: resolve(cwd, directory) };
  }
  if (!/^https?:\/\//.test(given) || !URL.canParse(given))
    throw refuse(`"${shownText(given)}" is no address of a ClickHouse`);
  const url = new URL(given);
  const user = url.username === "" ? env.CLICKHOUSE_USER : decodeURIComponent(url.username);
  const password = url.password === "" ? env.CLICKHOUSE_PASSWORD : decodeURIComponent(url.password);
  return { kind: "http", url: `${url.protocol}//${url.host}`, user: user ?? "default", password: password ?? "" };
}

function fromEnv(env: ClickHouseEnv): string | undefined {
  const host = env.CLICKHOUSE_HOST;
  if (host === undefined || host === "") return undefined;
  if (/^https?:\/\//.test(host) || host.startsWith("chdb:")) return host;
  const secure = !/^(false|0|no|off)$/i.test(env.CLICKHOUSE_SECURE ?? "true");
  const port = env.CLICKHOUSE_PORT ?? (secure ? "8443" : "8123");
  return `${secure ? "https" : "http"}://${host}:${port}`;
}

function shownText(text: string): string {
  return text.replace(/\/\/[^@/]*@/, "//***@");
}

function refuse(message: string): Error {
  const hint = "name one with --clickhouse http://HOST:8123 or --clickhouse chdb:DIRECTORY, or set CLICKHOUSE_HOST";
  return fail("clickhouse-target", message, { hint, retryable: false });
}

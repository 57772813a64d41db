import { readFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { networkFromConfig } from "../../lib/beacon/custom-network.ts";
import { parseEraName } from "../../lib/beacon/era-name.ts";
import type { Network } from "../../lib/beacon/network.ts";
import { findNetwork, NETWORKS } from "../../lib/beacon/networks.ts";
import { type ClickHouseTarget, clickhouseTarget } from "./clickhouse/open-clickhouse.ts";
import { DATASET_NAMES, type DatasetName, type ValueMode } from "./decode/index.ts";
import { Gate } from "./download/gate.ts";
import { fail } from "./failed.ts";
import { type EraRange, parseRange } from "./range.ts";
import type { RetryPolicy } from "./retry.ts";
import { defaultDatabase, demandDatabaseName } from "./schema/era-database.ts";
import { openSource } from "./source/open-source.ts";
import type { EraSource } from "./source/source.ts";

/** What the operator may say, on the command line or in a runbook. The documented variables stand in for what is missing. */
export type EraInput = {
  readonly network?: string | undefined;
  readonly range?: string | undefined;
  readonly source?: string | undefined;
  readonly clickhouse?: string | undefined;
  readonly database?: string | undefined;
  /** Names, or text with commas between them. */
  readonly datasets?: string | readonly string[] | undefined;
  readonly compat?: boolean | undefined;
};

/** Where relative paths begin, and which variables count. */
export type Surroundings = {
  readonly cwd: string;
  readonly env: { readonly [name: string]: string | undefined };
};

/** A built-in network by its name, or one of a configuration file by its path. */
export function networkOf({ network }: EraInput, { cwd }: Surroundings): Network {
  if (network === undefined || network === "") {
    const hint = `name it with --network: ${NETWORKS.map(({ name }) => name).join(", ")}`;
    throw fail("era-network", "no network was named", { hint, retryable: false });
  }
  if (/[/\\]|\.(ya?ml|json)$/i.test(network)) return configuredNetwork(resolve(cwd, network));
  const found = findNetwork(network);
  if (found !== undefined) return found;
  const hint = `known are ${NETWORKS.map(({ name }) => name).join(", ")}; of any other one the configuration: --network path/to/config.yaml`;
  throw fail("era-network", `the network "${network}" is unknown`, { hint, retryable: false });
}

function configuredNetwork(path: string): Network {
  const configured = networkFromConfig(readFileSync(path, "utf8"));
  if (configured.kind === "ok") return configured.network;
  const hint = "it takes the keys of the network's published config.yaml";
  throw fail("era-network", `${path}: ${configured.problems.join(" ")}`, { hint, retryable: false });
}

/** The network that was named, else the one in the file's name. */
export function networkOfFile(input: EraInput, fileName: string, surroundings: Surroundings): Network {
  const named = input.network ?? parseEraName(fileName.replace(/\.blocks\.era$/, ".era"))?.network;
  return networkOf({ network: named }, surroundings);
}

export function rangeOf({ range }: EraInput): EraRange {
  if (range === undefined) {
    const hint = "name the eras with --range: 1082, 1082-1100 or 1082+";
    throw fail("era-range", "no eras were named", { hint, retryable: false });
  }
  const parsed = parseRange(range);
  if (parsed.kind === "failed")
    throw fail(parsed.failure.code, parsed.failure.message, { hint: parsed.failure.hint!, retryable: false });
  return parsed.value;
}

export function sourceOf({ source }: EraInput, { cwd, env }: Surroundings): EraSource {
  const text = source || env.ERA_BASE_URL;
  if (text === undefined || text === "") {
    const hint = "name it with --source (s3://BUCKET/PREFIX, https://HOST/PATH or a directory) or set ERA_BASE_URL";
    throw fail("era-source", "no source of era files was named", { hint, retryable: false });
  }
  return openSource(text, cwd, env, retriesOf(env));
}

/** Undefined asks for all; the order is always that of the tables. */
export function datasetsOf({ datasets }: EraInput): readonly DatasetName[] {
  const wanted = [datasets ?? []]
    .flat()
    .flatMap((entry) => entry.split(","))
    .map((name) => name.trim().replaceAll("-", "_"));
  const named = wanted.filter((name) => name !== "" && name !== "all" && name !== "all_blocks");
  const unknown = named.find((name) => !DATASET_NAMES.includes(name as DatasetName));
  if (unknown !== undefined) {
    throw fail("era-dataset", `there is no dataset "${unknown}"`, {
      hint: `known are ${DATASET_NAMES.join(", ")}`,
      retryable: false,
    });
  }
  return named.length === 0 ? DATASET_NAMES : DATASET_NAMES.filter((name) => named.includes(name));
}

export function valuesOf({ compat }: EraInput): ValueMode {
  return compat === true ? "era-parser" : "exact";
}

export function clickhouseOf({ clickhouse }: EraInput, { cwd, env }: Surroundings): ClickHouseTarget {
  return clickhouseTarget(clickhouse === "" ? undefined : clickhouse, cwd, env);
}

export function databaseOf(input: EraInput, surroundings: Surroundings): string {
  const named = input.database === "" ? undefined : input.database;
  return demandDatabaseName(
    named ??
      surroundings.env.CLICKHOUSE_DATABASE ??
      defaultDatabase(networkOf(input, surroundings).name, valuesOf(input)),
  );
}

/** ERA_MAX_RETRIES: tries per request, 3 as documented when it is not set. */
export function retriesOf(env: Surroundings["env"]): RetryPolicy {
  return { attempts: Math.max(1, numberFrom(env, "ERA_MAX_RETRIES", 3)), baseMs: 500, maxMs: 20_000 };
}

/** ERA_MAX_CONCURRENT_DOWNLOADS: requests for file parts at once, 10 as documented when it is not set. */
export function downloadGate(env: Surroundings["env"]): Gate {
  return new Gate(numberFrom(env, "ERA_MAX_CONCURRENT_DOWNLOADS", 10));
}

/** ERA_DOWNLOAD_DIR, else a directory of this user among the temporary files. */
export function downloadDirOf(given: string | undefined, { cwd, env }: Surroundings): string {
  const named = given ?? env.ERA_DOWNLOAD_DIR;
  if (named !== undefined && named !== "") return resolve(cwd, named);
  return join(tmpdir(), `runsheet-era-${process.getuid?.() ?? "user"}`);
}

/** ERA_CLEANUP_AFTER_PROCESS: true as documented when it is not set. */
export function cleanUpOf(given: boolean | undefined, env: Surroundings["env"]): boolean {
  return given ?? !/^(false|0|no|off)$/i.test(env.ERA_CLEANUP_AFTER_PROCESS ?? "true");
}

/** CLICKHOUSE_BATCH_SIZE: rows per insert at most; unlimited when it is not set, because large inserts are the fast ones. */
export function insertRowsOf(env: Surroundings["env"]): number | undefined {
  return env.CLICKHOUSE_BATCH_SIZE === undefined ? undefined : numberFrom(env, "CLICKHOUSE_BATCH_SIZE", 100_000);
}

function numberFrom(env: Surroundings["env"], name: string, otherwise: number): number {
  const text = env[name];
  if (text === undefined || text === "") return otherwise;
  if (/^\d{1,9}$/.test(text) && Number(text) > 0) return Number(text);
  throw fail("era-setting", `${name} is "${text}"`, {
    hint: `set it to a whole number above 0, or leave it away for ${otherwise}`,
    retryable: false,
  });
}

import { generateKeyPairSync, randomBytes } from "node:crypto";
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { freePorts } from "../../free-ports.ts";
import { connectPostgres } from "../postgres/client.ts";
import { startPostgresFront } from "../postgres/front.ts";
import { startGateway } from "./gateway.ts";
import { seedUnit } from "./seed.ts";
import type { MigrationTroubles } from "./troubles.ts";
import { createUnits, type Units } from "./units.ts";

export type PracticeOptions = {
  readonly dir: string;
  /** `postgres://user:password@host:port/postgres`: a real server in which databases may be made; absent: SQLite behind its protocol. */
  readonly postgresUrl?: string;
  readonly messages?: number;
  readonly troubles?: MigrationTroubles;
};

/** Scheduler units to practise with: `su-1` with data, running; `su-2`, `su-3` and `router` prepared, not started. */
export type Practice = {
  readonly units: Units;
  readonly unitDirs: Readonly<Record<string, string>>;
  readonly ports: Readonly<Record<string, number>>;
  readonly schedulerList: string;
  /** Tables of units for the cluster runbook: two to begin with, then a third one. */
  readonly clusterFiles: { readonly two: string; readonly three: string };
  /** Data items that spawn a process each, as an operator would have them signed. */
  readonly spawnItems: readonly string[];
  readonly database: "postgres" | "sqlite";
  readonly troubles: string;
  close(): Promise<void>;
};

const spawnTags = [
  { name: "Data-Protocol", value: "ao" },
  { name: "Type", value: "Process" },
  { name: "Module", value: "lab-module" },
  { name: "Scheduler", value: "lab-scheduler" },
];

const unitNames = ["su-1", "su-2", "su-3", "router"];

export async function startPractice({
  dir,
  postgresUrl,
  messages = 2_000,
  troubles = {},
}: PracticeOptions): Promise<Practice> {
  const front =
    postgresUrl === undefined
      ? await startPostgresFront(join(dir, "postgres"), randomBytes(12).toString("hex"))
      : undefined;
  const server = postgresUrl === undefined ? undefined : await makeDatabases(postgresUrl);
  const gateway = await startGateway();
  const ports = await freePorts(unitNames.length);
  const units = createUnits();
  const wallet = join(dir, "wallet.json");
  const schedulerList = join(dir, "schedulers.json");
  const countDir = join(dir, "troubles");
  mkdirSync(countDir, { recursive: true });
  writeFileSync(wallet, `${JSON.stringify(newWallet())}\n`, { mode: 0o600 });
  writeFileSync(schedulerList, "[]\n");
  for (const [at, name] of unitNames.entries()) {
    const unitDir = join(dir, name);
    mkdirSync(unitDir, { recursive: true });
    const mode = name === "router" ? "router" : "su";
    writeFileSync(join(unitDir, ".env"), environmentFile(name, unitDir, mode), { mode: 0o600 });
    units.add({ name, mode, port: ports[at]!, dir: unitDir });
  }
  const clusterFiles = { two: join(dir, "cluster-2.csv"), three: join(dir, "cluster-3.csv") };
  writeFileSync(clusterFiles.two, clusterFile(["su-1", "su-2"]));
  writeFileSync(clusterFiles.three, clusterFile(["su-1", "su-2", "su-3"]));
  const spawnItems = [1, 2, 3].map((nth) => {
    const file = join(dir, `spawn-${nth}.json`);
    writeFileSync(file, `${JSON.stringify({ tags: spawnTags, data: `practice process ${nth}` })}\n`);
    return file;
  });
  await seedUnit(databaseUrl("su-1"), { processes: 20, messages });
  const started = await units.run("start", "su-1");
  if (started.code !== 0) throw new Error(started.text);
  return {
    units,
    unitDirs: Object.fromEntries(unitNames.map((name) => [name, join(dir, name)])),
    ports: Object.fromEntries(unitNames.map((name, at) => [name, ports[at]!])),
    schedulerList,
    clusterFiles,
    spawnItems,
    database: front ? "sqlite" : "postgres",
    troubles: JSON.stringify({ batchMs: 5, ...troubles, countDir }),
    async close() {
      await units.close();
      await front?.close();
      await server?.drop();
      await gateway.close();
    },
  };

  function clusterFile(names: readonly string[]): string {
    const rows = names.map((name) => {
      const url = `http://127.0.0.1:${ports[unitNames.indexOf(name)]}`;
      return `${name},${url},${join(dir, name, ".env")},lab-unit start ${name}\n`;
    });
    return `name,url,env,start\n${rows.join("")}`;
  }

  function databaseUrl(name: string): string {
    return front
      ? front.url(`su_${name.replace("-", "_")}`)
      : new URL(`su_${name.replace("-", "_")}`, postgresUrl).href;
  }

  function environmentFile(name: string, unitDir: string, mode: "su" | "router"): string {
    const lines = {
      SU_WALLET_PATH: wallet,
      DATABASE_URL: databaseUrl(name),
      GATEWAY_URL: gateway.url,
      GRAPHQL_URL: gateway.url,
      ARWEAVE_URL: `${gateway.url}/`,
      UPLOAD_NODE_URL: gateway.url,
      MODE: mode,
      SCHEDULER_LIST_PATH: mode === "router" ? schedulerList : "",
      MIGRATION_BATCH_SIZE: "100",
      USE_DISK: "false",
      SU_DATA_DIR: join(unitDir, "data"),
      USE_LOCAL_STORE: "false",
      SU_FILE_DB_DIR: join(unitDir, "files"),
      SU_INDEX_DB_DIR: join(unitDir, "index"),
      SU_FILE_SYNC_DB_DIR: join(unitDir, "files-copy"),
      SU_INDEX_SYNC_DB_DIR: join(unitDir, "index-copy"),
    };
    return Object.entries(lines)
      .map(([key, value]) => `${key}=${value}\n`)
      .join("");
  }
}

function databaseName(unit: string): string {
  return `su_${unit.replace("-", "_")}`;
}

/** Databases of this lab's own in a real server; they go with the lab. */
async function makeDatabases(serverUrl: string) {
  const suffix = randomBytes(4).toString("hex");
  const named = (unit: string) => `${databaseName(unit)}_${suffix}`;
  const each = async (statement: (database: string) => string) => {
    const client = await connectPostgres(serverUrl);
    for (const unit of unitNames) await client.query(statement(named(unit)));
    await client.end();
  };
  await each((database) => `CREATE DATABASE ${database}`);
  return {
    url: (unit: string) => new URL(`/${named(unit)}`, serverUrl).href,
    drop: () => each((database) => `DROP DATABASE IF EXISTS ${database} WITH (FORCE)`),
  };
}

/** A small key: an address comes of it, no signature ever will. */
function newWallet(): object {
  const { privateKey } = generateKeyPairSync("rsa", { modulusLength: 1024 });
  return privateKey.export({ format: "jwk" });
}

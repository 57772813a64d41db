import { generateKeyPairSync } from "node:crypto";
import { existsSync, mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { freePorts } from "../../free-ports.ts";
import { openDatabases } from "./databases.ts";
import { startGateway } from "./gateway.ts";
import { seedUnit } from "./seed.ts";
import { itemId } from "./su-http.ts";
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
  /** Data items that spawn a process each, as an operator would have them signed: three that no unit has seen yet. */
  freshSpawnItems(): Promise<string[]>;
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
  const databases = await openDatabases(join(dir, "postgres"), unitNames, postgresUrl);
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
  try {
    await seedUnit(databases.url("su-1"), { processes: 20, messages });
    const started = await units.run("start", "su-1");
    if (started.code !== 0) throw new Error(started.text);
  } catch (error) {
    await close();
    throw error;
  }
  return {
    units,
    unitDirs: Object.fromEntries(unitNames.map((name) => [name, join(dir, name)])),
    ports: Object.fromEntries(unitNames.map((name, at) => [name, ports[at]!])),
    schedulerList,
    clusterFiles,
    freshSpawnItems,
    database: databases.kind,
    troubles: JSON.stringify({ batchMs: 5, ...troubles, countDir }),
    close,
  };

  function clusterFile(names: readonly string[]): string {
    const rows = names.map((name) => {
      const url = `http://127.0.0.1:${ports[unitNames.indexOf(name)]}`;
      return `${name},${url},${join(dir, name, ".env")},lab-unit start ${name}\n`;
    });
    return `name,url,env,start\n${rows.join("")}`;
  }

  async function freshSpawnItems(): Promise<string[]> {
    const fresh: string[] = [];
    for (let nth = 1; fresh.length < 3; nth++) {
      const file = join(dir, `spawn-${nth}.json`);
      const text = `${JSON.stringify({ tags: spawnTags, data: `practice process ${nth}` })}\n`;
      if (!existsSync(file)) writeFileSync(file, text);
      if (!(await isUsed(itemId(text)))) fresh.push(file);
    }
    return fresh;
  }

  async function isUsed(id: string): Promise<boolean> {
    const answers = units.running().map(async (name) => {
      if (name === "router") return false;
      return (await fetch(`http://127.0.0.1:${ports[unitNames.indexOf(name)]}/processes/${id}`)).ok;
    });
    return (await Promise.all(answers)).includes(true);
  }

  async function close() {
    await units.close();
    await databases.close();
    await gateway.close();
  }

  function environmentFile(name: string, unitDir: string, mode: "su" | "router"): string {
    const lines = {
      SU_WALLET_PATH: wallet,
      DATABASE_URL: databases.url(name),
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

/** A small key: an address comes of it, no signature ever will. */
function newWallet(): object {
  const { privateKey } = generateKeyPairSync("rsa", { modulusLength: 1024 });
  return privateKey.export({ format: "jwk" });
}

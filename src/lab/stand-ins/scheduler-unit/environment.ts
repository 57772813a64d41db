import { existsSync, readFileSync } from "node:fs";
import { homedir } from "node:os";
import { join } from "node:path";

/** What the scheduler unit reads from its environment; absent values are as the real program defaults them. */
export type SuEnvironment = {
  readonly databaseUrl: string;
  readonly databaseReadUrl: string;
  readonly walletPath: string;
  readonly gatewayUrl: string;
  readonly mode: string;
  readonly schedulerListPath: string;
  readonly useDisk: boolean;
  /** Read only when `USE_DISK` is true, as in the real program. */
  readonly dataDir: string;
  readonly batchSize: number;
  readonly useLocalStore: boolean;
  readonly fileDbDir: string;
  readonly indexDbDir: string;
  readonly fileSyncDbDir: string;
  readonly indexSyncDbDir: string;
  readonly enableMetrics: boolean;
};

/** Thrown where the real program panics; it prints the reason and exits with code 101. */
export class Panic extends Error {}

/** Reads the environment, a `.env` in the working directory filling what is not set. Throws a Panic as the real one does. */
export function readEnvironment(mode: string | undefined): SuEnvironment {
  const env: NodeJS.ProcessEnv = { ...dotenv(join(process.cwd(), ".env")), ...process.env };
  const needed = (name: string) => env[name] ?? panic("NotPresent");
  const gateway = (name: string) => env[name] ?? needed("GATEWAY_URL");
  const home = homedir();
  const useDisk = env.USE_DISK === "true";
  needed("UPLOAD_NODE_URL");
  gateway("GRAPHQL_URL");
  return {
    databaseUrl: needed("DATABASE_URL"),
    databaseReadUrl: env.DATABASE_READ_URL || needed("DATABASE_URL"),
    walletPath: needed("SU_WALLET_PATH"),
    gatewayUrl: gateway("ARWEAVE_URL"),
    mode: mode ?? needed("MODE"),
    schedulerListPath: needed("SCHEDULER_LIST_PATH"),
    useDisk,
    dataDir: useDisk ? needed("SU_DATA_DIR") : "",
    batchSize: wholeNumber(env.MIGRATION_BATCH_SIZE, 1000),
    useLocalStore: env.USE_LOCAL_STORE === "true",
    fileDbDir: env.SU_FILE_DB_DIR ?? join(home, "sudata"),
    indexDbDir: env.SU_INDEX_DB_DIR ?? join(home, "suindex"),
    fileSyncDbDir: env.SU_FILE_SYNC_DB_DIR ?? join(home, "sudatasync"),
    indexSyncDbDir: env.SU_INDEX_SYNC_DB_DIR ?? join(home, "suindexsync"),
    enableMetrics: env.ENABLE_METRICS === "true",
  };
}

/** `NAME=value` lines; quotes around the value are taken off, `#` begins a comment line. */
export function dotenv(file: string): { [name: string]: string } {
  if (!existsSync(file)) return {};
  const lines = readFileSync(file, "utf8").split("\n");
  const pairs = lines.flatMap((line) => {
    const match = /^\s*(?:export\s+)?([A-Z][A-Z0-9_]*)\s*=\s*(.*?)\s*$/.exec(line);
    return match ? [[match[1]!, match[2]!.replace(/^(["'])(.*)\1$/, "$2")] as const] : [];
  });
  return Object.fromEntries(pairs);
}

function wholeNumber(text: string | undefined, fallback: number): number {
  if (text === undefined) return fallback;
  return /^\d+$/.test(text) ? Number(text) : panic("ParseIntError { kind: InvalidDigit }");
}

export function panic(reason: string): never {
  throw new Panic(`called \`Result::unwrap()\` on an \`Err\` value: ${reason}`);
}

import { mkdir, rm } from "node:fs/promises";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { setFlagsFromString } from "node:v8";
import { openChdb } from "../../lib/chdb/chdb-engine.ts";
import { SpoolFiles } from "../../lib/spool-files.ts";
import { type ClickHouseFault, Faults } from "./faults.ts";
import { createQueryLog, QueryLog } from "./query-log.ts";
import { createFacade } from "./serve.ts";

/** What the parent sends. */
export type ServerCommand =
  | { readonly kind: "faults"; readonly faults: readonly ClickHouseFault[] }
  | { readonly kind: "close" };

/** What it hears. */
export type ServerNews =
  | { readonly kind: "ready"; readonly port: number }
  | { readonly kind: "failed"; readonly code: string; readonly message: string }
  | { readonly kind: "faults-set" };

type Arguments = {
  readonly dataDir: string;
  readonly port: number;
  readonly login: { readonly user: string; readonly password: string } | null;
};

/** The process that holds embedded ClickHouse. It ends with its parent. */
async function main({ dataDir, port, login }: Arguments): Promise<void> {
  const engine = await openChdb(dataDir);
  const spoolDir = join(dataDir, "lab-spool");
  await rm(spoolDir, { recursive: true, force: true });
  await mkdir(spoolDir, { recursive: true });
  await createQueryLog(engine);
  const faults = new Faults();
  const server = createFacade({
    engine,
    log: new QueryLog(engine),
    spools: new SpoolFiles(spoolDir, "body"),
    faults,
    login: login ?? undefined,
  });
  server.on("error", (error) => giveUp(error));
  server.listen(port, "127.0.0.1", () => tell({ kind: "ready", port: (server.address() as AddressInfo).port }));
  const close = async () => {
    server.close();
    server.closeAllConnections();
    await engine.close();
    process.exit(0);
  };
  process.on("disconnect", close);
  process.on("SIGTERM", close);
  process.on("SIGINT", () => {}); // the parent decides, also when Ctrl-C reaches the whole group
  process.on("message", (command: ServerCommand) => {
    if (command.kind === "close") return void close();
    faults.set(command.faults);
    tell({ kind: "faults-set" });
  });
}

function tell(news: ServerNews): void {
  process.send?.(news);
}

function giveUp(error: unknown): void {
  const { kind, code, message } = error as Error & { kind?: string; code?: string };
  tell({ kind: "failed", code: kind ?? code ?? "unknown", message });
  process.exitCode = 1;
  process.disconnect?.();
}

// The bodies of inserts are read in small buffers: for every 32 MB of them all else would be collected too.
setFlagsFromString("--external-memory-accounted-in-global-limit");
await main(JSON.parse(process.argv[2]!) as Arguments).catch(giveUp);

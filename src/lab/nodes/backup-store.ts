import { cpSync, existsSync, mkdirSync, readdirSync, rmSync } from "node:fs";
import { join } from "node:path";

/** Where the node manager keeps its backups: one directory per backup, named `<chain id>-<height>`. */
export type BackupStore = {
  take(chainId: string, height: number): Promise<BackupOutcome>;
  restore(name: string): Promise<BackupOutcome>;
  /** Newest last. */
  list(): string[];
};

export type BackupOutcome = { readonly kind: "ok" } | { readonly kind: "error"; readonly text: string };

/** Parts of the data directory that belong to a backup. */
const kept = ["blocks", "state", "snapshots"];

export function createBackupStore(storeDir: string, dataDir: string): BackupStore {
  return {
    async take(chainId, height) {
      copyParts(dataDir, join(storeDir, `${chainId}-${String(height).padStart(10, "0")}`));
      return { kind: "ok" };
    },
    async restore(name) {
      const names = list();
      const chosen = name === "latest" ? names[names.length - 1] : names.find((known) => known === name);
      if (chosen === undefined) return { kind: "error", text: `backup "${name}" not found` };
      copyParts(join(storeDir, chosen), dataDir);
      return { kind: "ok" };
    },
    list,
  };

  function list(): string[] {
    return existsSync(storeDir) ? readdirSync(storeDir).sort() : [];
  }
}

function copyParts(from: string, to: string): void {
  mkdirSync(to, { recursive: true });
  for (const part of kept) {
    rmSync(join(to, part), { recursive: true, force: true });
    if (existsSync(join(from, part))) cpSync(join(from, part), join(to, part), { recursive: true });
  }
}

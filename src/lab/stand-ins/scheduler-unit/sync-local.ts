import { setTimeout as delay } from "node:timers/promises";
import { readEnvironment } from "./environment.ts";
import type { KeyValue, KeyValueStore } from "./key-value.ts";
import { openLocal } from "./migrate-to-local.ts";

const families = ["process", "process_ordering", "message", "message_ordering"];
const batchSize = 500;

/** `cli sync_local_drives SECONDS`: keeps a copy of the local store up to date, for ever, one look per interval. */
export async function syncLocalDrives(seconds: number): Promise<never> {
  const { fileDbDir, indexDbDir, fileSyncDbDir, indexSyncDbDir } = readEnvironment(undefined);
  const copy = openLocal(fileSyncDbDir, indexSyncDbDir);
  process.stdout.write(`Initialized a write store to sync at ${fileSyncDbDir} and ${indexSyncDbDir}\n`);
  for (;;) {
    // A fresh view each time: the running unit goes on writing.
    const live = openLocal(fileDbDir, indexDbDir, true);
    // Binaries before the index that points to them.
    const files = copyMissing(live.files, copy.files, "default", "message_assignment:");
    copyMissing(live.files, copy.files, "default", "process_assignment:");
    for (const family of families) copyMissing(live.index, copy.index, family, "");
    if (files > 0) process.stdout.write(`Syncing ${files} messages ...\n`);
    live.files.close();
    live.index.close();
    await delay(seconds * 1000);
  }
}

function copyMissing(from: KeyValueStore, to: KeyValueStore, family: string, prefix: string): number {
  let copied = 0;
  let batch: KeyValue[] = [];
  const flush = () => {
    to.putAll(batch);
    copied += batch.length;
    batch = [];
  };
  for (const key of [...from.keys(prefix, family)]) {
    if (to.get(key, family) !== undefined) continue;
    batch.push({ family, key, value: from.get(key, family) ?? "" });
    if (batch.length >= batchSize) flush();
  }
  flush();
  return copied;
}

import { connectPostgres } from "../postgres/client.ts";
import { Panic, panic, readEnvironment } from "./environment.ts";
import { type KeyValueStore, openKeyValueStore } from "./key-value.ts";
import { diskKey, localMessageKeys, localProcessKeys } from "./keys.ts";
import { log, logError } from "./log.ts";
import { allProcesses, countRows, messagesInRange } from "./tables.ts";
import { readTroubles, strikes, workFor } from "./troubles.ts";

const lastMessageRow = "last_message_row_id";
const batchSize = 100;

/**
 * `cli migrate_to_local`: builds the local store from the index in the database and the binaries that `migrate_to_disk`
 * wrote. Goes on where an earlier run stopped; `clear` forgets where that was. A message that is not on disk is left
 * out with an error line and exit code 0.
 */
export async function migrateToLocal(clear: boolean): Promise<void> {
  const environment = readEnvironment(undefined);
  const troubles = readTroubles();
  const { files, index } = openLocal(environment.fileDbDir, environment.indexDbDir);
  if (clear) {
    files.delete(lastMessageRow);
    log("Cleared saved keys for last processed rows.");
    return;
  }
  const client = await connectPostgres(environment.databaseUrl).catch(() =>
    panic('DatabaseError("Failed to initialize connection pool.")'),
  );
  const disk = openDisk(environment.dataDir);
  const total = await countRows(client, "messages");
  log(`Total messages to process: ${total}`);
  for (let start = Number(files.get(lastMessageRow) ?? 0); start < total; start += batchSize) {
    await workFor(troubles);
    const trouble = strikes(troubles, start, Math.min(start + batchSize, total));
    const rows = trouble === "skips" ? [] : await messagesInRange(client, start, start + batchSize);
    if (trouble === "skips") logError("Error fetching messages");
    for (const row of trouble === "panics" ? rows.slice(0, rows.length / 2) : rows) {
      const bundle = disk.get(diskKey(row));
      if (bundle === undefined) {
        logError(`no binary on disk for message ${row.messageId}`);
        continue;
      }
      const keys = localMessageKeys(row);
      index.putAll([
        { family: "message", key: keys.index, value: row.assignmentId },
        { family: "message_ordering", key: keys.ordering, value: row.assignmentId },
      ]);
      files.putAll([{ key: keys.file, value: JSON.stringify({ ...row, bundle }) }]);
    }
    if (trouble === "panics") panic('"Failed to write to RocksDB: IO error: No space left on device"');
    files.putAll([{ key: lastMessageRow, value: String(start) }]);
    log(`Messages processed update: ${Math.min(start + batchSize, total)}`);
  }
  for (const process of await allProcesses(client)) {
    const keys = localProcessKeys(process);
    index.putAll([
      { family: "process", key: keys.index, value: process.processId },
      { family: "process_ordering", key: keys.ordering, value: process.processId },
    ]);
    files.putAll([{ key: keys.file, value: JSON.stringify(process) }]);
  }
  log(`Total processes to process: ${await countRows(client, "processes")}`);
  for (const store of [files, index, disk]) store.close();
  await client.end();
}

export function openLocal(
  fileDir: string,
  indexDir: string,
  readOnly = false,
): { files: KeyValueStore; index: KeyValueStore } {
  try {
    return { files: openKeyValueStore(fileDir, { readOnly }), index: openKeyValueStore(indexDir, { readOnly }) };
  } catch (error) {
    throw new Panic(`Failed to create LocalStoreClient: ${(error as Error).message}`);
  }
}

function openDisk(dir: string): KeyValueStore {
  try {
    return openKeyValueStore(dir, { readOnly: true });
  } catch (error) {
    throw new Panic(`Failed to connect to bytestore: ${JSON.stringify((error as Error).message)}`);
  }
}

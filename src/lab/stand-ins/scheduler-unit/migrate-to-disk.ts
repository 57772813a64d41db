import { connectPostgres } from "../postgres/client.ts";
import { Panic, panic, readEnvironment } from "./environment.ts";
import { openKeyValueStore } from "./key-value.ts";
import { diskKey } from "./keys.ts";
import { log, logError } from "./log.ts";
import { countRows, messagesInRange } from "./tables.ts";
import { readTroubles, strikes, workFor } from "./troubles.ts";

/**
 * `cli migrate_to_disk RANGE`: copies messages from the database to RocksDB in `SU_DATA_DIR`. `0-500` is the first 500
 * messages of the table, `1000` all from there on. As in the real program a batch that cannot be read is logged and
 * left out, and the exit code is 0 all the same: only counting tells.
 */
export async function migrateToDisk(range: string | undefined): Promise<void> {
  const started = performance.now();
  const environment = readEnvironment("su");
  const troubles = readTroubles();
  const client = await connectPostgres(environment.databaseUrl).catch(() =>
    panic('DatabaseError("Failed to initialize connection pool.")'),
  );
  if (range === undefined) throw new Panic("Range argument not provided");
  const [first = "", second] = range.split("-");
  if (!/^\d+$/.test(first) || (second !== undefined && !/^\d+$/.test(second))) {
    throw new Panic("Invalid starting offset: ParseIntError { kind: InvalidDigit }");
  }
  const store = openStore(environment.dataDir, troubles.exclusive ?? false);
  const total = await countRows(client, "messages");
  const from = Number(first);
  const to = Math.min(second === undefined ? total : Number(second), total);
  let done = 0;
  for (let start = from; start < to; start += environment.batchSize) {
    const end = Math.min(start + environment.batchSize, to);
    await workFor(troubles);
    const trouble = strikes(troubles, start, end);
    if (trouble === "skips") {
      logError('Error fetching messages: DatabaseError("server closed the connection unexpectedly")');
      continue;
    }
    const rows = await messagesInRange(client, start, end);
    const kept = trouble === "panics" ? rows.slice(0, Math.floor(rows.length / 2)) : rows;
    store.putAll(kept.map((row) => ({ key: diskKey(row), value: row.bundle })));
    if (trouble === "panics") panic('"Failed to write to RocksDB: IO error: No space left on device"');
    done += rows.length;
    log(`Messages processed update: ${done}`);
  }
  store.close();
  await client.end();
  log(`Time elapsed in data migration is: ${((performance.now() - started) / 1000).toFixed(3)}s`);
}

function openStore(dir: string, exclusive: boolean) {
  try {
    return openKeyValueStore(dir, { exclusive });
  } catch (error) {
    const reason = JSON.stringify(
      `Failed to open RocksDB: Error { message: ${JSON.stringify((error as Error).message)} }`,
    );
    throw new Panic(`Failed to connect to bytestore: ${reason}`);
  }
}

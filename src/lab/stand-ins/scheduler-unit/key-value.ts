import { existsSync, mkdirSync } from "node:fs";
import { join } from "node:path";
import Database from "better-sqlite3";

/** What stands in for RocksDB: a directory with one SQLite file, keys in order within each column family. */
export type KeyValueStore = {
  get(key: string, family?: string): string | undefined;
  putAll(entries: readonly KeyValue[]): void;
  delete(key: string, family?: string): void;
  /** Keys that begin with `prefix`, in order. */
  keys(prefix?: string, family?: string): IterableIterator<string>;
  count(prefix?: string, family?: string): number;
  close(): void;
};

export type KeyValue = { readonly key: string; readonly value: string; readonly family?: string };

/** `exclusive` holds RocksDB's LOCK: a second program that opens the directory for writing is refused. */
export type OpenMode = { readonly readOnly?: boolean; readonly exclusive?: boolean };

const defaultFamily = "default";

/** Opens or makes the store. Throws with RocksDB's words when that fails. */
export function openKeyValueStore(dir: string, { readOnly = false, exclusive = false }: OpenMode = {}): KeyValueStore {
  if (dir === "")
    throw new Error('IO error: No such file or directory: While mkdir if missing: "": No such file or directory');
  const file = join(dir, "rocksdb.sqlite");
  if (readOnly && !existsSync(file))
    throw new Error(
      `IO error: No such file or directory: While opening a file for sequentially reading: ${dir}/CURRENT: No such file or directory`,
    );
  if (!readOnly) mkdirSync(dir, { recursive: true });
  const unlock = exclusive && !readOnly ? takeLock(dir) : () => undefined;
  const database = new Database(file, { readonly: readOnly, timeout: 30_000 });
  if (!readOnly) {
    database.pragma("journal_mode = WAL");
    database.pragma("synchronous = NORMAL");
    database.exec(
      "CREATE TABLE IF NOT EXISTS kv (family TEXT, key TEXT, value TEXT, PRIMARY KEY (family, key)) WITHOUT ROWID",
    );
  }
  const get = database.prepare("SELECT value FROM kv WHERE family = ? AND key = ?").pluck();
  const range = "family = ? AND key >= ? AND key < ?";
  const keys = database.prepare(`SELECT key FROM kv WHERE ${range} ORDER BY key`).pluck();
  const count = database.prepare(`SELECT count(*) FROM kv WHERE ${range}`).pluck();
  const put = readOnly ? undefined : database.prepare("INSERT OR REPLACE INTO kv VALUES (?, ?, ?)");
  const write = database.transaction((entries: readonly KeyValue[]) => {
    for (const { family = defaultFamily, key, value } of entries) put?.run(family, key, value);
  });
  return {
    get: (key, family = defaultFamily) => get.get(family, key) as string | undefined,
    putAll: (entries) => void write.immediate(entries),
    delete: (key, family = defaultFamily) =>
      void database.prepare("DELETE FROM kv WHERE family = ? AND key = ?").run(family, key),
    keys: (prefix = "", family = defaultFamily) =>
      keys.iterate(family, prefix, `${prefix}\u{10ffff}`) as IterableIterator<string>,
    count: (prefix = "", family = defaultFamily) => count.get(family, prefix, `${prefix}\u{10ffff}`) as number,
    close() {
      database.close();
      unlock();
    },
  };
}

/** A lock that dies with its process: an exclusive transaction on a database of its own. */
function takeLock(dir: string): () => void {
  const lock = new Database(join(dir, "LOCK"), { timeout: 0 });
  try {
    lock.exec("BEGIN EXCLUSIVE");
  } catch {
    lock.close();
    throw new Error(`IO error: While lock file: ${dir}/LOCK: Resource temporarily unavailable`);
  }
  return () => lock.close();
}

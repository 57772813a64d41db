import { randomBytes } from "node:crypto";
import { connectPostgres, type PgClient } from "../postgres/client.ts";
import { panic, type SuEnvironment } from "./environment.ts";
import { type KeyValueStore, openKeyValueStore } from "./key-value.ts";
import { diskKey, localMessageKeys, localProcessKeys } from "./keys.ts";
import { openLocal } from "./migrate-to-local.ts";
import { insertMessage, insertProcess, type MessageRow, migrateTables, type ProcessRow } from "./tables.ts";

/** Where a running unit keeps processes and messages: its database, its database and disk, or the local store alone. */
export type UnitStore = {
  process(id: string): Promise<ProcessRow | undefined>;
  message(id: string): Promise<MessageRow | undefined>;
  messages(processId: string, limit: number): Promise<MessageRow[]>;
  addProcess(data: object): Promise<ProcessRow>;
  addMessage(processId: string, data: object): Promise<MessageRow>;
};

export async function openUnitStore(environment: SuEnvironment): Promise<UnitStore> {
  if (environment.useLocalStore) return localStore(environment);
  const client = await connectPostgres(environment.databaseUrl).catch(() =>
    panic('DatabaseError("Failed to initialize connection pool.")'),
  );
  await migrateTables(client);
  const disk = environment.useDisk ? openKeyValueStore(environment.dataDir) : undefined;
  return databaseStore(client, disk);
}

function databaseStore(client: PgClient, disk: KeyValueStore | undefined): UnitStore {
  const one = async (where: string, values: string[]) => (await select(where, values, 1))[0];
  return {
    async process(id) {
      const sql = "SELECT process_id, process_data, bundle, timestamp FROM processes WHERE process_id = $1";
      const row = (await client.query(sql, [id])).rows[0];
      return (
        row && {
          processId: id,
          data: row.process_data ?? "{}",
          bundle: row.bundle ?? "",
          timestamp: Number(row.timestamp),
        }
      );
    },
    message: (id) => one("message_id = $1", [id]),
    messages: (processId, limit) => select("process_id = $1", [processId], limit),
    async addProcess(data) {
      const row = newProcess(data);
      await insertProcess(client, row);
      return row;
    },
    async addMessage(processId, data) {
      const { rows } = await client.query(
        "SELECT coalesce(max(nonce), -1) AS nonce FROM messages WHERE process_id = $1",
        [processId],
      );
      const row = newMessage(processId, data, Number(rows[0]?.nonce ?? -1) + 1);
      await insertMessage(client, row);
      disk?.putAll([{ key: diskKey(row), value: row.bundle }]);
      return row;
    },
  };

  async function select(where: string, values: string[], limit: number): Promise<MessageRow[]> {
    const columns = "process_id, message_id, assignment_id, epoch, nonce, timestamp, message_data, bundle";
    const { rows } = await client.query(
      `SELECT ${columns} FROM messages WHERE ${where} ORDER BY nonce LIMIT ${limit}`,
      values,
    );
    return rows.map((row) => ({
      processId: row.process_id ?? "",
      messageId: row.message_id ?? "",
      assignmentId: row.assignment_id ?? "",
      epoch: Number(row.epoch),
      nonce: Number(row.nonce),
      timestamp: Number(row.timestamp),
      data: row.message_data ?? "{}",
      bundle: row.bundle ?? "",
    }));
  }
}

function localStore({ fileDbDir, indexDbDir }: SuEnvironment): UnitStore {
  const { files, index } = openLocal(fileDbDir, indexDbDir);
  const file = <T>(key: string) => {
    const text = files.get(key);
    return text === undefined ? undefined : (JSON.parse(text) as T);
  };
  const messages = async (processId: string, limit: number) => {
    const found: MessageRow[] = [];
    for (const key of index.keys(`message_ordering:${processId}:`, "message_ordering")) {
      const row = file<MessageRow>(`message_assignment:${key.split(":").at(-1)}`);
      if (row) found.push(row);
      if (found.length >= limit) break;
    }
    return found;
  };
  return {
    messages,
    process: async (id) =>
      file<ProcessRow>(localProcessKeys({ processId: id, timestamp: 0, data: "", bundle: "" }).file),
    async message(id) {
      const [key] = index.keys(`message:${id}:`, "message");
      return key === undefined ? undefined : file<MessageRow>(`message_assignment:${key.split(":").at(-1)}`);
    },
    async addProcess(data) {
      const row = newProcess(data);
      const keys = localProcessKeys(row);
      index.putAll([
        { family: "process", key: keys.index, value: row.processId },
        { family: "process_ordering", key: keys.ordering, value: row.processId },
      ]);
      files.putAll([{ key: keys.file, value: JSON.stringify(row) }]);
      return row;
    },
    async addMessage(processId, data) {
      const row = newMessage(processId, data, index.count(`message_ordering:${processId}:`, "message_ordering"));
      const keys = localMessageKeys(row);
      files.putAll([{ key: keys.file, value: JSON.stringify(row) }]);
      index.putAll([
        { family: "message", key: keys.index, value: row.assignmentId },
        { family: "message_ordering", key: keys.ordering, value: row.assignmentId },
      ]);
      return row;
    },
  };
}

export function newProcess(data: object, timestamp = Date.now()): ProcessRow {
  const processId = (data as { id?: string }).id ?? arweaveId();
  return { processId, data: JSON.stringify({ ...data, id: processId }), bundle: bundleOf(processId), timestamp };
}

export function newMessage(processId: string, data: object, nonce: number, timestamp = Date.now()): MessageRow {
  const messageId = arweaveId();
  const assignmentId = arweaveId();
  return {
    processId,
    messageId,
    assignmentId,
    epoch: 0,
    nonce,
    timestamp,
    data: JSON.stringify({ ...data, id: messageId }),
    bundle: bundleOf(messageId),
  };
}

/** 43 characters of base64url, as transaction ids on Arweave. */
export function arweaveId(): string {
  return randomBytes(32).toString("base64url");
}

/** Bytes in PostgreSQL's text form. */
function bundleOf(id: string): string {
  return `\\x${Buffer.from(`bundle of ${id}`).toString("hex")}`;
}

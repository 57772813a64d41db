import type { PgClient } from "../postgres/client.ts";

/** The tables of a scheduler unit's database, as its migrations leave them. */
const tables = [
  `CREATE TABLE IF NOT EXISTS processes (row_id SERIAL PRIMARY KEY, process_id VARCHAR(255) UNIQUE NOT NULL,
    process_data JSONB NOT NULL, bundle BYTEA NOT NULL, epoch INT, nonce INT, hash_chain TEXT, timestamp BIGINT)`,
  `CREATE TABLE IF NOT EXISTS messages (row_id SERIAL PRIMARY KEY, process_id VARCHAR(255) NOT NULL,
    message_id VARCHAR(255) NOT NULL, message_data JSONB NOT NULL, epoch INT NOT NULL, nonce INT NOT NULL,
    timestamp BIGINT NOT NULL, bundle BYTEA NOT NULL, hash_chain TEXT NOT NULL, assignment_id VARCHAR(255))`,
  `CREATE TABLE IF NOT EXISTS schedulers (row_id SERIAL PRIMARY KEY, url VARCHAR(255) UNIQUE NOT NULL,
    process_count INT NOT NULL, no_route BOOLEAN)`,
  `CREATE TABLE IF NOT EXISTS process_schedulers (row_id SERIAL PRIMARY KEY, process_id VARCHAR(255) UNIQUE NOT NULL,
    scheduler_row_id INT NOT NULL)`,
];

/** The server migrates its database when it starts. */
export async function migrateTables(client: PgClient): Promise<void> {
  for (const sql of tables) await client.query(sql);
}

export type MessageRow = {
  readonly processId: string;
  readonly messageId: string;
  readonly assignmentId: string;
  readonly epoch: number;
  readonly nonce: number;
  readonly timestamp: number;
  readonly data: string;
  readonly bundle: string;
};

export type ProcessRow = {
  readonly processId: string;
  readonly data: string;
  readonly bundle: string;
  readonly timestamp: number;
};

const messageColumns = "process_id, message_id, assignment_id, epoch, nonce, timestamp, message_data, bundle";

/** Messages `from` up to but without `to`, in the order of the table. */
export async function messagesInRange(client: PgClient, from: number, to: number): Promise<MessageRow[]> {
  const sql = `SELECT ${messageColumns} FROM messages ORDER BY row_id LIMIT ${to - from} OFFSET ${from}`;
  const { rows } = await client.query(sql);
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

export async function allProcesses(client: PgClient): Promise<ProcessRow[]> {
  const { rows } = await client.query(
    "SELECT process_id, process_data, bundle, timestamp FROM processes ORDER BY row_id",
  );
  return rows.map((row) => ({
    processId: row.process_id ?? "",
    data: row.process_data ?? "{}",
    bundle: row.bundle ?? "",
    timestamp: Number(row.timestamp),
  }));
}

export async function countRows(client: PgClient, table: "messages" | "processes"): Promise<number> {
  const { rows } = await client.query(`SELECT count(*) AS count FROM ${table}`);
  return Number(rows[0]?.count ?? 0);
}

export async function insertMessage(client: PgClient, row: MessageRow): Promise<void> {
  const sql = `INSERT INTO messages (${messageColumns}, hash_chain) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)`;
  const { processId, messageId, assignmentId, epoch, nonce, timestamp, data, bundle } = row;
  await client.query(sql, [processId, messageId, assignmentId, epoch, nonce, timestamp, data, bundle, ""]);
}

export async function insertProcess(client: PgClient, row: ProcessRow): Promise<void> {
  const sql =
    "INSERT INTO processes (process_id, process_data, bundle, epoch, nonce, timestamp) VALUES ($1, $2, $3, 0, 0, $4)";
  await client.query(sql, [row.processId, row.data, row.bundle, row.timestamp]);
}

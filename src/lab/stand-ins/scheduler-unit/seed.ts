import { connectPostgres } from "../postgres/client.ts";
import { migrateTables } from "./tables.ts";
import { newMessage, newProcess } from "./unit-store.ts";

export type SeedOptions = { readonly processes: number; readonly messages: number };

/** Fills an empty database with processes and messages spread over them. Leaves a database that has messages alone. */
export async function seedUnit(url: string, { processes, messages }: SeedOptions): Promise<void> {
  const client = await connectPostgres(url);
  await migrateTables(client);
  const { rows } = await client.query("SELECT count(*) AS count FROM messages");
  if (Number(rows[0]?.count) === 0) {
    const start = Date.now() - messages * 1_000;
    const ids = Array.from({ length: processes }, () => newProcess({ tags: tagsOf("Process") }, start));
    await client.query("BEGIN");
    await insertMany(
      "processes",
      ["process_id", "process_data", "bundle", "epoch", "nonce", "timestamp"],
      ids.map((row) => [row.processId, row.data, row.bundle, 0, 0, row.timestamp]),
    );
    const all = Array.from({ length: messages }, (_, at) => {
      const process = ids[at % ids.length]!;
      return newMessage(
        process.processId,
        { target: process.processId, tags: tagsOf("Message") },
        Math.floor(at / ids.length),
        start + at * 1_000,
      );
    });
    const columns = [
      "process_id",
      "message_id",
      "assignment_id",
      "epoch",
      "nonce",
      "timestamp",
      "message_data",
      "bundle",
      "hash_chain",
    ];
    await insertMany(
      "messages",
      columns,
      all.map((row) => [
        row.processId,
        row.messageId,
        row.assignmentId,
        row.epoch,
        row.nonce,
        row.timestamp,
        row.data,
        row.bundle,
        "",
      ]),
    );
    await client.query("COMMIT");
  }
  await client.end();

  async function insertMany(
    table: string,
    columns: readonly string[],
    rowsToAdd: readonly (readonly (string | number)[])[],
  ) {
    for (let at = 0; at < rowsToAdd.length; at += 200) {
      const part = rowsToAdd.slice(at, at + 200).map((row) => `(${row.map(literal).join(", ")})`);
      await client.query(`INSERT INTO ${table} (${columns.join(", ")}) VALUES ${part.join(", ")}`);
    }
  }
}

function literal(value: string | number): string {
  return typeof value === "number" ? String(value) : `'${value.replaceAll("'", "''")}'`;
}

function tagsOf(type: string): object[] {
  return [
    { name: "Data-Protocol", value: "ao" },
    { name: "Type", value: type },
  ];
}

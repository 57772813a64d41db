import { mkdirSync } from "node:fs";
import { type AddressInfo, createServer, type Socket } from "node:net";
import { dirname } from "node:path";
import Database from "better-sqlite3";
import {
  createFieldReader,
  createFrameReader,
  cstring,
  frame,
  int16,
  int32,
  isSslRequest,
  valueBytes,
} from "./messages.ts";

export type PostgresFront = {
  /** `postgres://su:<password>@127.0.0.1:<port>/<database>` for a database, which is made when it is first asked for. */
  url(database: string): string;
  close(): Promise<void>;
};

/**
 * Something that speaks PostgreSQL's protocol and keeps each database in an SQLite file: for practice on machines that
 * have no PostgreSQL. The real `psql` and any driver can talk to it; the SQL is SQLite's, with `$1`, `::type` casts and
 * `SERIAL PRIMARY KEY` understood.
 */
export async function startPostgresFront(dir: string, password: string): Promise<PostgresFront> {
  mkdirSync(dir, { recursive: true });
  const databases = new Map<string, Database.Database>();
  const sockets = new Set<Socket>();
  const server = createServer((socket) => {
    sockets.add(socket);
    socket.on("close", () => sockets.delete(socket));
    socket.on("error", () => socket.destroy());
    serve(socket, password, open);
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  return {
    url: (database) => `postgres://su:${password}@127.0.0.1:${port}/${database}`,
    async close() {
      for (const socket of sockets) socket.destroy();
      await new Promise((resolve) => server.close(resolve));
      for (const database of databases.values()) database.close();
    },
  };

  function open(name: string): Database.Database {
    const known = databases.get(name);
    if (known) return known;
    const file = `${dir}/${name.replaceAll(/[^\w-]/g, "_")}.sqlite`;
    mkdirSync(dirname(file), { recursive: true });
    const opened = new Database(file);
    opened.pragma("journal_mode = WAL");
    databases.set(name, opened);
    return opened;
  }
}

function serve(socket: Socket, password: string, open: (name: string) => Database.Database): void {
  let database: Database.Database | undefined;
  let name = "";
  let statement = "";
  let values: (string | null)[] = [];
  let failed = false;
  const send = (...frames: Buffer[]) => socket.write(Buffer.concat(frames));
  const ready = frame("Z", Buffer.from("I"));

  socket.on(
    "data",
    createFrameReader(({ type, body }) => {
      const fields = createFieldReader(body);
      if (type === "" && isSslRequest(body)) return void socket.write("N");
      if (type === "") {
        fields.int32();
        while (!fields.done()) {
          const key = fields.cstring();
          if (key === "") break;
          const value = fields.cstring();
          if (key === "database" || (key === "user" && name === "")) name = value;
        }
        return send(frame("R", int32(3)));
      }
      if (type === "p") {
        if (fields.cstring() !== password) {
          send(errorFrame("28P01", 'password authentication failed for user "su"'));
          return void socket.end();
        }
        database = open(name);
        const status = (key: string, value: string) => frame("S", cstring(key), cstring(value));
        const settings = [
          status("server_version", "15.0"),
          status("client_encoding", "UTF8"),
          status("standard_conforming_strings", "on"),
        ];
        return send(frame("R", int32(0)), ...settings, frame("K", int32(1), int32(1)), ready);
      }
      if (!database) return void socket.destroy();
      if (type === "X") return void socket.end();
      if (type === "Q") return send(simple(database, fields.cstring()), ready);
      if (type === "S") {
        failed = false;
        return send(ready);
      }
      if (failed) return;
      if (type === "P") {
        fields.cstring();
        statement = fields.cstring();
        return send(frame("1"));
      }
      if (type === "B") {
        fields.cstring();
        fields.cstring();
        for (let count = fields.int16(); count > 0; count--) fields.int16();
        values = Array.from({ length: fields.int16() }, () => fields.value());
        return send(frame("2"));
      }
      if (type === "E") {
        const result = execute(database, statement, values);
        failed = result.failed;
        return send(result.bytes);
      }
    }, true),
  );
}

function simple(database: Database.Database, sql: string): Buffer {
  const statements = splitStatements(sql);
  if (statements.length === 0) return frame("I");
  const results: Buffer[] = [];
  for (const one of statements) {
    const result = execute(database, one, []);
    results.push(result.bytes);
    if (result.failed) break;
  }
  return Buffer.concat(results);
}

function execute(
  database: Database.Database,
  sql: string,
  values: readonly (string | null)[],
): { bytes: Buffer; failed: boolean } {
  try {
    const prepared = database.prepare(toSqlite(sql)).safeIntegers();
    // Numbered parameters are bound by name.
    const bound = values.length === 0 ? [] : [Object.fromEntries(values.map((value, at) => [at + 1, value]))];
    const verb = sql.trim().split(/\s+/)[0]!.toUpperCase();
    if (!prepared.reader) {
      const { changes } = prepared.run(...bound);
      const tag =
        verb === "INSERT" ? `INSERT 0 ${changes}` : ["UPDATE", "DELETE"].includes(verb) ? `${verb} ${changes}` : verb;
      return { bytes: frame("C", cstring(tag)), failed: false };
    }
    const columns = prepared.columns().map(({ name }) => name);
    const description = columns.map((column) =>
      Buffer.concat([cstring(column), int32(0), int16(0), int32(25), int16(-1), int32(-1), int16(0)]),
    );
    const rows = (prepared.raw().all(...bound) as unknown[][]).map((row) =>
      frame("D", int16(row.length), ...row.map((cell) => valueBytes(cell === null ? null : String(cell)))),
    );
    const bytes = [
      frame("T", int16(columns.length), ...description),
      ...rows,
      frame("C", cstring(`${verb} ${rows.length}`)),
    ];
    return { bytes: Buffer.concat(bytes), failed: false };
  } catch (error) {
    return { bytes: errorFrame("42601", (error as Error).message), failed: true };
  }
}

/** The few differences that statements of the scheduler unit meet. */
function toSqlite(sql: string): string {
  return sql
    .replaceAll(/\bSERIAL PRIMARY KEY\b/gi, "INTEGER PRIMARY KEY AUTOINCREMENT")
    .replaceAll(/\$(\d+)/g, "?$1")
    .replaceAll(/::\w+(\[\])?/g, "");
}

function splitStatements(sql: string): string[] {
  const statements = sql.match(/(?:[^;']|'(?:[^']|'')*')+/g) ?? [];
  return statements.map((one) => one.trim()).filter((one) => one !== "");
}

function errorFrame(code: string, message: string): Buffer {
  const field = (key: string, value: string) => cstring(`${key}${value}`);
  return frame("E", field("S", "ERROR"), field("V", "ERROR"), field("C", code), field("M", message), Buffer.from([0]));
}

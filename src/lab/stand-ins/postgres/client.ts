import { createHash } from "node:crypto";
import type { Socket } from "node:net";
import { type Frames, frameQueue, openSocket } from "./connection.ts";
import { createFieldReader, cstring, frame, int16, int32, valueBytes } from "./messages.ts";
import { type Scram, startScram } from "./scram.ts";

export type PgValue = string | number | boolean | null;
export type PgRow = { readonly [column: string]: string | null };
export type PgResult = { readonly columns: readonly string[]; readonly rows: readonly PgRow[]; readonly tag: string };

/** One connection to a PostgreSQL server: plain TCP, text format, one query at a time. */
export type PgClient = {
  /** Throws a PostgresError when the server refuses the statement, an Error when the connection is gone. */
  query(sql: string, values?: readonly PgValue[]): Promise<PgResult>;
  /** Several statements at once; one result each. */
  script(sql: string): Promise<readonly PgResult[]>;
  end(): Promise<void>;
};

/** What a server says about a refused statement or login. */
export class PostgresError extends Error {
  readonly code: string;
  constructor(code: string, message: string) {
    super(message);
    this.code = code;
  }
}

/** Connects to `postgres://user:password@host:port/database`. Throws when that is not possible. */
export async function connectPostgres(url: string, timeoutMs = 10_000): Promise<PgClient> {
  const at = new URL(url);
  const user = decodeURIComponent(at.username) || "postgres";
  const password = decodeURIComponent(at.password);
  const socket = await openSocket(at.hostname || "127.0.0.1", Number(at.port || 5432), timeoutMs);
  const frames = frameQueue(socket);
  socket.write(
    frame(
      "",
      int32(196608),
      cstring("user"),
      cstring(user),
      cstring("database"),
      cstring(decodeURIComponent(at.pathname.slice(1)) || user),
      cstring(""),
    ),
  );
  await logIn(socket, frames, user, password);
  let last: Promise<unknown> = Promise.resolve();
  return {
    query: async (sql, values) =>
      (await ask(values ? extended(sql, values) : frame("Q", cstring(sql)))).at(-1) ?? nothing,
    script: (sql) => ask(frame("Q", cstring(sql))),
    end() {
      return new Promise((resolve) => {
        socket.once("close", () => resolve());
        socket.end(frame("X"));
      });
    },
  };

  function ask(request: Buffer): Promise<readonly PgResult[]> {
    const results = last.then(() => {
      socket.write(request);
      return readResults(frames);
    });
    last = results.catch(() => undefined);
    return results;
  }
}

const nothing: PgResult = { columns: [], rows: [], tag: "" };

async function logIn(socket: Socket, frames: Frames, user: string, password: string): Promise<void> {
  let scram: Scram | undefined;
  for (;;) {
    const { type, body } = await frames.next();
    if (type === "E") throw errorOf(body);
    if (type === "Z") return;
    if (type !== "R") continue;
    const method = body.readInt32BE(0);
    if (method === 3) socket.write(frame("p", cstring(password)));
    if (method === 5) {
      const md5 = (...parts: (string | Buffer)[]) =>
        parts.reduce((hash, part) => hash.update(part), createHash("md5")).digest("hex");
      socket.write(frame("p", cstring(`md5${md5(md5(password, user), body.subarray(4, 8))}`)));
    }
    if (method === 10) {
      scram = startScram(password);
      const first = Buffer.from(scram.first);
      socket.write(frame("p", cstring("SCRAM-SHA-256"), int32(first.length), first));
    }
    if (method === 11 && scram) socket.write(frame("p", Buffer.from(scram.final(body.subarray(4).toString()))));
  }
}

/** Parse, bind, describe, execute and sync, all with unnamed statement and portal. */
function extended(sql: string, values: readonly PgValue[]): Buffer {
  const bound = values.map((value) => valueBytes(value === null ? null : String(value)));
  return Buffer.concat([
    frame("P", cstring(""), cstring(sql), int16(0)),
    frame("B", cstring(""), cstring(""), int16(0), int16(values.length), ...bound, int16(0)),
    frame("D", Buffer.from("P"), cstring("")),
    frame("E", cstring(""), int32(0)),
    frame("S"),
  ]);
}

/** One result per statement, up to "ready for query". */
async function readResults(frames: Frames): Promise<PgResult[]> {
  let columns: string[] = [];
  let rows: PgRow[] = [];
  let refused: PostgresError | undefined;
  const results: PgResult[] = [];
  for (;;) {
    const { type, body } = await frames.next();
    const fields = createFieldReader(body);
    if (type === "T") {
      columns = Array.from({ length: fields.int16() }, () => {
        const name = fields.cstring();
        for (const size of [4, 2, 4, 2, 4, 2]) size === 4 ? fields.int32() : fields.int16();
        return name;
      });
    } else if (type === "D") {
      const count = fields.int16();
      rows.push(
        Object.fromEntries(Array.from({ length: count }, (_, at) => [columns[at] ?? String(at), fields.value()])),
      );
    } else if (type === "C") {
      results.push({ columns, rows, tag: fields.cstring() });
      columns = [];
      rows = [];
    } else if (type === "E") refused = errorOf(body);
    else if (type === "Z") {
      if (refused) throw refused;
      return results;
    }
  }
}

function errorOf(body: Buffer): PostgresError {
  const fields = createFieldReader(body);
  const parts: { [code: string]: string } = {};
  while (!fields.done()) {
    const text = fields.cstring();
    if (text === "") break;
    parts[text.slice(0, 1)] = text.slice(1);
  }
  return new PostgresError(parts.C ?? "XX000", parts.M ?? "unknown error");
}

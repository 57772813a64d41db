import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Readable } from "node:stream";
import { type ClickHouseClient, ClickHouseLogLevel, createClient } from "@clickhouse/client";
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import { type LabClickHouse, startClickHouse } from "../../../src/lab/clickhouse/start.ts";
import { chdbIsInstalled } from "../../../src/lib/chdb/chdb-engine.ts";

const QUIET = { level: ClickHouseLogLevel.OFF };

describe.skipIf(!chdbIsInstalled())("the lab's ClickHouse (skipped without the optional package chdb)", () => {
  let dataDir: string;
  let server: LabClickHouse;
  let client: ClickHouseClient;

  beforeAll(async () => {
    dataDir = await mkdtemp(join(tmpdir(), "lab-clickhouse-"));
    server = await startClickHouse({ dataDir, login: { user: "era", password: "s3cret:x" } });
    client = createClient({ url: server.url, username: "era", password: "s3cret:x", log: QUIET });
    await client.command({ query: "CREATE DATABASE d" });
    await client.command({
      query:
        "CREATE TABLE d.t (n UInt64, s String DEFAULT 'none') ENGINE = MergeTree ORDER BY n SETTINGS non_replicated_deduplication_window = 100",
    });
  });

  afterEach(async () => {
    await server.faults([]);
    await client.command({ query: "TRUNCATE TABLE d.t" });
  });

  afterAll(async () => {
    await client?.close();
    await server?.close();
    await rm(dataDir, { recursive: true, force: true });
  });

  it("answers a ping and a query with parameters", async () => {
    expect((await client.ping()).success).toBe(true);
    const text = 'it\'s\ta \\ "line"\nor two';
    const result = await client.query({
      query: "SELECT {t:String} AS t",
      query_params: { t: text },
      format: "JSONEachRow",
    });
    expect(await result.json()).toEqual([{ t: text }]);
  });

  it("refuses a wrong password as ClickHouse does", async () => {
    const stranger = createClient({ url: server.url, username: "era", password: "guess", log: QUIET });
    await expect(stranger.query({ query: "SELECT 1" })).rejects.toMatchObject({
      code: "516",
      type: "AUTHENTICATION_FAILED",
    });
    await stranger.close();
  });

  it("inserts rows and fills in the defaults of columns that are missing", async () => {
    await client.insert({ table: "d.t", values: [{ n: 1, s: "one" }, { n: 2 }], format: "JSONEachRow" });
    expect(await rows()).toEqual([
      { n: 1, s: "one" },
      { n: 2, s: "none" },
    ]);
  });

  it("inserts a stream of Native blocks, also through a SELECT from input()", async () => {
    await exec("INSERT INTO d.t (n) FORMAT Native", nativeNumbers([7, 8]));
    await exec("INSERT INTO d.t SELECT n + 10, 'x' FROM input('n UInt64') FORMAT Native", nativeNumbers([7, 8]));
    expect(await rows()).toEqual([
      { n: 7, s: "none" },
      { n: 8, s: "none" },
      { n: 17, s: "x" },
      { n: 18, s: "x" },
    ]);
  });

  it("takes settings from the request: the same deduplication token inserts once", async () => {
    for (const token of ["a", "a", "b"]) {
      await exec("INSERT INTO d.t (n) FORMAT Native", nativeNumbers([1]), { insert_deduplication_token: token });
    }
    expect(await rows()).toHaveLength(2);
  });

  it("keeps settings and parameters of one request away from the next", async () => {
    const value = async (max_threads?: string) => {
      const query = "SELECT getSetting('max_threads') AS n";
      const settings = max_threads === undefined ? {} : { max_threads: Number(max_threads) };
      const result = await client.query({ query, format: "JSONEachRow", clickhouse_settings: settings });
      return (await result.json<{ n: number }>())[0]!.n;
    };
    const before = await value();
    expect(await value("1")).toBe(1);
    expect(await value()).toBe(before);
  });

  it("says unknown tables with ClickHouse's code", async () => {
    await expect(client.query({ query: "SELECT * FROM d.nowhere" })).rejects.toMatchObject({ code: "60" });
  });

  it("remembers in system.query_log what became of a query id", async () => {
    await client.command({ query: "SELECT 1", query_id: "asked-for" });
    const result = await client.query({
      query: "SELECT type, exception_code FROM system.query_log WHERE query_id = 'asked-for'",
      format: "JSONEachRow",
    });
    expect(await result.json()).toEqual([{ type: "QueryFinish", exception_code: 0 }]);
  });

  it("loses the answer of an insert that was carried out", async () => {
    await server.faults([{ query: "^INSERT", does: { kind: "reset-after" } }]);
    await expect(exec("INSERT INTO d.t (n) FORMAT Native", nativeNumbers([5]))).rejects.toMatchObject({
      code: "ECONNRESET",
    });
    expect(await rows()).toEqual([{ n: 5, s: "none" }]);
  });

  it("cuts the connection in the middle of an insert, and keeps the blocks that were complete", async () => {
    const block = nativeNumbers([1, 2, 3]);
    await server.faults([{ query: "^INSERT", does: { kind: "reset-during", bytes: block.length + 5 } }]);
    const two = Buffer.concat([block, nativeNumbers([4, 5, 6])]);
    const settings = { min_insert_block_size_rows: "0", min_insert_block_size_bytes: "0" };
    await expect(exec("INSERT INTO d.t (n) FORMAT Native", two, settings)).rejects.toThrow();
    expect((await rows()).length).toBeLessThanOrEqual(3);
  });

  it("answers with a proxy's error as often as it was told to", async () => {
    await server.faults([{ query: "SELECT 1", times: 2, does: { kind: "status", status: 502 } }]);
    await expect(client.query({ query: "SELECT 1" })).rejects.toThrow();
    await expect(client.query({ query: "SELECT 1" })).rejects.toThrow();
    await client.query({ query: "SELECT 1" }).then((result) => result.text());
  });

  it("keeps tables over a restart, also after a kill", async () => {
    await client.insert({ table: "d.t", values: [{ n: 1 }], format: "JSONEachRow" });
    const { pid } = server;
    await server.restart("killed");
    expect(server.pid).not.toBe(pid);
    expect(await rows()).toHaveLength(1);
  });

  async function rows() {
    const result = await client.query({ query: "SELECT n, s FROM d.t ORDER BY n", format: "JSONEachRow" });
    return result.json();
  }

  async function exec(query: string, body: Uint8Array, settings: { [name: string]: string } = {}) {
    const values = Readable.from([body], { objectMode: false });
    const result = await client.exec({ query, values, clickhouse_settings: settings });
    await result.stream.resume().toArray();
  }
});

/** One Native block with the column `n UInt64`. */
function nativeNumbers(numbers: readonly number[]): Buffer {
  const values = Buffer.alloc(8 * numbers.length);
  for (const [index, number] of numbers.entries()) values.writeBigUInt64LE(BigInt(number), 8 * index);
  return Buffer.concat([
    Buffer.from([1, numbers.length, 1]),
    Buffer.from("n"),
    Buffer.from([6]),
    Buffer.from("UInt64"),
    values,
  ]);
}

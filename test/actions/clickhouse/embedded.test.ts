import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { clickhouseActions } from "../../../src/actions/clickhouse/index.ts";
import { type ChdbEngine, chdbIsInstalled, openChdb } from "../../../src/lib/chdb/chdb-engine.ts";
import { actionNamed, checkAction, contextIn, runAction, temporaryDirectory } from "../context.ts";

const named = (verb: string) => actionNamed(clickhouseActions, `clickhouse.${verb}`);

describe.skipIf(!chdbIsInstalled())("clickhouse actions on embedded ClickHouse", () => {
  let home: Awaited<ReturnType<typeof temporaryDirectory>>;
  let engine: ChdbEngine;
  const at = { clickhouse: "chdb:data" };
  const context = () => contextIn({ cwd: home.path });
  const run = (verb: string, given: object) => runAction(named(verb), { ...at, ...given }, context());

  beforeAll(async () => {
    home = await temporaryDirectory();
    // Held open over all tests: opening and closing the directory each time is what takes the time.
    engine = await openChdb(join(home.path, "data"));
  });
  afterAll(async () => {
    await engine.close();
    await home[Symbol.asyncDispose]();
  });

  test("create, insert, query and check in a directory, with exact integers and bound values", async () => {
    await run("command", {
      sql: "CREATE DATABASE d; CREATE TABLE d.t (a UInt64, b String) ENGINE = MergeTree ORDER BY a",
    });
    writeFileSync(join(home.path, "f.csv.gz"), gzipSync('a,b\n18446744073709551615,"x\t\'y"\n'));
    expect(await run("insert", { table: "d.t", file: "f.csv.gz", expectRows: 1 })).toMatchObject({ kind: "ok" });
    const rows = [{ a: 9007199254740993n, b: "rows" }];
    expect(await run("insert", { database: "d", table: "t", rows })).toMatchObject({ outputs: { writtenRows: 1 } });
    const asked = {
      database: "d",
      sql: "SELECT * FROM t WHERE b = {b:String} AND a IN {l:Array(UInt64)}",
      params: { b: "x\t'y", l: ["18446744073709551615", 1] },
    };
    expect(await run("query", asked)).toMatchObject({ outputs: { rows: [{ a: "18446744073709551615", b: "x\t'y" }] } });
    expect((await run("assert", { sql: "SELECT count() FROM d.t", expect: { value: 2 } })).kind).toBe("ok");
  });

  test("write results to files and read Parquet back", async () => {
    const made = await run("query", {
      sql: "SELECT number AS n, n != 2 AS is_valid FROM numbers(4)",
      out: "v.parquet",
      format: "Parquet",
    });
    expect(made).toMatchObject({ kind: "ok", outputs: { file: join(home.path, "v.parquet") } });
    expect(readFileSync(join(home.path, "v.parquet")).subarray(0, 4).toString()).toBe("PAR1");
    const given = {
      sql: "SELECT * FROM file({file:String})",
      params: { file: join(home.path, "v.parquet") },
      expect: { each: { is_valid: true } },
    };
    expect(await run("assert", given)).toMatchObject({ failure: { details: { rows: [{ n: 2, is_valid: 0 }] } } });
  });

  test("leave an interrupted statement in doubt, because nothing keeps a log", async () => {
    const given = { ...at, sql: "CREATE TABLE IF NOT EXISTS x (a UInt8) ENGINE = Memory" };
    const done = context();
    await runAction(named("command"), given, done);
    const again = contextIn({ cwd: home.path, lastCheckpoint: done.checkpoints[0]! });
    expect(await checkAction(named("command"), given, again)).toMatchObject({
      kind: "unknown",
      note: expect.stringContaining("keeps no log"),
    });
  });

  test("say that a process opens one directory at a time", async () => {
    const other = await runAction(named("query"), { clickhouse: "chdb:other", sql: "SELECT 1" }, context());
    expect(other).toMatchObject({
      kind: "failed",
      failure: { code: "chdb-other-directory", hint: expect.any(String) },
    });
  });
});

import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { clickhouseActions } from "../../../src/actions/clickhouse/index.ts";
import type { Json } from "../../../src/domain/json.ts";
import { type LabClickHouse, startClickHouse } from "../../../src/lab/clickhouse/start.ts";
import { actionNamed, checkAction, contextIn, runAction, temporaryDirectory } from "../context.ts";
import { closedPort } from "../http/server.ts";

const [query, command, insert, assert] = ["query", "command", "insert", "assert"].map((verb) =>
  actionNamed(clickhouseActions, `clickhouse.${verb}`),
) as [
  (typeof clickhouseActions)[0],
  (typeof clickhouseActions)[0],
  (typeof clickhouseActions)[0],
  (typeof clickhouseActions)[0],
];

let home: Awaited<ReturnType<typeof temporaryDirectory>>;
let server: LabClickHouse;
let tables = 0;
let table = "";

beforeAll(async () => {
  home = await temporaryDirectory();
  server = await startClickHouse({ dataDir: join(home.path, "data"), login: { user: "ops", password: "s3cret" } });
});
afterAll(async () => {
  await server.close();
  await home[Symbol.asyncDispose]();
});
beforeEach(async () => {
  await server.faults([]);
  table = `t${++tables}`;
});

const secrets = { ch: "s3cret" };
const login = () => ({ clickhouse: server.url, user: "ops", password: { secret: "ch" } });
const context = (more: { lastCheckpoint?: Json; stepKey?: string; signal?: AbortSignal } = {}) =>
  contextIn({ cwd: home.path, secrets, ...more });
const sql = (text: string, more: object = {}) => runAction(command, { ...login(), sql: text, ...more }, context());
const rowsOf = async (text: string): Promise<unknown> => {
  const result = await runAction(query, { ...login(), sql: text }, context());
  return result.kind === "ok" ? (result.outputs as { rows: unknown }).rows : result.failure;
};

describe("clickhouse.query on a server", () => {
  test("returns rows with exact integers, decimals and NaN, and knows their types", async () => {
    const text = `SELECT 18446744073709551615 AS big, 7 AS small, [9007199254740993] AS list, toDecimal64('1.50', 3) AS dec,
      nan AS f, NULL AS none, 'it''s' AS text, map('k', 9007199254740993) AS m; `;
    const result = await runAction(query, { ...login(), sql: text }, context());
    expect(result).toMatchObject({
      kind: "ok",
      outputs: {
        rows: [
          {
            big: "18446744073709551615",
            small: 7,
            list: ["9007199254740993"],
            dec: "1.5",
            f: "nan",
            none: null,
            text: "it's",
            m: { k: "9007199254740993" },
          },
        ],
        count: 1,
      },
    });
    expect(result.kind === "ok" && (result.outputs as { columns: unknown[] }).columns[0]).toEqual({
      name: "big",
      type: "UInt64",
    });
  });

  test("binds values so that they never become syntax", async () => {
    const given = {
      ...login(),
      sql: "SELECT {text:String} AS text, {list:Array(String)} AS list, {n:UInt64} AS n",
      params: { text: "'; DROP TABLE x; --\t\\", list: ["a'b", "c"], n: "18446744073709551615" },
    };
    expect(await runAction(query, given, context())).toMatchObject({
      outputs: { rows: [{ text: "'; DROP TABLE x; --\t\\", list: ["a'b", "c"], n: "18446744073709551615" }] },
    });
  });

  test("carries the attempt's id as its query id", async () => {
    const asked = context();
    await runAction(query, { ...login(), sql: "SELECT 1" }, asked);
    const logged = `SELECT count() AS n FROM system.query_log WHERE query_id = '${asked.attemptId}'`;
    expect(await rowsOf(logged)).toEqual([{ n: 1 }]);
  });

  test("fails on more rows than allowed instead of returning fewer", async () => {
    const many = await runAction(query, { ...login(), sql: "SELECT number FROM numbers(11)", maxRows: 10 }, context());
    expect(many).toMatchObject({ kind: "failed", failure: { code: "clickhouse-too-many-rows", retryable: false } });
    const just = await runAction(query, { ...login(), sql: "SELECT number FROM numbers(10)", maxRows: 10 }, context());
    expect(just).toMatchObject({ outputs: { count: 10 } });
  });

  test("writes a result to a file in any format, whole or not at all", async () => {
    const given = { ...login(), sql: "SELECT number AS n FROM numbers(3)", out: "out/r.csv" };
    expect(await runAction(query, given, context())).toMatchObject({
      outputs: { file: join(home.path, "out/r.csv"), sizeBytes: 10 },
    });
    expect(readFileSync(join(home.path, "out/r.csv"), "utf8")).toBe('"n"\n0\n1\n2\n');
    const bad = { ...login(), sql: "SELECT throwIf(number = 2) FROM numbers(3)", out: "out/bad.csv" };
    expect((await runAction(query, bad, context())).kind).toBe("failed");
    expect(readdirSync(join(home.path, "out"))).toEqual(["r.csv"]);
  });

  test("shows ClickHouse's own words for a mistake, and never the password", async () => {
    const asked = context();
    const wrong = await runAction(query, { ...login(), sql: "SELECT nonsense_column" }, asked);
    expect(wrong).toMatchObject({ kind: "failed", failure: { code: "clickhouse-refused", retryable: false } });
    expect(wrong.kind === "failed" && wrong.failure.message).toContain("nonsense_column");
    const denied = await runAction(query, { clickhouse: server.url, sql: "SELECT 1" }, asked);
    expect(denied).toMatchObject({ kind: "failed", failure: { code: "clickhouse-access", retryable: false } });
    const absent = await runAction(
      query,
      { ...login(), clickhouse: `http://127.0.0.1:${await closedPort()}`, sql: "SELECT 1" },
      asked,
    );
    expect(absent).toMatchObject({ kind: "failed", failure: { code: "clickhouse-unreachable" } });
    expect(JSON.stringify([wrong, denied, absent, asked.lines])).not.toContain("s3cret");
    expect(query.params.safeParse({ clickhouse: "http://u:p@h:8123", sql: "SELECT 1" }).success).toBe(false);
  });

  test("is cancelled at once", async () => {
    const cancel = new AbortController();
    await server.faults([{ query: "slow_one", does: { kind: "delay", delayMs: 60_000 } }]);
    const running = runAction(query, { ...login(), sql: "SELECT 'slow_one'" }, context({ signal: cancel.signal }));
    setTimeout(() => cancel.abort(), 20);
    expect(await running).toMatchObject({ kind: "failed", failure: { code: "cancelled" } });
    await server.restart("killed");
  });
});

describe("clickhouse.command on a server", () => {
  test("runs the statements of a file one after the other", async () => {
    writeFileSync(
      join(home.path, "up.sql"),
      `CREATE TABLE ${table} (a UInt64) ENGINE = MergeTree ORDER BY a;\n-- rows; three\nINSERT INTO ${table} SELECT number FROM numbers(3);\n`,
    );
    const result = await runAction(command, { ...login(), file: "up.sql" }, context());
    expect(result).toMatchObject({ kind: "ok", outputs: { statements: 2 } });
    expect(await rowsOf(`SELECT count() AS n FROM ${table}`)).toEqual([{ n: 3 }]);
  });

  test("goes on after the finished statements when a later one had to be mended elsewhere", async () => {
    const script = `CREATE TABLE ${table} (a UInt64) ENGINE = Memory; INSERT INTO ${table} VALUES (1); INSERT INTO ${table}_other VALUES (2)`;
    const first = context();
    expect(await runAction(command, { ...login(), sql: script }, first)).toMatchObject({
      failure: { code: "clickhouse-refused" },
    });
    await sql(`CREATE TABLE ${table}_other (a UInt64) ENGINE = Memory`);
    const second = context({ lastCheckpoint: first.checkpoints.at(-1)! });
    expect(await runAction(command, { ...login(), sql: script }, second)).toMatchObject({
      kind: "ok",
      outputs: { statements: 3 },
    });
    expect(await rowsOf(`SELECT count() AS n FROM ${table}`)).toEqual([{ n: 1 }]);
  });

  test("asks the server when the answer was lost, and does not run a finished statement again", async () => {
    await sql(`CREATE TABLE ${table} (a UInt64) ENGINE = Memory`);
    await server.faults([{ query: `INSERT INTO ${table} `, does: { kind: "reset-after" } }]);
    const asked = context();
    const result = await runAction(command, { ...login(), sql: `INSERT INTO ${table} VALUES (1)` }, asked);
    expect(result.kind).toBe("ok");
    expect(asked.lines[0]).toContain("asking the server what became of the statement");
    expect(await rowsOf(`SELECT count() AS n FROM ${table}`)).toEqual([{ n: 1 }]);
  });

  test("knows after an interruption whether the statement was carried out", async () => {
    await sql(`CREATE TABLE ${table} (a UInt64) ENGINE = Memory`);
    const given = { ...login(), sql: `INSERT INTO ${table} VALUES (1)` };
    // Dies with the checkpoint in the journal and nothing sent.
    const before = context();
    const dying = {
      ...before,
      checkpoint: async (value: Json) => {
        await before.checkpoint(value);
        throw new Error("killed");
      },
    };
    await expect(runAction(command, given, dying)).rejects.toThrow("killed");
    const unsent = context({ lastCheckpoint: before.checkpoints.at(-1)! });
    expect(await checkAction(command, given, unsent)).toMatchObject({
      kind: "not-done",
      note: expect.stringContaining("never reached"),
    });
    // Dies after the statement, before the outcome is in the journal.
    const after = context();
    await runAction(command, given, after);
    const sent = context({ lastCheckpoint: after.checkpoints.at(-1)! });
    expect(await checkAction(command, given, sent)).toMatchObject({ kind: "done", outputs: { statements: 1 } });
    expect(await checkAction(command, given, context())).toMatchObject({
      kind: "not-done",
      note: "no statement was sent",
    });
  });

  test("is in doubt when the server was restarted since and knows nothing", async () => {
    const given = { ...login(), sql: "SYSTEM DROP MARK CACHE" };
    const lastCheckpoint = { script: "", done: 0, writtenRows: "0", mark: { queryId: "lost", serverStart: 1 } };
    const hashed = context();
    await runAction(command, given, hashed);
    const script = (hashed.checkpoints[0] as { script: string }).script;
    const verdict = await checkAction(command, given, context({ lastCheckpoint: { ...lastCheckpoint, script } }));
    expect(verdict).toMatchObject({ kind: "unknown", note: expect.stringContaining("restarted since") });
  });

  test("continues after the interrupted statement when that one was carried out", async () => {
    const script = `CREATE TABLE ${table} (a UInt64) ENGINE = Memory; INSERT INTO ${table} VALUES (1); INSERT INTO ${table} VALUES (2)`;
    const first = context();
    const dying = {
      ...first,
      progress: ({ done }: { done: number }) => {
        if (done === 2) throw new Error("killed");
      },
    };
    await expect(runAction(command, { ...login(), sql: script }, dying)).rejects.toThrow("killed");
    const checked = context({ lastCheckpoint: first.checkpoints.at(-1)! });
    const verdict = await checkAction(command, { ...login(), sql: script }, checked);
    expect(verdict).toMatchObject({ kind: "not-done", note: "statement 2 of 3 was carried out, the next one was not" });
    const second = context({ lastCheckpoint: checked.checkpoints.at(-1)! });
    await runAction(command, { ...login(), sql: script }, second);
    expect(await rowsOf(`SELECT groupArray(a) AS a FROM (SELECT a FROM ${table} ORDER BY a)`)).toEqual([{ a: [1, 2] }]);
  });
});

describe("clickhouse.insert on a server", () => {
  const dedupe = "SETTINGS non_replicated_deduplication_window = 100";
  const create = (more = "") => sql(`CREATE TABLE ${table} (a UInt64, b String) ENGINE = MergeTree ORDER BY a ${more}`);
  const count = () => rowsOf(`SELECT count() AS n, sum(a) AS s FROM ${table}`);

  test("sends a file, compressed or not, and rows of the runbook with exact integers", async () => {
    await create();
    writeFileSync(join(home.path, "f.csv"), "a,b\n1,x\n2,y\n");
    writeFileSync(join(home.path, "f.jsonl.gz"), gzipSync('{"a":4,"b":"z"}\n'));
    expect(await runAction(insert, { ...login(), table, file: "f.csv", expectRows: 2 }, context())).toMatchObject({
      kind: "ok",
      outputs: { writtenRows: 2 },
    });
    expect(await runAction(insert, { ...login(), table, file: "f.jsonl.gz" }, context())).toMatchObject({
      outputs: { writtenRows: 1 },
    });
    const rows = [{ a: 18446744073709551608n, b: "big" }];
    expect(await runAction(insert, { ...login(), table, rows }, context())).toMatchObject({
      outputs: { writtenRows: 1 },
    });
    expect(await count()).toEqual([{ n: 4, s: "18446744073709551615" }]);
  });

  test("is taken once by a table that deduplicates, however often the step is repeated", async () => {
    await create(dedupe);
    writeFileSync(join(home.path, "f.csv"), "a,b\n1,x\n2,y\n");
    const given = { ...login(), table, file: "f.csv" };
    await server.faults([{ query: `INSERT INTO .${table}`, does: { kind: "reset-after" } }]);
    for (const stepKey of ["run/a", "run/a"]) await runAction(insert, given, context({ stepKey }));
    expect(await count()).toEqual([{ n: 2, s: 3 }]);
    await runAction(insert, given, context({ stepKey: "run/b" }));
    expect(await count()).toEqual([{ n: 4, s: 6 }]);
  });

  test("asks the server when the answer was lost", async () => {
    await create();
    writeFileSync(join(home.path, "f.csv"), "a,b\n1,x\n2,y\n");
    await server.faults([{ query: `INSERT INTO .${table}`, does: { kind: "reset-after" } }]);
    expect((await runAction(insert, { ...login(), table, file: "f.csv" }, context())).kind).toBe("ok");
    expect(await count()).toEqual([{ n: 2, s: 3 }]);
  });

  test("leaves nothing in the table when a row is malformed, and says which", async () => {
    await create();
    writeFileSync(join(home.path, "bad.csv"), `a,b\n${"1,x\n".repeat(5000)}oops,y\n`);
    const result = await runAction(insert, { ...login(), table, file: "bad.csv" }, context());
    expect(result).toMatchObject({
      kind: "failed",
      failure: { code: "clickhouse-refused", message: expect.stringContaining("oops") },
    });
    expect(await count()).toEqual([{ n: 0, s: 0 }]);
  });

  test("fails when another number of rows was written than expected", async () => {
    await create();
    const result = await runAction(insert, { ...login(), table, rows: [{ a: 1, b: "" }], expectRows: 2 }, context());
    expect(result).toMatchObject({ kind: "failed", failure: { code: "clickhouse-row-count" } });
  });

  test("knows after an interruption whether the rows are there", async () => {
    await create();
    const given = { ...login(), table, rows: [{ a: 1, b: "x" }] };
    const done = context();
    await runAction(insert, given, done);
    const checked = await checkAction(insert, given, context({ lastCheckpoint: done.checkpoints.at(-1)! }));
    expect(checked).toMatchObject({ kind: "done" });
    const unsent = { ...(done.checkpoints.at(-1) as object), queryId: "never-sent" } as Json;
    expect(await checkAction(insert, given, context({ lastCheckpoint: unsent }))).toMatchObject({ kind: "not-done" });
  });

  test("needs a file that is there and whose format is known", async () => {
    mkdirSync(join(home.path, "x"), { recursive: true });
    await create();
    expect(await runAction(insert, { ...login(), table, file: "x/absent.csv" }, context())).toMatchObject({
      failure: { code: "file-missing" },
    });
    writeFileSync(join(home.path, "x/file"), "");
    expect(await runAction(insert, { ...login(), table, file: "x/file" }, context())).toMatchObject({
      failure: { code: "clickhouse-format-unknown" },
    });
    expect(existsSync(join(home.path, "x/absent.csv"))).toBe(false);
  });
});

describe("clickhouse.assert on a server", () => {
  const check = (text: string, expectation: object) =>
    runAction(assert, { ...login(), sql: text, expect: expectation }, context());

  test("compares the number of rows, the first value, and a column of every row", async () => {
    expect((await check("SELECT 1 WHERE 0", { rows: 0 })).kind).toBe("ok");
    expect((await check("SELECT count() FROM numbers(7)", { value: { atLeast: 7 } })).kind).toBe("ok");
    expect((await check("SELECT 18446744073709551615", { value: "18446744073709551615" })).kind).toBe("ok");
    expect((await check("SELECT true AS is_valid FROM numbers(3)", { each: { is_valid: true }, rows: 3 })).kind).toBe(
      "ok",
    );
  });

  test("shows what is not as expected", async () => {
    const asked = context();
    const text = "SELECT number AS id, number % 2 = 0 AS is_valid FROM numbers(100)";
    const given = { ...login(), sql: text, expect: { each: { is_valid: true } }, message: "the cache is not valid" };
    expect(await runAction(assert, given, asked)).toMatchObject({
      kind: "failed",
      failure: {
        code: "clickhouse-assertion-failed",
        message: expect.stringContaining("the cache is not valid: 50 of 100 rows"),
      },
    });
    expect(asked.lines).toHaveLength(20);
    expect(asked.lines[0]).toMatch(/^\{"id":1,"is_valid":(false|0)\}$/);
    expect(await check("SELECT 3 AS x", { value: 4 })).toMatchObject({ failure: { message: "the value is 3, not 4" } });
    expect(await check("SELECT 3 AS x", { each: { y: 1 } })).toMatchObject({
      failure: { message: expect.stringContaining("no column y") },
    });
    expect(await check("SELECT 3 AS x WHERE 0", { value: 3 })).toMatchObject({
      failure: { message: "the value is absent, not 3" },
    });
  });
});

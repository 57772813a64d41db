import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { clickhouseTarget } from "../../../src/actions/era/clickhouse/open-clickhouse.ts";
import { DATASET_NAMES } from "../../../src/actions/era/decode/index.ts";
import {
  cleanUpOf,
  databaseOf,
  datasetsOf,
  downloadDirOf,
  downloadGate,
  networkOf,
  retriesOf,
  sourceOf,
} from "../../../src/actions/era/settings.ts";
import { temporaryDirectory } from "../context.ts";
import { writeDevnetConfig } from "./rig/devnet.ts";

const here = (env: { [name: string]: string } = {}) => ({ cwd: "/here", env });

describe("the documented environment variables", () => {
  it("say where ClickHouse is", () => {
    const env = { CLICKHOUSE_HOST: "db.example", CLICKHOUSE_USER: "me", CLICKHOUSE_PASSWORD: "pw" };
    const target = { kind: "http", user: "me", password: "pw" };
    expect(clickhouseTarget(undefined, "/", env)).toEqual({ ...target, url: "https://db.example:8443" });
    expect(clickhouseTarget(undefined, "/", { ...env, CLICKHOUSE_PORT: "9440" })).toEqual({
      ...target,
      url: "https://db.example:9440",
    });
    expect(clickhouseTarget(undefined, "/", { ...env, CLICKHOUSE_SECURE: "false" })).toEqual({
      ...target,
      url: "http://db.example:8123",
    });
    expect(databaseOf({ network: "gnosis" }, here({ CLICKHOUSE_DATABASE: "beacon_chain" }))).toBe("beacon_chain");
  });

  it("give way to what is said on the command line", () => {
    const env = { CLICKHOUSE_HOST: "db.example", CLICKHOUSE_USER: "me", CLICKHOUSE_PASSWORD: "pw" };
    expect(clickhouseTarget("http://other:8123", "/", env)).toMatchObject({ url: "http://other:8123", user: "me" });
    expect(clickhouseTarget("https://you:p%40ss@other:8443", "/", env)).toEqual({
      ...{ kind: "http", url: "https://other:8443", user: "you", password: "p@ss" },
    });
    expect(clickhouseTarget("chdb:data", "/here", env)).toEqual({ kind: "chdb", directory: "/here/data" });
    expect(clickhouseTarget("chdb:~/data", "/here", { HOME: "/home/me" })).toEqual({
      kind: "chdb",
      directory: "/home/me/data",
    });
    expect(databaseOf({ network: "gnosis", database: "mine" }, here({ CLICKHOUSE_DATABASE: "theirs" }))).toBe("mine");
  });

  it("say how files are fetched and kept", () => {
    expect(sourceOf({}, here({ ERA_BASE_URL: "https://files.example/eras" })).shown).toBe("https://files.example/eras");
    expect(downloadDirOf(undefined, here({ ERA_DOWNLOAD_DIR: "./files" }))).toBe("/here/files");
    expect(retriesOf({}).attempts).toBe(3);
    expect(retriesOf({ ERA_MAX_RETRIES: "7" }).attempts).toBe(7);
    expect([
      cleanUpOf(undefined, {}),
      cleanUpOf(undefined, { ERA_CLEANUP_AFTER_PROCESS: "false" }),
      cleanUpOf(true, {}),
    ]).toEqual([true, false, true]);
    expect(() => downloadGate({ ERA_MAX_CONCURRENT_DOWNLOADS: "many" })).toThrow(
      /ERA_MAX_CONCURRENT_DOWNLOADS is "many"/,
    );
  });
});

describe("what an operator says", () => {
  it("names a network that is known, or its configuration; it is never guessed", async () => {
    expect(networkOf({ network: "holesky" }, here()).genesisTime).toBe(1_695_902_400);
    expect(() => networkOf({ network: "Mainnet" }, here())).toThrow(/unknown/);
    expect(() => networkOf({}, here())).toThrow(/no network/);
    await using home = await temporaryDirectory();
    writeDevnetConfig(home.path);
    expect(networkOf({ network: "./devnet.yaml" }, { cwd: home.path, env: {} })).toMatchObject({
      name: "devnet",
      secondsPerSlot: 6,
    });
    expect(() => networkOf({ network: join(home.path, "other.yaml") }, here())).toThrow(/ENOENT/);
  });

  it("gives each network and each kind of values a database of its own", () => {
    expect(databaseOf({ network: "mainnet" }, here())).toBe("beacon_mainnet");
    expect(databaseOf({ network: "gnosis", compat: true }, here())).toBe("beacon_gnosis_compat");
    for (const database of ["a b", "1x", "x`; DROP", "system"])
      expect(() => databaseOf({ network: "gnosis", database }, here())).toThrow(/cannot be/);
  });

  it("chooses datasets by name, also as the older tool spelt them", () => {
    expect(datasetsOf({})).toEqual(DATASET_NAMES);
    expect(datasetsOf({ datasets: "all-blocks" })).toEqual(DATASET_NAMES);
    expect(datasetsOf({ datasets: "voluntary-exits, blocks" })).toEqual(["blocks", "voluntary_exits"]);
    expect(datasetsOf({ datasets: ["deposits"] })).toEqual(["deposits"]);
    expect(() => datasetsOf({ datasets: "bloks" })).toThrow(/there is no dataset "bloks"/);
  });

  it.each(["", "db.example:8123", "ftp://db", "chdb:"])("is told when %j names no ClickHouse", (text) => {
    expect(() => clickhouseTarget(text === "" ? undefined : text, "/", {})).toThrow(/ClickHouse|directory/);
  });

  it("never sees its password again in a message", () => {
    expect(() => clickhouseTarget("htp://me:s3cret@db", "/", {})).toThrow('"htp://***@db" is no address');
  });
});

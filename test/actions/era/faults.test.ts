import { spawnSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { createServer } from "node:https";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import { openClickHouse } from "../../../src/actions/era/clickhouse/open-clickhouse.ts";
import type { DatasetName } from "../../../src/actions/era/decode/index.ts";
import { type EraDatabase, tableIn } from "../../../src/actions/era/schema/era-database.ts";
import { openSource } from "../../../src/actions/era/source/open-source.ts";
import { checkEra } from "../../../src/actions/era/state/check.ts";
import type { GeneratedEra } from "../../../src/lab/era-files/index.ts";
import { chdbIsInstalled } from "../../../src/lib/chdb/chdb-engine.ts";
import { makeEras } from "./rig/devnet.ts";
import { startLoader } from "./rig/loader.ts";
import {
  contentHashes,
  kinds,
  type LoadingRig,
  loadDirectory,
  seenRows,
  stagingTablesOf,
  startLoadingRig,
  storedRows,
} from "./rig/loading.ts";

const DATASETS: readonly DatasetName[] = ["blocks", "attestations", "withdrawals"];
const BLOCKS = "INSERT INTO .*stg_.*_attestations";

describe.skipIf(!chdbIsInstalled())("loading through trouble (skipped without the optional package chdb)", () => {
  let rig: LoadingRig;
  let files: string;
  let eras: GeneratedEra[];

  beforeAll(async () => {
    rig = await startLoadingRig();
    files = join(rig.home, "files");
    eras = makeEras(files, 1, 2);
  });

  afterEach(() => rig.server.faults([]));
  afterAll(() => rig?.close());

  it.each([
    ["a connection that is cut in the middle of an insert", { kind: "reset-during", bytes: 700 }],
    ["an insert whose answer is lost", { kind: "reset-after" }],
    ["a proxy without a backend", { kind: "status", status: 502 }],
    [
      "an overloaded server",
      { kind: "exception", code: 202, message: "Too many simultaneous queries. (TOO_MANY_SIMULTANEOUS_QUERIES)" },
    ],
  ] as const)("%s costs a retry and no row, and doubles none", async (name, does) => {
    const target = await rig.database(`fault_${name.replaceAll(/\W/g, "_").slice(0, 40)}`);
    await rig.server.faults([{ query: BLOCKS, times: 2, does }]);
    expect(kinds(await loadDirectory(target, files, { datasets: DATASETS, chunkBytes: 4096 }))).toEqual([
      "loaded",
      "loaded",
    ]);
    await allIsThere(target);
    expect(rig.said.splice(0).length).toBeGreaterThan(0);
  });

  it("a lost answer to a commit is no second commit", async () => {
    const target = await rig.database("commit_twice");
    await rig.server.faults([{ query: "INSERT INTO .*era_completion", after: 1, does: { kind: "reset-after" } }]);
    expect(kinds(await loadDirectory(target, files, { datasets: DATASETS }))).toEqual(["loaded", "loaded"]);
    await allIsThere(target);
    expect(await completions(target)).toEqual(["1", "2"]);
  });

  it("a commit that was carried out counts, whatever was said about it afterwards", async () => {
    const target = await rig.database("commit_doubted");
    const denied = { kind: "exception", code: 497, message: "no. (ACCESS_DENIED)" } as const;
    await rig.server.faults([
      { query: "INSERT INTO .*era_completion", after: 1, does: { kind: "reset-after" } },
      { query: "INSERT INTO .*era_completion", after: 1, does: denied },
    ]);
    expect(kinds(await loadDirectory(target, files, { datasets: DATASETS }))).toEqual(["loaded", "loaded"]);
    await allIsThere(target);
    expect(await completions(target)).toEqual(["1", "2"]);
  });

  it("a lost answer to a publication doubles no row", async () => {
    const target = await rig.database("publish_twice");
    await rig.server.faults([{ query: "REPLACE PARTITION", times: 2, does: { kind: "reset-after" } }]);
    expect(kinds(await loadDirectory(target, files, { datasets: DATASETS }))).toEqual(["loaded", "loaded"]);
    await allIsThere(target);
  });

  it("a ClickHouse that is killed in the middle and comes back is waited for", async () => {
    const target = await rig.database("restarted");
    await rig.server.faults([{ query: BLOCKS, after: 1, does: { kind: "die" } }]);
    const loader = startLoader({ clickhouse: rig.server.url, database: "restarted", files, datasets: DATASETS });
    const died = new Promise<void>((resolve) => {
      const look = setInterval(() => {
        try {
          process.kill(rig.server.pid, 0);
        } catch {
          clearInterval(look);
          resolve();
        }
      }, 20);
    });
    await died;
    await rig.server.restart("killed");
    expect(await loader.ended, loader.errors()).toBe(0);
    await allIsThere(target);
  });

  it("a full disk of ClickHouse fails the era, says so, and stops the others", async () => {
    const target = await rig.database("full");
    const does = {
      kind: "exception",
      code: 243,
      message: "Cannot reserve 1.00 MiB, not enough space. (NOT_ENOUGH_SPACE)",
    } as const;
    await rig.server.faults([{ query: BLOCKS, times: 1000, does }]);
    const results = await loadDirectory(target, files, { datasets: DATASETS });
    expect(kinds(results)).toEqual(["failed: disk-full", "not-started"]);
    expect(results[0]).toMatchObject({ failure: { hint: expect.stringContaining("free space") } });
    expect(await seenRows(target, "blocks")).toBe(0);
    expect(await stagingTablesOf(target)).toEqual([]);
    await rig.server.faults([]);
    expect(kinds(await loadDirectory(target, files, { datasets: DATASETS }))).toEqual(["loaded", "loaded"]);
    await allIsThere(target);
  });

  it("inserts that are under way together bear trouble as one by one, and end together", async () => {
    const target = await rig.database("abreast");
    const options = { datasets: DATASETS, chunkBytes: 4096, workers: 1 };
    const full = { kind: "exception", code: 243, message: "not enough space. (NOT_ENOUGH_SPACE)" } as const;
    await rig.server.faults([
      { query: BLOCKS, times: 2, does: { kind: "reset-after" } },
      { query: "INSERT INTO .*stg_.*_withdrawals", times: 2, does: { kind: "reset-during", bytes: 700 } },
      { query: BLOCKS, after: 5, times: 1000, does: full },
    ]);
    expect(kinds(await loadDirectory(target, files, options))).toEqual(["failed: disk-full", "not-started"]);
    expect(await stagingTablesOf(target)).toEqual([]);
    for (const dataset of DATASETS) expect(await storedRows(target, dataset)).toBe(0);
    await rig.server.faults([{ query: BLOCKS, times: 2, does: { kind: "reset-after" } }]);
    expect(kinds(await loadDirectory(target, files, options))).toEqual(["loaded", "loaded"]);
    await allIsThere(target);
  });

  it("a wrong password is no matter for a retry", async () => {
    const clickhouse = await openClickHouse({ kind: "http", url: rig.server.url, user: "default", password: "" });
    await rig.server.faults([
      {
        query: "SELECT 1 AS",
        times: 5,
        does: { kind: "exception", code: 516, message: "default: Authentication failed. (AUTHENTICATION_FAILED)" },
      },
    ]);
    await expect(clickhouse.rows("SELECT 1 AS one")).rejects.toMatchObject({
      failure: { code: "clickhouse-access", retryable: false, hint: expect.stringContaining("CLICKHOUSE_PASSWORD") },
    });
    await clickhouse.close();
  });

  it("a certificate that nobody vouches for is refused at once", async (context) => {
    const [key, cert] = [join(rig.home, "key.pem"), join(rig.home, "cert.pem")];
    const made = spawnSync("openssl", [
      "req",
      "-x509",
      "-newkey",
      "ec",
      "-pkeyopt",
      "ec_paramgen_curve:prime256v1",
      "-nodes",
      "-subj",
      "/CN=127.0.0.1",
      "-keyout",
      key,
      "-out",
      cert,
    ]);
    if (made.status !== 0) context.skip("needs openssl to make a certificate");
    const server = createServer({ key: readFileSync(key), cert: readFileSync(cert) }, (_request, response) =>
      response.end("1\n"),
    );
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    const url = `https://127.0.0.1:${(server.address() as AddressInfo).port}`;
    const clickhouse = await openClickHouse({ kind: "http", url, user: "default", password: "secret" });
    await expect(clickhouse.rows("SELECT 1")).rejects.toMatchObject({
      failure: {
        code: "clickhouse-certificate",
        retryable: false,
        hint: expect.stringContaining("NODE_EXTRA_CA_CERTS"),
      },
    });
    const source = openSource(url, "/", {}, { attempts: 3, baseMs: 1, maxMs: 1 });
    await expect(source.list({ network: "mainnet", range: { from: 1, to: 1 } })).rejects.toMatchObject({
      failure: { code: "era-source-certificate", retryable: false },
    });
    await clickhouse.close();
    server.closeAllConnections();
    server.close();
  });

  it("two loaders on the same range load every era once", async () => {
    const many = join(rig.home, "many");
    makeEras(many, 1, 10, { slots: 4 });
    const alone = await rig.database("alone");
    await loadDirectory(alone, many, { datasets: DATASETS });
    const target = await rig.database("together");
    const given = { clickhouse: rig.server.url, database: "together", files: many, datasets: DATASETS };
    const [one, two] = [startLoader(given), startLoader({ ...given, jobs: 2 })];
    expect([await one.ended, await two.ended], one.errors() + two.errors()).toEqual([0, 0]);
    const numbers = Array.from({ length: 10 }, (_, index) => index + 1);
    expect(await completions(target)).toEqual(numbers.map(String));
    const loaded = [...one.results, ...two.results].filter(({ kind }) => kind === "loaded").map(({ era }) => era);
    expect(loaded.toSorted((a, b) => a - b)).toEqual(numbers);
    expect(await contentHashes(target, numbers)).toEqual(await contentHashes(alone, numbers));
    expect(await stagingTablesOf(target)).toEqual([]);
  });

  async function allIsThere(target: EraDatabase): Promise<void> {
    for (const dataset of DATASETS) {
      const wanted = eras.reduce((sum, era) => sum + (era.rows[dataset] ?? 0), 0);
      expect([dataset, await seenRows(target, dataset)]).toEqual([dataset, wanted]);
      expect([dataset, await storedRows(target, dataset)]).toEqual([dataset, wanted]);
    }
    for (const era of [1, 2]) expect((await checkEra(target, era, DATASETS)).problems).toEqual([]);
  }
});

/** Eras in the order of their completed rows, each as often as it was committed. */
async function completions(target: EraDatabase): Promise<string[]> {
  const rows = await target.clickhouse.rows<{ era: string }>(
    `SELECT toString(era_number) AS era FROM ${tableIn(target, "era_completion")} FINAL WHERE status = 'completed' ORDER BY era_number`,
  );
  return rows.map(({ era }) => era);
}

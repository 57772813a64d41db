import { randomInt } from "node:crypto";
import { mkdirSync, readdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { openClickHouse } from "../../../src/actions/era/clickhouse/open-clickhouse.ts";
import type { DatasetName } from "../../../src/actions/era/decode/index.ts";
import { type EraDatabase, tableIn } from "../../../src/actions/era/schema/era-database.ts";
import { startClickHouse } from "../../../src/lab/clickhouse/start.ts";
import type { GeneratedEra } from "../../../src/lab/era-files/index.ts";
import { chdbIsInstalled } from "../../../src/lib/chdb/chdb-engine.ts";
import { temporaryDirectory } from "../context.ts";
import { devnet, makeEras } from "./rig/devnet.ts";
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
import { type Expected, startReaders } from "./rig/readers.ts";

/** Few tables, more eras per second: what is tried here is the protocol, and it is the same for all tables. */
const DATASETS: readonly DatasetName[] = ["blocks", "attestations"];
const SOME: readonly DatasetName[] = ["blocks", "transactions", "deposits", "attestations"];
const SLOTS_PER_ERA = 64;
const ERAS = 50;
/** Kills per test; more of them in a longer campaign: ERA_TEST_KILLS=200 vitest run test/actions/era/crash.test.ts */
const KILLS = Number(process.env.ERA_TEST_KILLS ?? 6);
const PATIENCE_MS = 240_000 + KILLS * 30_000;

describe.skipIf(!chdbIsInstalled())("a loader that is killed (skipped without the optional package chdb)", () => {
  let rig: LoadingRig;
  let files: string;
  let eras: GeneratedEra[];
  let expected: Expected;
  let calm: unknown;

  beforeAll(async () => {
    rig = await startLoadingRig();
    files = join(rig.home, "files");
    eras = makeEras(files, 1, ERAS, { slots: 4 });
    expected = expectedOf(eras);
    const target = await rig.database("calm");
    const results = await loadDirectory(target, files, { datasets: DATASETS });
    expect(new Set(kinds(results))).toEqual(new Set(["loaded"]));
    calm = await hashesOf(target);
  }, 240_000);

  afterAll(() => rig?.close());

  it(
    "at random instants never shows half an era, and ends with the content of an undisturbed load",
    async () => {
      const target = await rig.database("killed");
      const readers = startReaders(rig.server.url, "killed", SLOTS_PER_ERA, expected, DATASETS, false);
      const delays: number[] = [];
      for (let kills = 0; ; kills++) {
        const loader = startLoader({ clickhouse: rig.server.url, database: "killed", files, datasets: DATASETS });
        await loader.loading;
        const delay = randomInt(20, 1500);
        if (kills < KILLS) {
          delays.push(delay);
          await Promise.race([sleep(delay), loader.ended]);
          loader.process.kill("SIGKILL");
        }
        const ended = await loader.ended;
        expect([0, "SIGKILL"], loader.errors()).toContain(ended);
        if (ended === 0) break;
      }
      const { reads, wrong } = await readers.stop();
      expect(wrong, `killed after ${delays.join(", ")} ms`).toEqual([]);
      expect(reads).toBeGreaterThan(10);
      expect(await hashesOf(target)).toEqual(calm);
      await nothingIsLeft(target);
    },
    PATIENCE_MS,
  );

  it(
    "while it replaces complete eras never hides, halves or doubles one",
    async () => {
      const some = join(rig.home, "some");
      makeEras(some, 1, 6, { slots: 4 });
      const target = await rig.database("replaced");
      await loadDirectory(target, some, { datasets: DATASETS });
      const before = await contentHashes(target, [1, 2, 3, 4, 5, 6]);
      const six = Object.fromEntries(Object.entries(expected).filter(([era]) => Number(era) <= 6));
      const readers = startReaders(rig.server.url, "replaced", SLOTS_PER_ERA, six, DATASETS, true);
      for (let kills = 0; kills <= KILLS / 2; kills++) {
        const loader = startLoader({
          clickhouse: rig.server.url,
          database: "replaced",
          files: some,
          datasets: DATASETS,
          force: true,
        });
        await loader.loading;
        if (kills < Math.floor(KILLS / 2)) {
          await Promise.race([sleep(randomInt(50, 2500)), loader.ended]);
          loader.process.kill("SIGKILL");
        }
        expect([0, "SIGKILL"], loader.errors()).toContain(await loader.ended);
      }
      const { reads, wrong } = await readers.stop();
      expect(wrong).toEqual([]);
      expect(reads).toBeGreaterThan(10);
      expect(await contentHashes(target, [1, 2, 3, 4, 5, 6])).toEqual(before);
      await nothingIsLeft(target);
    },
    PATIENCE_MS,
  );

  it.each([
    ...["era.leased", "era.processing", "era.chunk", "era.chunk:3", "era.staged", "era.published", "era.published:3"],
    ...["era.before-commit", "era.committed", "era.tidied"],
  ])("at %s leaves an era that is absent or complete, and the next loader finishes it", async (point) => {
    const name = `at_${point.replaceAll(/[^a-z0-9]/g, "_")}`;
    const one = join(rig.home, "one");
    const [era] = eras.length > 0 ? makeOnce(one) : [];
    const loader = startLoader(
      { clickhouse: rig.server.url, database: name, files: one, datasets: SOME },
      `${point}=kill`,
    );
    expect(await loader.ended, loader.errors()).toBe("SIGKILL");
    const target = { clickhouse: rig.clickhouse, database: name, network: devnet(), values: "exact" as const };
    const seen = await Promise.all(SOME.map(async (dataset) => [dataset, await seenRows(target, dataset)] as const));
    const committed = point === "era.committed" || point === "era.tidied";
    for (const [dataset, rows] of seen)
      expect([dataset, rows]).toEqual([dataset, committed ? (era!.rows[dataset] ?? 0) : 0]);
    expect(kinds(await loadDirectory(target, one, { datasets: SOME }))).toEqual([committed ? "already" : "loaded"]);
    for (const dataset of SOME)
      expect([dataset, await seenRows(target, dataset)]).toEqual([dataset, era!.rows[dataset] ?? 0]);
    await nothingIsLeft(target);
  });

  function makeOnce(directory: string): GeneratedEra[] {
    once ??= makeEras(directory, 7, 7);
    return once;
  }
  let once: GeneratedEra[] | undefined;

  it(
    "with the database inside it leaves a database that opens and shows whole eras only",
    async () => {
      await using home = await temporaryDirectory();
      const some = join(home.path, "files");
      makeEras(some, 1, 8, { slots: 4 });
      const data = join(home.path, "chdb");
      const spool = join(data, "runsheet-spool");
      mkdirSync(spool, { recursive: true });
      writeFileSync(join(spool, "1-left-by-a-dead-process.native"), "");
      const loading = { clickhouse: `chdb:${data}`, database: "inside", files: some, datasets: DATASETS };
      for (let kills = 0; kills <= KILLS / 2; kills++) {
        const loader = startLoader(loading);
        await loader.loading;
        if (kills < Math.floor(KILLS / 2)) {
          await Promise.race([sleep(randomInt(20, 900)), loader.ended]);
          loader.process.kill("SIGKILL");
        }
        expect([0, "SIGKILL"], loader.errors()).toContain(await loader.ended);
        await whatReadersSee(data);
      }
      expect(readdirSync(spool)).toEqual([]);
      const hashes = (await whatReadersSee(data)) as { [era: number]: unknown };
      expect(hashes).toEqual(Object.fromEntries(Object.entries(calm as object).filter(([era]) => Number(era) <= 8)));
    },
    PATIENCE_MS,
  );

  /** Opens the data that a dead process left, in a process of its own. */
  async function whatReadersSee(dataDir: string): Promise<unknown> {
    const server = await startClickHouse({ dataDir });
    const clickhouse = await openClickHouse({ kind: "http", url: server.url, user: "default", password: "" });
    try {
      const target = { clickhouse, database: "inside", network: devnet(), values: "exact" as const };
      for (const dataset of DATASETS) {
        const sql = `SELECT intDiv(slot, 64) + 1 AS era, count() AS n FROM ${tableIn(target, `v_${dataset}`)} GROUP BY era`;
        for (const { era, n } of await clickhouse.rows<{ era: string; n: string }>(sql)) {
          expect([dataset, era, Number(n)]).toEqual([dataset, era, expected[Number(era)]![dataset]]);
        }
      }
      return await hashesOf(target);
    } finally {
      await clickhouse.close();
      await server.close();
    }
  }
});

function expectedOf(eras: readonly GeneratedEra[]): Expected {
  return Object.fromEntries(eras.map((era, index) => [index + 1, era.rows]));
}

/** One hash per era and dataset of what readers see. */
async function hashesOf(target: EraDatabase): Promise<unknown> {
  const hashes: { [era: number]: { [dataset: string]: string } } = {};
  for (const dataset of DATASETS) {
    const columns = await target.clickhouse.rows<{ name: string }>(
      "SELECT name FROM system.columns WHERE database = {database:String} AND table = {view:String} ORDER BY position",
      { params: { database: target.database, view: `v_${dataset}` } },
    );
    const names = columns.map(({ name }) => name).join(", ");
    const rows = await target.clickhouse.rows<{ era: string; hash: string }>(
      `SELECT intDiv(slot, 64) + 1 AS era, concat(hex(sum(sipHash64(${names}))), ' ', toString(count())) AS hash
       FROM ${tableIn(target, `v_${dataset}`)} GROUP BY era ORDER BY era`,
    );
    for (const { era, hash } of rows) {
      hashes[Number(era)] ??= {};
      hashes[Number(era)]![dataset] = hash;
    }
  }
  return hashes;
}

async function nothingIsLeft(target: EraDatabase): Promise<void> {
  expect(await stagingTablesOf(target)).toEqual([]);
  for (const dataset of DATASETS) expect(await storedRows(target, dataset)).toBe(await seenRows(target, dataset));
}

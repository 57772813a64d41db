import { cpSync, readFileSync, truncateSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { DATASET_NAMES } from "../../../src/actions/era/decode/index.ts";
import { claimEra } from "../../../src/actions/era/load/lease.ts";
import { makeOwner } from "../../../src/actions/era/load/owner.ts";
import { planEras } from "../../../src/actions/era/pipeline/plan.ts";
import { tableIn } from "../../../src/actions/era/schema/era-database.ts";
import { directorySource } from "../../../src/actions/era/source/directory-source.ts";
import { checkEra } from "../../../src/actions/era/state/check.ts";
import { cleanEras, cleanFailedEras } from "../../../src/actions/era/state/clean.ts";
import { readEraStates } from "../../../src/actions/era/state/era-states.ts";
import { optimizeTables } from "../../../src/actions/era/state/optimize.ts";
import { eraReport } from "../../../src/actions/era/state/status.ts";
import type { GeneratedEra } from "../../../src/lab/era-files/index.ts";
import { chdbIsInstalled } from "../../../src/lib/chdb/chdb-engine.ts";
import { devnet, makeEras } from "./rig/devnet.ts";
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

describe.skipIf(!chdbIsInstalled())("loading eras (skipped without the optional package chdb)", () => {
  let rig: LoadingRig;
  let files: string;
  let eras: GeneratedEra[];

  beforeAll(async () => {
    rig = await startLoadingRig();
    files = join(rig.home, "files");
    eras = makeEras(files, 3, 4);
  });

  afterAll(() => rig?.close());

  it("brings every row of every dataset and records the era as it is", async () => {
    const target = await rig.database("all");
    expect(kinds(await loadDirectory(target, files))).toEqual(["loaded", "loaded"]);
    const report = await eraReport(target);
    for (const dataset of DATASET_NAMES) {
      expect([dataset, report.rows[dataset]]).toEqual([
        dataset,
        eras.reduce((sum, era) => sum + (era.rows[dataset] ?? 0), 0),
      ]);
    }
    const [row] = await target.clickhouse.rows(
      `SELECT network, era_number, toString(status) AS status, slot_start, slot_end, total_records, dataset_count, error_message,
         retry_count, file_name, root FROM ${tableIn(target, "era_status")} WHERE era_number = 4`,
    );
    // era N holds the slots (N-1)*64 .. N*64-1 of this network
    expect(row).toEqual({
      ...{ network: "devnet", era_number: 4, status: "completed", slot_start: 192, slot_end: 255 },
      ...{ total_records: String(Object.values(eras[1]!.rows).reduce((sum, n) => sum + n, 0)), dataset_count: "15" },
      ...{ error_message: "", retry_count: 0, file_name: eras[1]!.fileName, root: eras[1]!.root },
    });
    expect(await stagingTablesOf(target)).toEqual([]);
  });

  it("twice changes nothing", async () => {
    const target = await rig.database("twice");
    await loadDirectory(target, files);
    const before = await contentHashes(target, [3, 4]);
    expect(kinds(await loadDirectory(target, files))).toEqual(["already", "already"]);
    expect(kinds(await loadDirectory(target, files, { force: true }))).toEqual(["loaded", "loaded"]);
    expect(await contentHashes(target, [3, 4])).toEqual(before);
    expect(await storedRows(target, "blocks")).toBe(await seenRows(target, "blocks"));
  });

  it("in inserts of few rows (CLICKHOUSE_BATCH_SIZE) brings the same", async () => {
    const target = await rig.database("batches");
    await loadDirectory(target, files);
    const before = await contentHashes(target, [3, 4]);
    expect(kinds(await loadDirectory(target, files, { force: true, insertRows: 7 }))).toEqual(["loaded", "loaded"]);
    expect(await contentHashes(target, [3, 4])).toEqual(before);
  });

  it("leaves the neighbours of a reloaded or cleaned era alone", async () => {
    const target = await rig.database("neighbours");
    const three = join(rig.home, "three");
    cpSync(files, three, { recursive: true });
    makeEras(three, 5, 5);
    await loadDirectory(target, three, { datasets: ["blocks", "attestations", "deposits"] });
    const before = await contentHashes(target, [3, 5]);
    const one = join(rig.home, "one");
    cpSync(eras[1]!.path, join(one, eras[1]!.fileName));
    await loadDirectory(target, one, { force: true });
    expect(await contentHashes(target, [3, 5])).toEqual(before);
    expect(await checkEra(target, 4, DATASET_NAMES)).toMatchObject({ verdict: "complete" });
    await cleanEras(target, { from: 4, to: 4 }, { owner: makeOwner() });
    expect(await contentHashes(target, [3, 5])).toEqual(before);
    expect(await checkEra(target, 4, DATASET_NAMES)).toMatchObject({ verdict: "absent", leftovers: [] });
    expect(await seenRows(target, "blocks", "slot BETWEEN 192 AND 255")).toBe(0);
  });

  it("in single datasets is remembered per dataset, and all of them later bring only what is missing", async () => {
    const target = await rig.database("single");
    await loadDirectory(target, files, { datasets: ["deposits", "attestations"] });
    expect(await seenRows(target, "attestations")).toBeGreaterThan(0);
    expect(await seenRows(target, "blocks")).toBe(0);
    const listing = await directorySource(files).list({ network: "devnet", range: { from: 0, to: undefined } });
    const planned = (datasets: readonly (typeof DATASET_NAMES)[number][]) =>
      planEras(listing, target, { datasets, force: false });
    expect((await planned(["attestations"])).todo).toEqual([]);
    expect((await planned(DATASET_NAMES)).todo).toHaveLength(2);
    expect(kinds(await loadDirectory(target, files))).toEqual(["loaded", "loaded"]);
    for (const era of [3, 4]) expect((await checkEra(target, era, DATASET_NAMES)).verdict).toBe("complete");
    expect(await storedRows(target, "attestations")).toBe(await seenRows(target, "attestations"));
  });

  it("of a truncated file fails, says where, shows nothing and is tried again", async () => {
    const target = await rig.database("truncated");
    const bad = join(rig.home, "truncated");
    cpSync(files, bad, { recursive: true });
    const broken = join(bad, eras[1]!.fileName);
    truncateSync(broken, Math.floor(readFileSync(broken).length / 2));
    expect(kinds(await loadDirectory(target, bad))).toEqual(["loaded", "failed: era-format"]);
    const [state] = await readEraStates(target, { from: 4, to: 4 });
    expect(state).toMatchObject({
      condition: "failed",
      attempt: 1,
      error: expect.stringContaining(eras[1]!.fileName),
      visible: [],
    });
    for (const dataset of DATASET_NAMES) expect(await seenRows(target, dataset, "slot BETWEEN 192 AND 255")).toBe(0);
    expect(await stagingTablesOf(target)).toEqual([]);
    await loadDirectory(target, bad);
    expect((await readEraStates(target, { from: 4, to: 4 }))[0]).toMatchObject({ condition: "failed", attempt: 2 });
    writeFileSync(broken, readFileSync(eras[1]!.path));
    expect(kinds(await loadDirectory(target, bad))).toEqual(["already", "loaded"]);
    const [row] = await target.clickhouse.rows(
      `SELECT retry_count FROM ${tableIn(target, "era_status")} WHERE era_number = 4`,
    );
    expect(row).toEqual({ retry_count: 2 });
  });

  it("again with force keeps the old rows when the new file is bad, and says that it failed", async () => {
    const target = await rig.database("kept");
    await loadDirectory(target, files);
    const before = await contentHashes(target, [4]);
    const bad = join(rig.home, "kept");
    cpSync(eras[1]!.path, join(bad, eras[1]!.fileName));
    truncateSync(join(bad, eras[1]!.fileName), 20_000);
    expect(kinds(await loadDirectory(target, bad, { force: true }))).toEqual(["failed: era-format"]);
    expect(await contentHashes(target, [4])).toEqual(before);
    expect((await readEraStates(target, { from: 4, to: 4 }))[0]).toMatchObject({
      condition: "failed",
      visible: expect.arrayContaining(["blocks"]),
    });
    await cleanFailedEras(target, { from: 0, to: undefined }, { owner: makeOwner() });
    expect((await readEraStates(target, { from: 4, to: 4 }))[0]).toMatchObject({ condition: "completed" });
    expect(await contentHashes(target, [4])).toEqual(before);
  });

  it("of two networks into one database is refused, and each has a database of its own by default", async () => {
    const target = await rig.database("one_network");
    const other = devnet("othernet");
    await expect(rig.database("one_network", { network: other })).rejects.toMatchObject({
      failure: { code: "era-database-network", hint: expect.stringContaining("beacon_othernet") },
    });
    await expect(rig.database("one_network", { values: "era-parser" })).rejects.toMatchObject({
      failure: { code: "era-database-values", hint: expect.stringContaining("beacon_devnet_compat") },
    });
    expect(target.database).toBe("one_network");
  });

  it("fails when the state cannot be written, and nothing becomes visible", async () => {
    const target = await rig.database("stateless");
    const exception = { kind: "exception", code: 497, message: "Not enough privileges. (ACCESS_DENIED)" } as const;
    await rig.server.faults([{ query: "INSERT INTO .*era_completion", after: 1, times: 9, does: exception }]);
    try {
      expect(kinds(await loadDirectory(target, files))[0]).toBe("failed: clickhouse-access");
    } finally {
      await rig.server.faults([]);
    }
    expect(await seenRows(target, "blocks")).toBe(0);
    expect(kinds(await loadDirectory(target, files))).toEqual(["loaded", "loaded"]);
  });

  it("fails when ClickHouse has other rows than were decoded, and nothing becomes visible", async () => {
    const target = await rig.database("miscounted");
    // one insert in between is lost without an error, as behind a broken proxy
    await rig.server.faults([{ query: "INSERT INTO .*stg_3_.*_withdrawals", does: { kind: "status", status: 200 } }]);
    const [first] = await loadDirectory(target, files);
    await rig.server.faults([]);
    expect(first).toMatchObject({
      kind: "failed",
      failure: { code: "era-count", message: expect.stringContaining("withdrawals 0 instead of") },
    });
    expect(await seenRows(target, "blocks", "slot < 192")).toBe(0);
  });

  it("leaves an era alone that another loader works on, and takes it over when that one is dead", async () => {
    const target = await rig.database("leased");
    const owner = makeOwner();
    const alive = await claimEra(target, 4, owner);
    expect(alive.kind).toBe("held");
    expect(await claimEra(target, 4, makeOwner())).toMatchObject({
      kind: "taken",
      by: expect.stringContaining(String(process.pid)),
    });
    await target.clickhouse.command(
      `CREATE TABLE ${tableIn(target, "stg_4_179525271385723141_blocks")} (a UInt8) ENGINE = Memory`,
    );
    await expect(cleanEras(target, { from: 4, to: 4 }, { owner: makeOwner() })).rejects.toMatchObject({
      failure: { code: "era-leased", message: expect.stringContaining(String(process.pid)) },
    });
    if (alive.kind === "held") await alive.lease.release();
    const dead = await claimEra(target, 4, { ...owner, pid: 999_999_999, started: "1" });
    expect(dead.kind).toBe("held");
    expect(kinds(await loadDirectory(target, files))).toEqual(["loaded", "loaded"]);
    if (dead.kind === "held") await expect(dead.lease.demandHeld()).resolves.toBeUndefined();
    if (dead.kind === "held") await dead.lease.release();
  });

  it("of many loaders that want the same era at the same instant goes to one at most", async () => {
    const target = await rig.database("wanted");
    for (let round = 0; round < 4; round++) {
      const claims = await Promise.all(
        Array.from({ length: 8 }, () => claimEra(target, round, makeOwner(), undefined, 2)),
      );
      const held = claims.flatMap((claim) => (claim.kind === "held" ? [claim.lease] : []));
      expect(held.length).toBeLessThanOrEqual(1);
      for (const lease of held) await lease.demandHeld();
      for (const lease of held) await lease.release();
      const next = await claimEra(target, round, makeOwner());
      expect(next.kind).toBe("held");
      if (next.kind === "held") await next.lease.release();
    }
  });

  it("can be optimized: one part per table and era, the same content", async () => {
    const target = await rig.database("optimized");
    await loadDirectory(target, files, { chunkBytes: 4096 });
    const before = await contentHashes(target, [3, 4]);
    expect((await optimizeTables(target)).partitions).toBeGreaterThan(0);
    expect((await optimizeTables(target)).partitions).toBe(0);
    expect(await contentHashes(target, [3, 4])).toEqual(before);
  });

  it("keeps names with quotes out of SQL", async () => {
    const target = await rig.database("quoted", { network: { ...devnet(), name: "o'dev`net" } });
    expect(await readEraStates(target)).toEqual([]);
    expect(target.clickhouse.shown).toContain("127.0.0.1");
  });

  it("goes on through a genesis era, which has a state and no slot", async () => {
    const genesis = join(rig.home, "genesis");
    makeEras(genesis, 0, 1);
    const target = await rig.database("genesis");
    expect(kinds(await loadDirectory(target, genesis))).toEqual(["loaded", "loaded"]);
    expect(await checkEra(target, 0, DATASET_NAMES)).toMatchObject({ verdict: "complete", problems: [] });
    expect(kinds(await loadDirectory(target, genesis))).toEqual(["already", "already"]);
  });
});

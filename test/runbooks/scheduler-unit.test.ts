import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, onTestFinished, test } from "vitest";
import { openKeyValueStore } from "../../src/lab/stand-ins/scheduler-unit/key-value.ts";
import { type Practice, type PracticeOptions, practise } from "../rig/practice.ts";

const long = process.env.RUNSHEET_LONG !== undefined;
const killed = `, killed at ${long ? "every step" : "each dangerous step"}`;
/** Steps in the middle of which an executor is most unwelcome to die. */
const critical =
  /\/(use-disk|restart|tail|stop|last-pass|local-on)$|^(start-units\/.*|write-list|start-router|spawn\/.*)$/;

async function start(runbook: string, options: PracticeOptions = {}): Promise<Practice> {
  const practice = await practise(runbook, options);
  onTestFinished(() => practice.close());
  return practice;
}

const unitDir = ({ lab }: Practice, name: string) => lab.practice!.unitDirs[name]!;

function keyCount(dir: string, family?: string): number {
  const store = openKeyValueStore(dir, { readOnly: true });
  const count = store.count("", family);
  store.close();
  return count;
}

function expectMigrated(practice: Practice): void {
  const dir = unitDir(practice, "su-1");
  expect(keyCount(join(dir, "data"))).toBe(2_000);
  for (const store of ["index", "index-copy"]) {
    expect(keyCount(join(dir, store), "message")).toBe(2_000);
    expect(keyCount(join(dir, store), "process")).toBe(20);
  }
  const env = readFileSync(join(dir, ".env"), "utf8");
  expect(env).toContain("USE_DISK=true\n");
  expect(env).toContain("USE_LOCAL_STORE=true\n");
}

describe("scheduler-unit-migrate", { timeout: 600_000 }, () => {
  test(`every message arrives on disk, in the local store and in its copy${killed}`, async () => {
    const practice = await start("scheduler-unit-migrate");
    const { ended } = await practice.runKilled(long ? undefined : (address) => critical.test(address));
    expect(ended.code, ended.stderr).toBe(0);
    expectMigrated(practice);
    const url = `http://127.0.0.1:${practice.lab.practice!.ports["su-1"]}`;
    expect((await fetch(`${url}/health`)).ok).toBe(true);
    // The database's password stands in no log or output of the run.
    const env = readFileSync(join(unitDir(practice, "su-1"), ".env"), "utf8");
    const password = /DATABASE_URL=postgres:\/\/su:(\w+)@/.exec(env)![1]!;
    for (const stream of [[], ["--err"]]) {
      const logs = await practice.verb("logs", practice.runId, ...stream).ended;
      expect(logs.code).toBe(0);
      expect(`${logs.stdout}${ended.stdout}${ended.stderr}`).not.toContain(password);
    }
  });

  const scenarios = ["migration-panics", "migration-skips", "rocksdb-lock"];

  test.each(scenarios)("nothing is lost in the scenario %s", async (scenario) => {
    const practice = await start("scheduler-unit-migrate", { scenario });
    const { code, stderr } = await practice.run().ended;
    expect(code, stderr).toBe(0);
    expectMigrated(practice);
  });

  test("an environment that does not fit is told variable by variable, and nothing is migrated", async () => {
    const practice = await start("scheduler-unit-migrate", {
      params: { envFile: join(import.meta.dirname, "scheduler-unit.bad.env") },
    });
    const { code, stderr } = await practice.run().ended;
    expect(code).toBe(1);
    for (const told of [
      "problem DATABASE_URL: is not like postgres://",
      "problem MODE: must be su or router",
      "problem SU_WALLET_PATH: is missing",
      "problem MIGRATION_BATCH_SIZE: must be a whole number",
    ]) {
      expect(stderr).toContain(told);
    }
  });
});

describe("scheduler-unit-cluster", { timeout: 600_000 }, () => {
  test(`two units come up behind the router, and a third is added later${killed}`, async () => {
    const practice = await start("scheduler-unit-cluster");
    const { ended } = await practice.runKilled(long ? undefined : (address) => critical.test(address));
    expect(ended.code, ended.stderr).toBe(0);
    const { ports, clusterFiles, schedulerList, freshSpawnItems } = practice.lab.practice!;
    const listed = () =>
      (JSON.parse(readFileSync(schedulerList, "utf8")) as { url: string }[]).map(({ url }) => new URL(url).port);
    expect(listed()).toEqual([ports["su-1"], ports["su-2"]].map(String));
    // A data item can be used once.
    const fresh = `spawnItems=${JSON.stringify(await freshSpawnItems())}`;
    const later = await practice.run("--run-id", "later", "-p", `units=${clusterFiles.three}`, "-p", fresh).ended;
    expect(later.code, later.stderr).toBe(0);
    expect(listed()).toEqual([ports["su-1"], ports["su-2"], ports["su-3"]].map(String));
    expect(readFileSync(`${schedulerList}.before`, "utf8")).not.toContain(String(ports["su-3"]));
  });
});

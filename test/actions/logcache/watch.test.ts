import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { watchAction } from "../../../src/actions/logcache/watch-action.ts";
import { contextFor, expectFailed, expectOk, runAction, scratch } from "../s3/rig.ts";

const credentials = { accessKeyId: "", secretAccessKey: "" };

/** A job whose status command gives one line of a script after the other, the last for ever. */
function scripted(states: readonly string[], log = ""): { dir: string; params: object } {
  const dir = scratch();
  writeFileSync(join(dir, "states"), `${states.join("\n")}\n`);
  writeFileSync(join(dir, "log"), log);
  const status = "head -n 1 states; [ $(wc -l < states) -le 1 ] || sed -i 1d states";
  const params = {
    job: "log-validator-3",
    status: ["sh", "-c", status],
    logs: ["cat", "log"],
    cache: "s3://nu-spark-datomic-logs/cache/",
    every: "10ms",
    stuckAfter: "150ms",
    within: "30s",
  };
  return { dir, params };
}

const watch = (params: object, dir: string) =>
  runAction(watchAction, { ...params }, contextFor({ credentials }, { cwd: dir }));

test("a job is watched until it has finished", async () => {
  const { dir, params } = scripted([
    '{"state":"PENDING"}',
    "not readable",
    '{"state":"RUNNING","done":1,"total":3}',
    '{"state":"FINISHED","done":3,"total":3}',
  ]);
  expect(expectOk(await watch(params, dir))).toEqual({ state: "finished", missing: [], done: 3, total: 3 });
});

test("a missing directory ends the watch at once, with the directory to copy again", async () => {
  const log =
    "org.apache.spark.sql.AnalysisException: Path does not exist: s3a://nu-spark-datomic-logs/cache/4FUNeUsqSRqxORFm0aJ-jA;\n";
  const { dir, params } = scripted(["RUNNING"], log);
  expect(expectOk(await watch(params, dir))).toEqual({ state: "failed", missing: ["4FUNeUsqSRqxORFm0aJ-jA"] });
  const failed = expectFailed(await watch({ ...params, mustFinish: true }, dir));
  expect(failed.message).toContain("it did not find 4FUNeUsqSRqxORFm0aJ-jA");
});

test("a job that runs without progress is stuck", async () => {
  const { dir, params } = scripted(['{"state":"RUNNING","done":7,"total":12}']);
  expect(expectOk(await watch(params, dir))).toEqual({ state: "stuck", missing: [], done: 7, total: 12 });
});

test("a command that cannot be run is asked again, and told when time is over", async () => {
  const { dir, params } = scripted([]);
  const failed = expectFailed(await watch({ ...params, status: ["./no-such-program"], within: "60ms" }, dir));
  expect(failed.code).toBe("logcache-watch-timeout");
  expect(failed.message).toContain("no-such-program");
});

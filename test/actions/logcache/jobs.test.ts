import fc from "fast-check";
import { expect, test } from "vitest";
import { missingKeys } from "../../../src/actions/logcache/job-log.ts";
import { readJobReport } from "../../../src/actions/logcache/job-state.ts";
import { jobsAction } from "../../../src/actions/logcache/jobs-action.ts";
import type { PlannedJob } from "../../../src/actions/logcache/jobs-plan.ts";
import { balancedGroups } from "../../../src/actions/logcache/split.ts";
import { StuckWatch } from "../../../src/actions/logcache/stuck.ts";
import { contextFor, expectOk, runAction } from "../s3/rig.ts";

const credentials = { accessKeyId: "", secretAccessKey: "" };
const plan = async (params: object) => {
  const common = { version: "a8334c1", transaction: "5c9d1e", resultBucket: "s3a://nu-spark-metapod-ephemeral-1" };
  const outputs = expectOk(await runAction(jobsAction, { ...common, ...params }, contextFor({ credentials })));
  return outputs.jobs as PlannedJob[];
};

test("ten parcels have ten ids, 0 to 9, and the documented arguments", async () => {
  const jobs = await plan({ plan: "parcels", parcels: 10 });
  const ids = jobs.map(({ create }) => /--parcel-id___(\d+)___/.exec(create.at(-1)!)?.[1]);
  expect(ids).toEqual(["0", "1", "2", "3", "4", "5", "6", "7", "8", "9"]);
  expect(jobs.map(({ name }) => name)).toEqual(ids.map((id) => `log-validator-${id}`));
  const documented =
    "create prod log-validator-3 --filename log-validator-cli --job-version itaipu=a8334c1 DRIVER_MEMORY_JAVA=20G ITAIPU_NAME=log-validator-3 DRIVER_MEMORY=23622320128 EXECUTOR_MEMORY=28991029248 CORES=2560000 METAPOD_ENVIRONMENT=prod COUNTRY=br ZK_MASTER=zk://cantareira-zookeeper.nubank.com.br:2181/cantareira-stable ARGS=s3a://nu-spark-metapod-ephemeral-1___--parcel-count___10___--parcel-id___3___--version___a8334c1___--transaction___5c9d1e";
  expect([...jobs[3]!.create].sort()).toEqual(documented.split(" ").sort());
  expect(jobs[3]!.feed.join(" ")).toBe(
    "create prod scale-ec2-log-validator-3 NODE_COUNT=40 SLAVE_TYPE=log-validator-3 INSTANCE_TYPE=m4.2xlarge --filename scale-ec2 --job-version=scale_cluster=308ce8e",
  );
  expect(jobs[3]!.downscale.join(" ")).toBe(
    "create prod downscale-ec2-log-validator-3 SLAVE_TYPE=log-validator-3 --filename scale-ec2 --job-version=scale_cluster=308ce8e",
  );
});

test("manual jobs name their datasets, the aggregate job asks for the join with one machine", async () => {
  const [manual] = await plan({
    plan: "manual",
    groups: [["raw-feed-s0/log-validation", "raw-feed-s1/log-validation"]],
  });
  expect(manual!.name).toBe("log-validator-manual");
  expect(manual!.create.at(-1)).toBe(
    "ARGS=s3a://nu-spark-metapod-ephemeral-1___--filter-by-name___raw-feed-s0/log-validation,raw-feed-s1/log-validation___--version___a8334c1___--transaction___5c9d1e",
  );
  const [final] = await plan({ plan: "aggregate" });
  expect(final!.create.at(-1)).toBe(
    "ARGS=s3a://nu-spark-metapod-ephemeral-1___--version___a8334c1___--transaction___5c9d1e___--include-aggregate___true___",
  );
  expect(final!.feed).toContain("NODE_COUNT=1");
});

test("values that would break the one word of arguments are refused", () => {
  const parse = (params: object) =>
    jobsAction.params.safeParse({
      plan: "parcels",
      parcels: 2,
      version: "v",
      transaction: "t",
      resultBucket: "s3a://b",
      ...params,
    }).success;
  expect(parse({})).toBe(true);
  expect(parse({ transaction: "<define an unclaimed tx>" })).toBe(false);
  expect(parse({ version: "a___--parcel-id___0" })).toBe(false);
  expect(parse({ plan: "manual" })).toBe(false);
  expect(parse({ parcels: 0 })).toBe(false);
});

test("the missing directory is found in the log, once, and only in the permanent bucket", () => {
  const log = `
2019-03-20 INFO validating raw-feed-s0/log-validation
org.apache.spark.sql.AnalysisException: Path does not exist: s3a://nu-spark-datomic-logs/cache/4FUNeUsqSRqxORFm0aJ-jA;
  at org.apache.spark.sql.Foo
org.apache.spark.sql.AnalysisException: Path does not exist: s3a://nu-spark-datomic-logs/cache/4FUNeUsqSRqxORFm0aJ-jA;
Caused by: Path does not exist: s3a://nu-spark-datomic-logs/cache/two/part-0;
Path does not exist: s3a://elsewhere/cache/x;`;
  expect(missingKeys(log, "s3://nu-spark-datomic-logs/cache/")).toEqual(["4FUNeUsqSRqxORFm0aJ-jA", "two/part-0"]);
});

test("job states are read from JSON and from words", () => {
  expect(readJobReport('{"name":"x","state":"RUNNING","done":3,"total":12}')).toEqual({
    state: "running",
    word: "RUNNING",
    done: 3,
    total: 12,
  });
  expect(readJobReport("log-validator-3\tFINISHED\t12/12\t40 machines\n")).toEqual({
    state: "finished",
    word: "FINISHED",
    done: 12,
    total: 12,
  });
  expect(readJobReport("status: KILLED")).toMatchObject({ state: "failed" });
  expect(readJobReport("{broken")).toBeUndefined();
  expect(readJobReport("no such thing")).toBeUndefined();
});

test("a job is stuck when it runs without progress, not while it waits or works", () => {
  const watch = new StuckWatch(1000, 0);
  const running = (done: number) => ({ state: "running", word: "RUNNING", done }) as const;
  expect(watch.look({ state: "waiting", word: "PENDING", done: 0 }, 1, 5000)).toBe(false);
  expect(watch.look(running(0), 1, 5100)).toBe(false);
  expect(watch.look(running(1), 1, 6200)).toBe(false);
  // It logs, but does nothing.
  expect(watch.look(running(1), 900, 7100)).toBe(false);
  expect(watch.look(running(1), 1800, 7200)).toBe(true);
});

test("heavy datasets are divided evenly, every one once, in any order of input", () => {
  const heavy = [9, 8, 7, 6, 5, 4, 3, 2, 1].map((size) => ({ name: `raw-feed-s${size}`, sizeBytes: size * 1e9 }));
  expect(balancedGroups(heavy, 3).map(({ bytes }) => bytes / 1e9)).toEqual([16, 15, 14]);
  const dataset = fc.record({ name: fc.uuid(), sizeBytes: fc.nat(1e12) });
  fc.assert(
    fc.property(
      fc.uniqueArray(dataset, { selector: ({ name }) => name, maxLength: 40 }),
      fc.integer({ min: 1, max: 8 }),
      (datasets, jobs) => {
        const groups = balancedGroups(datasets, jobs);
        expect(groups.flatMap(({ names }) => names).sort()).toEqual(datasets.map(({ name }) => name).sort());
        expect(balancedGroups([...datasets].reverse(), jobs)).toEqual(groups);
        const total = datasets.reduce((sum, { sizeBytes }) => sum + sizeBytes, 0);
        const largest = Math.max(0, ...datasets.map(({ sizeBytes }) => sizeBytes));
        // No schedule can be better than its average or its largest piece; this one is at most a third above.
        const best = Math.max(total / jobs, largest);
        for (const { bytes } of groups) expect(bytes).toBeLessThanOrEqual(best * 2);
      },
    ),
  );
});

import { afterEach, expect, test } from "vitest";
import { sampleCatalogue, validationName } from "../../../src/lab/stand-ins/jobs/catalogue.ts";
import { createJobEngine, type JobEngine, type JobFaults } from "../../../src/lab/stand-ins/jobs/engine.ts";

const catalogue = sampleCatalogue();
const engines: JobEngine[] = [];

afterEach(() => {
  for (const engine of engines.splice(0)) engine.close();
});

function start(faults: JobFaults = {}, missing: readonly string[] = []) {
  const stored = new Map<string, Buffer>();
  const engine = createJobEngine({
    catalogue,
    cacheBucket: "cache-bucket",
    faults,
    msPerGigabyte: 0.1,
    storage: {
      exists: async (_, prefix) => !missing.some((key) => prefix.includes(key)),
      put: async (bucket, key, bytes) => void stored.set(`${bucket}/${key}`, bytes),
    },
  });
  engines.push(engine);
  const create = (name: string, file: string, parameters: Record<string, string>) =>
    engine.create({ environment: "prod", name, file, version: "v1", parameters });
  const feed = (name: string) =>
    create(`scale-${name}`, "scale-ec2", { NODE_COUNT: "40", SLAVE_TYPE: name, INSTANCE_TYPE: "m4.2xlarge" });
  const validate = (name: string, args: string) => {
    create(name, "log-validator-cli", { ARGS: args, ITAIPU_NAME: name });
    feed(name);
  };
  const state = (name: string) => engine.list("prod").find((job) => job.name === name);
  const until = async (name: string, wanted: string) => {
    while (state(name)?.state !== wanted) {
      if (state(name)?.state === "FAILED" && wanted !== "FAILED")
        throw new Error(engine.logs("prod", name)?.join("\n"));
      await new Promise((resolve) => setTimeout(resolve, 5));
    }
  };
  return { engine, stored, create, feed, validate, state, until };
}

const parcel = (id: number, count: number) =>
  `s3a://results___--parcel-count___${count}___--parcel-id___${id}___--version___v1___--transaction___tx1`;

test("parcels together validate everything once, as soon as they have machines", async () => {
  const { validate, until, state } = start();
  for (const id of [0, 1, 2]) validate(`v-${id}`, parcel(id, 3));
  for (const id of [0, 1, 2]) await until(`v-${id}`, "FINISHED");
  const done = [0, 1, 2].map((id) => state(`v-${id}`)?.done ?? 0);
  expect(done.reduce((sum, count) => sum + count)).toBe(catalogue.length);
});

test("a job without machines stays pending, and a second of its name is refused", async () => {
  const { create, state } = start();
  create("v-0", "log-validator-cli", { ARGS: parcel(0, 1) });
  expect(state("v-0")?.state).toBe("PENDING");
  expect(create("v-0", "log-validator-cli", { ARGS: parcel(0, 1) }).kind).toBe("refused");
});

test("a parcel id outside of the count, or no transaction, fails with the reason in the log", () => {
  const { create, engine } = start();
  create("a", "log-validator-cli", { ARGS: parcel(3, 3) });
  create("b", "log-validator-cli", {
    ARGS: "s3a://results___--parcel-count___1___--parcel-id___0___--transaction___<define>",
  });
  expect(engine.logs("prod", "a")?.join()).toContain("--parcel-id 3 is not between 0 and 2");
  expect(engine.logs("prod", "b")?.join()).toContain("no transaction");
});

test("a missing copy fails the job with Spark's words", async () => {
  const entry = catalogue[5]!;
  const { validate, until, engine } = start({}, [entry.key]);
  validate("v-0", parcel(0, 1));
  await until("v-0", "FAILED");
  expect(engine.logs("prod", "v-0")?.at(-1)).toContain(
    `org.apache.spark.sql.AnalysisException: Path does not exist: s3a://cache-bucket/cache/${entry.key};`,
  );
});

test("heavy databases get stuck in a parcel and pass in jobs of their own", async () => {
  const { validate, until, state, engine } = start({ stuck: ["feed"] });
  validate("shared", parcel(0, 1));
  while (!engine.logs("prod", "shared")?.at(-1)?.includes("retrying"))
    await new Promise((resolve) => setTimeout(resolve, 5));
  expect(state("shared")?.state).toBe("RUNNING");
  const names = catalogue.filter(({ database }) => database === "feed").map(validationName);
  validate("manual", `s3a://results___--filter-by-name___${names.join(",")}___--version___v1___--transaction___tx1`);
  await until("manual", "FINISHED");
  expect(engine.kill("prod", "shared")).toEqual({ kind: "ok", text: "job prod/shared is KILLED" });
});

test("the aggregate job writes one row per dataset, readable as Parquet", async () => {
  const invalid = validationName(catalogue[3]!);
  const { validate, until, stored } = start({ invalid: [invalid] });
  validate("all", parcel(0, 1));
  await until("all", "FINISHED");
  validate("final", "s3a://results___--version___v1___--transaction___tx1___--include-aggregate___true___");
  await until("final", "FINISHED");
  const file = stored.get("results/tx1/dataset/cache-validations/part-00000.parquet")!;
  expect([file.subarray(0, 4).toString(), file.subarray(-4).toString()]).toEqual(["PAR1", "PAR1"]);
  const text = file.toString("latin1");
  for (const entry of catalogue) expect(text).toContain(validationName(entry));
});

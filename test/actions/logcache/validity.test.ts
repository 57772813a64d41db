import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { validityAction } from "../../../src/actions/logcache/validity-action.ts";
import { writeParquet } from "../../../src/lab/stand-ins/jobs/parquet.ts";
import { chdbIsInstalled } from "../../../src/lib/chdb/chdb-engine.ts";
import { contextFor, expectFailed, expectOk, lab, runAction, scratch, seed } from "../s3/rig.ts";

const result = (names: readonly string[], valid: (name: string) => boolean) =>
  writeParquet([
    { name: "name", type: "string", values: names },
    { name: "is_valid", type: "boolean", values: names.map(valid) },
  ]);

const names = (count: number, from = 0) =>
  Array.from({ length: count }, (_, i) => `raw-db-s${from + i}/log-validation`);
const credentials = { accessKeyId: "", secretAccessKey: "" };
const withChdb = test.skipIf(!chdbIsInstalled());

withChdb("a result whose rows are all valid passes, from several files in object storage", async () => {
  const server = await lab();
  await seed(server, "target", [
    ["tx/cache-validations/part-0.parquet", result(names(30), () => true)],
    ["tx/cache-validations/sub/part-1.parquet", result(names(12, 30), () => true)],
    ["tx/cache-validations/_SUCCESS", ""],
  ]);
  const params = { from: "s3://target/tx/cache-validations/", endpoint: server.endpoint };
  expect(expectOk(await runAction(validityAction, params, contextFor(server)))).toEqual({ rows: 42, valid: 42 });
});

withChdb("rows that are not valid are shown and fail the step", async () => {
  const dir = scratch();
  mkdirSync(join(dir, "it's"));
  writeFileSync(
    join(dir, "it's/a.parquet"),
    result(names(20), () => true),
  );
  writeFileSync(
    join(dir, "it's/b.parquet"),
    result(names(20, 20), (name) => !/s2[15]/.test(name)),
  );
  const context = contextFor({ credentials }, { cwd: dir });
  const failed = expectFailed(await runAction(validityAction, { from: "it's" }, context));
  expect(failed).toMatchObject({
    code: "logcache-not-valid",
    retryable: false,
    hint: expect.stringContaining("do not merge"),
  });
  expect(failed.message).toContain("2 of 40 rows");
  expect(failed.message).toContain("raw-db-s21/log-validation");
  expect(context.lines.join("\n")).toContain("raw-db-s25/log-validation");
});

withChdb("no rows, no files and another dataset are failures, not successes", async () => {
  const dir = scratch();
  const check = async (name: string, more = {}) =>
    expectFailed(await runAction(validityAction, { from: name, ...more }, contextFor({ credentials }, { cwd: dir })));
  writeFileSync(
    join(dir, "empty.parquet"),
    result([], () => true),
  );
  expect(await check("empty.parquet")).toMatchObject({ code: "logcache-no-rows" });
  mkdirSync(join(dir, "nothing"));
  expect(await check("nothing")).toMatchObject({ code: "logcache-no-result" });
  writeFileSync(
    join(dir, "other.parquet"),
    result(names(3), () => true),
  );
  const failed = await check("other.parquet", { column: "isValid" });
  expect(failed.code).toBe("logcache-no-column");
  expect(failed.message).toContain("it has: name, is_valid");
});

import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { cachemapAction } from "../../../src/actions/logcache/cachemap-action.ts";
import { copyAction } from "../../../src/actions/logcache/copy-action.ts";
import { splitAction } from "../../../src/actions/logcache/split-action.ts";
import type { S3Server } from "../../../src/lab/s3/start.ts";
import { contents, contextFor, expectFailed, expectOk, lab, runAction, scratch, seed } from "../s3/rig.ts";

const csvLine = (name: string, key: string) => `"s""${name}"" -> s""s3://source/${key}"","\n`;

async function cache(
  directories: number,
  objects: number,
): Promise<{ server: S3Server; dir: string; params: { [name: string]: unknown } }> {
  const server = await lab();
  const dir = scratch();
  const lines: string[] = [];
  for (let i = 0; i < directories; i++) {
    const files = Array.from({ length: objects }, (_, n) => [`key-${i}/part-${n}.parquet`, "x".repeat(i + 1)] as const);
    await seed(server, "source", [...files, [`key-${i}/_SUCCESS`, ""]]);
    lines.push(csvLine(`raw-db${i % 3}-s${i}/log`, `key-${i}`));
  }
  // Names that begin alike must not be mixed up.
  await seed(server, "source", [["key-1-other/part-0.parquet", "not ours"]]);
  writeFileSync(join(dir, "log-cache.csv"), lines.join(""));
  const params = { csv: "log-cache.csv", from: "s3://source/", to: "s3://target/cache", endpoint: server.endpoint };
  return { server, dir, params };
}

test("every directory of the CSV is copied under its name, verified, with names and sizes for later", async () => {
  const { server, dir, params } = await cache(12, 5);
  const outputs = expectOk(
    await runAction(copyAction, { ...params, sizes: "sizes.tsv" }, contextFor(server, { cwd: dir })),
  );
  expect(outputs).toMatchObject({ directories: 12, objects: 72, transferred: 72, duplicates: [] });
  const copied = [...(await contents(server, "target")).keys()];
  expect(copied).toHaveLength(72);
  expect(copied.every((key) => /^cache\/key-\d+\//.test(key))).toBe(true);
  expect(readFileSync(join(dir, "sizes.tsv"), "utf8").split("\n").slice(0, 2)).toEqual([
    "raw-db0-s0/log\t5\tkey-0",
    "raw-db1-s1/log\t10\tkey-1",
  ]);
  const split = { sizes: "sizes.tsv", databases: ["db0"], jobs: 2, suffix: "-validation" };
  expect(expectOk(await runAction(splitAction, split, contextFor(server, { cwd: dir })))).toEqual({
    groups: [
      ["raw-db0-s9/log-validation", "raw-db0-s0/log-validation"],
      ["raw-db0-s6/log-validation", "raw-db0-s3/log-validation"],
    ],
    bytes: [55, 55],
  });
  expect(expectOk(await runAction(copyAction, params, contextFor(server, { cwd: dir })))).toMatchObject({
    transferred: 0,
  });
});

test("directories that fail are copied again, only those, until they are whole", async () => {
  const { server, dir, params } = await cache(6, 4);
  server.faults.set([
    { kind: "error", op: "CopyObject", status: 404, code: "NoSuchKey", key: "key-[24]/part", times: 5 },
  ]);
  const context = contextFor(server, { cwd: dir });
  expect(expectOk(await runAction(copyAction, params, context))).toMatchObject({ objects: 30 });
  expect(context.lines.join("\n")).toContain("copying 2 directories again: key-2, key-4");
  expect((await contents(server, "target")).size).toBe(30);
});

test("what is still not whole after all rounds is named, directory by directory", async () => {
  const { server, dir, params } = await cache(4, 3);
  server.faults.set([{ kind: "error", op: "CopyObject", status: 404, code: "NoSuchKey", key: "key-2/part-1" }]);
  const failed = expectFailed(await runAction(copyAction, params, contextFor(server, { cwd: dir })));
  expect(failed.code).toBe("logcache-not-whole");
  expect(failed.message).toContain("key-2: 1 of 4 objects are missing");
  expect((await contents(server, "target")).size).toBe(15);
});

test("a directory with nothing in it is found before any job is started", async () => {
  const { server, dir, params } = await cache(2, 2);
  writeFileSync(join(dir, "log-cache.csv"), csvLine("x", "key-0") + csvLine("y", "expired"));
  const failed = expectFailed(await runAction(copyAction, params, contextFor(server, { cwd: dir })));
  expect(failed.message).toContain("expired: there is nothing at s3://source/");
});

test("a single directory can be copied again, also by a path inside of it", async () => {
  const { server, dir, params } = await cache(4, 3);
  const outputs = expectOk(
    await runAction(copyAction, { ...params, only: ["key-3/part-0", "key-1"] }, contextFor(server, { cwd: dir })),
  );
  expect(outputs).toMatchObject({ directories: 2, objects: 8 });
  const none = expectFailed(
    await runAction(copyAction, { ...params, only: ["other"] }, contextFor(server, { cwd: dir })),
  );
  expect(none).toMatchObject({ code: "logcache-unknown-directory", retryable: false });
});

test("denied access stops at once instead of being tried in further rounds", async () => {
  const { server, dir, params } = await cache(3, 3);
  server.faults.set([{ kind: "error", op: "CopyObject", status: 403, code: "AccessDenied" }]);
  const context = contextFor(server, { cwd: dir });
  expect(expectFailed(await runAction(copyAction, params, context)).code).toBe("s3-access-denied");
  expect(context.lines.join("\n")).not.toContain("round");
});

test("a malformed CSV is refused with file and line before anything is copied or written", async () => {
  const { server, dir, params } = await cache(2, 1);
  writeFileSync(join(dir, "log-cache.csv"), `${csvLine("x", "key-0")}oops\n${csvLine("x", "key-0")}`);
  const failed = expectFailed(await runAction(copyAction, params, contextFor(server, { cwd: dir })));
  expect(failed.message).toContain("log-cache.csv:2: it is not in quotes");
  const map = { csv: "log-cache.csv", from: "s3://source/", out: "map" };
  expect(expectFailed(await runAction(cachemapAction, map, contextFor(server, { cwd: dir }))).message).toContain(":2:");
  expect(server.counters.total()).toBe(0);
});

test("the cache map is written with its duplicates listed", async () => {
  const { server, dir } = await cache(1, 1);
  writeFileSync(join(dir, "log-cache.csv"), csvLine("b", "key-0") + csvLine("a", "key-0"));
  const context = contextFor(server, { cwd: dir });
  const params = { csv: "log-cache.csv", from: "s3://source", out: "map.txt" };
  expect(expectOk(await runAction(cachemapAction, params, context))).toMatchObject({
    entries: 2,
    duplicates: [{ key: "key-0", lines: [1, 2] }],
  });
  expect(readFileSync(join(dir, "map.txt"), "utf8")).toBe('"a" -> "s3://source/key-0",\n"b" -> "s3://source/key-0",\n');
  expect(context.lines).toEqual(["log-cache.csv: key-0 stands in lines 1, 2"]);
});

import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { rangesBetween } from "../../../src/actions/s3/key-ranges.ts";
import { listAction } from "../../../src/actions/s3/list-action.ts";
import { verifyAction } from "../../../src/actions/s3/verify-action.ts";
import {
  contents,
  contextFor,
  expectFailed,
  expectOk,
  lab,
  manyObjects,
  md5,
  multipartObject,
  runAction,
  scratch,
  seed,
} from "./rig.ts";

const jsonLines = (path: string) =>
  readFileSync(path, "utf8")
    .trim()
    .split("\n")
    .map((line) => JSON.parse(line));

test("a listing writes every object once, in order, and counts them", async () => {
  const server = await lab();
  await seed(server, "source", manyObjects(5_500, "logs/"));
  await seed(server, "source", [
    ["other", "x"],
    ["logs/z+ ü", "yy"],
  ]);
  const dir = scratch();
  const params = { from: "s3://source/logs", out: "manifest.ndjson", endpoint: server.endpoint };
  const outputs = expectOk(await runAction(listAction, params, contextFor(server, { cwd: dir })));
  expect(outputs).toMatchObject({ objects: 5_501, truncated: true, file: join(dir, "manifest.ndjson") });
  const keys = jsonLines(join(dir, "manifest.ndjson")).map(({ key }) => `logs/${key}`);
  expect(keys).toEqual([...(await contents(server, "source")).keys()].filter((key) => key !== "other"));
  expect(jsonLines(join(dir, "manifest.ndjson")).at(-1)).toMatchObject({ key: "z+ ü", sizeBytes: 2, etag: md5("yy") });
});

test("an empty prefix lists nothing, and a manifest can be written to the store", async () => {
  const server = await lab();
  await seed(server, "source", [["a", "1"]]);
  expect(
    expectOk(await runAction(listAction, { from: "s3://source/none", endpoint: server.endpoint }, contextFor(server))),
  ).toEqual({ objects: 0, bytes: 0, keys: [], truncated: false });
  const params = { from: "s3://source/", out: "s3://target/list.ndjson", endpoint: server.endpoint };
  expectOk(await runAction(listAction, params, contextFor(server)));
  expect(JSON.parse((await contents(server, "target")).get("list.ndjson")!.toString())).toMatchObject({ key: "a" });
});

test("ranges between folders cover everything once", () => {
  expect(rangesBetween(["a/", "b/", "c/", "d/"], 2)).toEqual([{ upTo: "c/" }, { after: "c/" }]);
  expect(rangesBetween(["a/", "b/"], 8)).toEqual([{ upTo: "b/" }, { after: "b/" }]);
});

test("equal prefixes are found equal, whatever the parts of their objects", async () => {
  const server = await lab();
  await seed(server, "source", manyObjects(2_500));
  await seed(server, "target", manyObjects(2_500, "copy/"));
  const params = { from: "s3://source/", to: "s3://target/copy/", endpoint: server.endpoint, out: "diff.ndjson" };
  const dir = scratch();
  const outputs = expectOk(await runAction(verifyAction, params, contextFor(server, { cwd: dir })));
  expect(outputs).toMatchObject({ same: 2_500, missing: 0, different: 0, extra: 0, sizeOnly: 0 });
  expect(readFileSync(join(dir, "diff.ndjson"), "utf8")).toBe("");
});

test("every difference is written: missing, other size, other bytes, and extra when asked for", async () => {
  const server = await lab();
  await seed(server, "source", [
    ["a", "1"],
    ["b", "22"],
    ["c", "333"],
    ["d", "x"],
  ]);
  await seed(server, "target", [
    ["b", "2"],
    ["c", "33X"],
    ["d", "x"],
    ["e", "new"],
  ]);
  const dir = scratch();
  const params = {
    from: "s3://source/",
    to: "s3://target/",
    endpoint: server.endpoint,
    out: "diff.ndjson",
    extra: "report",
  };
  const failed = expectFailed(await runAction(verifyAction, params, contextFor(server, { cwd: dir })));
  expect(failed.code).toBe("s3-differs");
  expect(failed.message).toContain("1 the same, 1 missing, 2 different, 1 extra");
  expect(jsonLines(join(dir, "diff.ndjson")).sort((a, b) => (a.key < b.key ? -1 : 1))).toEqual([
    { difference: "missing", key: "a", expectedBytes: 1 },
    { difference: "size", key: "b", expectedBytes: 2, foundBytes: 1 },
    { difference: "checksum", key: "c", expectedBytes: 3, foundBytes: 3 },
    { difference: "extra", key: "e" },
  ]);
});

test("a manifest is compared with a prefix: that of a listing, and that of md5sum in any order", async () => {
  const server = await lab();
  const dir = scratch();
  await seed(server, "source", manyObjects(1_200));
  await multipartObject(server, "source", "big", Buffer.alloc(6_000_000, 1), 5 * 1024 ** 2);
  const endpoint = server.endpoint;
  expectOk(
    await runAction(listAction, { from: "s3://source/", out: "m.ndjson", endpoint }, contextFor(server, { cwd: dir })),
  );
  const verify = (from: string) =>
    runAction(verifyAction, { from, to: "s3://source/", endpoint }, contextFor(server, { cwd: dir }));
  expect(expectOk(await verify("m.ndjson"))).toMatchObject({ same: 1_201, sizeOnly: 0 });
  const sums = [...manyObjects(50)].reverse().map(([key, text]) => `${md5(text)}  ./${key}\n`);
  writeFileSync(join(dir, "sums"), sums.join(""));
  expect(expectOk(await verify("sums"))).toMatchObject({ same: 50, extra: 1_151 });
  writeFileSync(join(dir, "sums"), `${sums.join("")}${md5("other")}  d1/part-000021x\n`);
  expect(expectFailed(await verify("sums")).message).toContain("missing: d1/part-000021x");
});

test("malformed manifests are refused with file and line", async () => {
  const server = await lab();
  const dir = scratch();
  writeFileSync(join(dir, "bad"), `${md5("x")}  fine\n{"key":1}\n`);
  const params = { from: "bad", to: "s3://source/", endpoint: server.endpoint };
  const failed = expectFailed(await runAction(verifyAction, params, contextFor(server, { cwd: dir })));
  expect(failed.code).toBe("manifest-malformed");
  expect(failed.message).toContain(`${join(dir, "bad")}:2:`);
});

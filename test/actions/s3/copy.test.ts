import { randomBytes } from "node:crypto";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { copyAction } from "../../../src/actions/s3/copy-action.ts";
import {
  contents,
  contextFor,
  expectFailed,
  expectOk,
  lab,
  manyObjects,
  multipartObject,
  runAction,
  scratch,
  seed,
  unfinishedUploads,
} from "./rig.ts";

const MIB = 1024 ** 2;

test("among 10,000 objects those that are missing are found and copied, and nothing else", async () => {
  const server = await lab();
  await seed(server, "source", manyObjects(10_000, "logs/"));
  const there = [...manyObjects(10_000, "cache/")].filter((_, index) => index % 25 !== 0);
  await seed(server, "target", there);
  const params = { from: "s3://source/logs/", to: "s3://target/cache/", endpoint: server.endpoint, concurrency: 64 };
  const context = contextFor(server);
  const first = expectOk(await runAction(copyAction, params, context));
  expect(first).toMatchObject({ objects: 10_000, transferred: 400, skipped: 9_600 });
  expect(context.seen.at(-1)).toMatchObject({ unit: "bytes", done: first.bytes, total: first.bytes });
  expect(context.seen.at(-1)?.note).toContain("10,000 of 10,000 objects");
  expect(server.counters.of("CopyObject")).toBe(400);
  const [source, target] = [await contents(server, "source"), await contents(server, "target")];
  expect([...target].map(([key, body]) => [key.replace("cache/", "logs/"), body.toString()])).toEqual(
    [...source].map(([key, body]) => [key, body.toString()]),
  );
});

test("keys of every kind are copied: spaces, unicode, plus, leading slash, line breaks, zero bytes", async () => {
  const server = await lab();
  const keys = [
    "a b",
    "a+b",
    "ünï/é",
    "50%25",
    "=&?#",
    "q'\"<x>",
    "x//y",
    "/leading",
    "\u{1f600}",
    "\u{ffee}",
    "line\nbreak",
    "z/",
    "~!*()",
  ];
  await seed(
    server,
    "source",
    keys.map((key) => [`odd/${key}`, key === "z/" ? "" : key]),
  );
  // One after another, so that all but the first are made after the likeness of the first.
  const params = { from: "s3://source/odd/", to: "s3://target", endpoint: server.endpoint, concurrency: 1 };
  expect(expectOk(await runAction(copyAction, params, contextFor(server)))).toMatchObject({ transferred: keys.length });
  expect(server.counters.of("CopyObject")).toBe(keys.length);
  const copied = await contents(server, "target");
  for (const key of keys) expect(copied.get(key)?.toString(), key).toBe(key === "z/" ? "" : key);
  expect(expectOk(await runAction(copyAction, params, contextFor(server)))).toMatchObject({ skipped: keys.length });
});

test("a prefix without a slash means the folder, not the names that begin like it", async () => {
  const server = await lab();
  await seed(server, "source", [
    ["logs/1", "x"],
    ["logs-old/1", "y"],
  ]);
  expectOk(
    await runAction(
      copyAction,
      { from: "s3://source/logs", to: "s3://target/copy", endpoint: server.endpoint },
      contextFor(server),
    ),
  );
  expect([...(await contents(server, "target")).keys()]).toEqual(["copy/1"]);
});

test("only what is missing or different is copied again", async () => {
  const server = await lab();
  await seed(server, "source", manyObjects(50));
  const params = { from: "s3://source/", to: "s3://target/", endpoint: server.endpoint };
  expectOk(await runAction(copyAction, params, contextFor(server)));
  server.store.commit({ kind: "object-deleted", bucket: "target", key: "d1/part-000001" });
  await seed(server, "target", [
    ["d2/part-000002", "object X"],
    ["d3/part-000003", "another length"],
    ["extra", "stays"],
  ]);
  const result = expectOk(await runAction(copyAction, params, contextFor(server)));
  expect(result).toMatchObject({ objects: 50, transferred: 3, skipped: 47 });
  const target = await contents(server, "target");
  expect(target.get("d2/part-000002")?.toString()).toBe("object 2");
  expect(target.get("extra")?.toString()).toBe("stays");
});

test("one object is copied from key to key", async () => {
  const server = await lab();
  await seed(server, "source", [["a/one.bin", "1"]]);
  const params = { from: "s3://source/a/one.bin", to: "s3://target/b/", recursive: false, endpoint: server.endpoint };
  expectOk(await runAction(copyAction, params, contextFor(server)));
  expect([...(await contents(server, "target")).keys()]).toEqual(["b/one.bin"]);
});

test("a store that slows down, resets and fails is outlasted; every object arrives", async () => {
  const server = await lab({ seed: 11 });
  await seed(server, "source", manyObjects(300));
  server.faults.set([
    { kind: "slow-down", op: ["CopyObject", "ListObjectsV2"], p: 0.1 },
    { kind: "reset-before", op: "CopyObject", p: 0.05 },
    { kind: "reset-after", op: "CopyObject", p: 0.05 },
    { kind: "error", op: "CopyObject", status: 500, code: "InternalError", p: 0.03 },
    { kind: "error-in-200", op: "CopyObject", code: "InternalError", p: 0.03 },
    { kind: "truncate", op: "ListObjectsV2", p: 0.1 },
  ]);
  const params = { from: "s3://source/", to: "s3://target/", endpoint: server.endpoint };
  const context = contextFor(server);
  expect(expectOk(await runAction(copyAction, params, context))).toMatchObject({ transferred: 300 });
  expect((await contents(server, "target")).size).toBe(300);
  expect(context.lines.join("\n")).toMatch(/asked \d+ times to slow down/);
});

test("an answer with a wrong checksum is looked into, and the copy found right", async () => {
  const server = await lab();
  await seed(server, "source", manyObjects(5));
  server.faults.set([{ kind: "wrong-checksum", op: "CopyObject", times: 2 }]);
  const params = { from: "s3://source/", to: "s3://target/", endpoint: server.endpoint };
  expect(expectOk(await runAction(copyAction, params, contextFor(server)))).toMatchObject({ transferred: 5 });
  expect(server.counters.of("CopyObject")).toBe(5);
});

test("objects that vanish do not stop the others; the failure names them and the next run copies what is missing", async () => {
  const server = await lab();
  await seed(server, "source", manyObjects(40));
  server.faults.set([{ kind: "error", op: "CopyObject", status: 404, code: "NoSuchKey", key: "d[34]/" }]);
  const dir = scratch();
  const params = { from: "s3://source/", to: "s3://target/", endpoint: server.endpoint, report: "report.ndjson" };
  const failed = expectFailed(await runAction(copyAction, params, contextFor(server, { cwd: dir })));
  expect(failed.code).toBe("s3-objects-failed");
  expect(failed.message).toContain("4 of 40 objects failed");
  expect(failed.message).toContain("s3://source/d3/part-000003");
  expect(failed.hint).toContain("resume");
  const report = readFileSync(join(dir, "report.ndjson"), "utf8")
    .trim()
    .split("\n")
    .map((line) => JSON.parse(line));
  expect(report.filter(({ outcome }) => outcome === "verified")).toHaveLength(36);
  expect(
    report
      .filter(({ outcome }) => outcome === "failed")
      .map(({ key }) => key)
      .sort(),
  ).toEqual(["d3/part-000003", "d3/part-000023", "d4/part-000004", "d4/part-000024"]);
  server.faults.clear();
  const again = expectOk(await runAction(copyAction, params, contextFor(server, { cwd: dir })));
  expect(again).toMatchObject({ transferred: 4, skipped: 36 });
});

test("an object that changes between listing and copying is copied as it is then", async () => {
  const server = await lab({
    onServed: ({ op }) => {
      if (op !== "ListObjectsV2" || changed) return;
      changed = true;
      void seed(server, "source", [["x", "new and longer"]]);
    },
  });
  let changed = false;
  await seed(server, "source", [["x", "old"]]);
  const params = { from: "s3://source/", to: "s3://target/", endpoint: server.endpoint };
  expectOk(await runAction(copyAction, params, contextFor(server)));
  expect((await contents(server, "target")).get("x")?.toString()).toBe("new and longer");
});

test("objects that arrive at the source meanwhile are copied too", async () => {
  const server = await lab({
    onServed: ({ op }) => {
      if (op === "CopyObject" && server.counters.of("CopyObject") === 1)
        void seed(server, "source", [["late", "late"]]);
    },
  });
  await seed(server, "source", [["early", "1"]]);
  const params = { from: "s3://source/", to: "s3://target/", endpoint: server.endpoint };
  expect(expectOk(await runAction(copyAction, params, contextFor(server)))).toMatchObject({
    objects: 2,
    transferred: 2,
  });
});

test("an object made of parts keeps its ETag, metadata and tags", async () => {
  const server = await lab();
  const body = randomBytes(13 * MIB);
  const etag = await multipartObject(server, "source", "big", body, 6 * MIB);
  const params = { from: "s3://source/", to: "s3://target/", endpoint: server.endpoint };
  expectOk(await runAction(copyAction, params, contextFor(server)));
  const copy = server.store.object("target", "big");
  expect(copy.etag).toBe(etag);
  expect(copy.headers).toMatchObject({ "content-type": "application/x-test", "x-amz-meta-run": "r1" });
  expect(copy.tagging).toBe("team=data");
  expect((await contents(server, "target")).get("big")?.equals(body)).toBe(true);
  expect(expectOk(await runAction(copyAction, params, contextFor(server)))).toMatchObject({ skipped: 1 });
});

test("objects above the chosen size go in parts and are recognised by the next run", async () => {
  const server = await lab({ limits: { maxCopyBytes: 8 * MIB } });
  const body = randomBytes(23 * MIB);
  await seed(server, "source", [
    ["big", body],
    ["small", "1"],
  ]);
  const params = {
    from: "s3://source/",
    to: "s3://target/",
    endpoint: server.endpoint,
    multipartAbove: "8MiB",
    partSize: "5MiB",
  };
  expectOk(await runAction(copyAction, params, contextFor(server)));
  expect(server.counters.of("UploadPartCopy")).toBe(5);
  expect((await contents(server, "target")).get("big")?.equals(body)).toBe(true);
  expect(expectOk(await runAction(copyAction, params, contextFor(server)))).toMatchObject({
    skipped: 2,
    transferred: 0,
  });
  expect(unfinishedUploads(server)).toEqual([]);
});

test("a bucket whose requester pays is read once the charges are accepted", async () => {
  const server = await lab({ requesterPays: ["source"] });
  await seed(server, "source", [["x", "1"]]);
  const params = { from: "s3://source/", to: "s3://target/", endpoint: server.endpoint };
  const refused = expectFailed(await runAction(copyAction, params, contextFor(server)));
  expect(refused).toMatchObject({ code: "s3-access-denied", hint: expect.stringContaining("requesterPays") });
  expectOk(await runAction(copyAction, { ...params, requesterPays: true }, contextFor(server)));
});

test("a preview counts from the real listings and changes nothing", async () => {
  const server = await lab();
  await seed(server, "source", manyObjects(30));
  await seed(server, "target", manyObjects(10));
  const params = copyAction.params.parse({ from: "s3://source/", to: "s3://target/", endpoint: server.endpoint });
  const preview = await copyAction.preview(params, contextFor(server));
  expect(preview.grade).toBe("native");
  expect(preview.lines.join("\n")).toContain("would copy 20 objects");
  expect(preview.lines.join("\n")).toContain("10 are there already");
  expect((await contents(server, "target")).size).toBe(10);
});

import { randomBytes } from "node:crypto";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { copyAction } from "../../../src/actions/s3/copy-action.ts";
import { uploadAction } from "../../../src/actions/s3/upload-action.ts";
import type { S3Server } from "../../../src/lab/s3/start.ts";
import {
  contents,
  contextFor,
  expectFailed,
  expectOk,
  lab,
  runAction,
  scratch,
  seed,
  unfinishedUploads,
} from "./rig.ts";

const MIB = 1024 ** 2;
const inParts = (server: S3Server) => ({
  from: "s3://source/",
  to: "s3://target/",
  endpoint: server.endpoint,
  multipartAbove: "5MiB",
  partSize: "5MiB",
});

test("a stopped copy keeps its unfinished upload, and the next attempt goes on with the parts that are missing", async () => {
  const server = await lab({
    onServed: ({ op }) => {
      if (op === "UploadPartCopy" && server.counters.of(op) === 3) context.abort("the operator stopped it");
    },
  });
  const body = randomBytes(48 * MIB);
  await seed(server, "source", [["big", body]]);
  const context = contextFor(server);
  const stopped = expectFailed(await runAction(copyAction, { ...inParts(server), concurrency: 1 }, context));
  expect(stopped.code).toBe("stopped");
  expect(unfinishedUploads(server)).toEqual(["target/big"]);
  const before = server.counters.of("UploadPartCopy");
  const next = contextFor(server, { attemptId: "attempt-2", lastCheckpoint: context.saved });
  expectOk(await runAction(copyAction, inParts(server), next));
  expect(server.counters.of("UploadPartCopy") - before).toBeLessThanOrEqual(10 - 2);
  expect(next.lines.join("\n")).toContain("going on with the upload that attempt attempt-1 began");
  expect((await contents(server, "target")).get("big")?.equals(body)).toBe(true);
  expect(unfinishedUploads(server)).toEqual([]);
  expect(next.saved).toEqual({ uploads: [] });
});

test("an upload whose id was lost in a crash is found, an upload of somebody else at the same key is left alone", async () => {
  const server = await lab();
  await seed(server, "source", [["big", randomBytes(11 * MIB)]]);
  const { etag, sizeBytes } = server.store.object("source", "big");
  const foreign = openUpload(server, "target", "big");
  openUpload(server, "target", "big");
  // What the checkpoint holds after a crash between the intent and the answer of the store.
  const entry = { attemptId: "a-1", bucket: "target", key: "big", source: `${sizeBytes}:${etag}`, partBytes: 5 * MIB };
  const lastCheckpoint = { uploads: [{ ...entry, foreign: [foreign] }] };
  expectOk(await runAction(copyAction, inParts(server), contextFor(server, { lastCheckpoint })));
  expect(server.counters.of("CreateMultipartUpload")).toBe(0);
  expect([...server.store.bucket("target").uploads.keys()]).toEqual([foreign]);
});

test("uploads of an earlier attempt for objects that are there or gone are aborted", async () => {
  const server = await lab();
  await seed(server, "source", [["there", "1"]]);
  const uploads = ["there", "gone"].map((key) => {
    const uploadId = openUpload(server, "target", key);
    return { attemptId: "a-1", bucket: "target", key, source: "1:x", partBytes: 5 * MIB, foreign: [], uploadId };
  });
  const context = contextFor(server, { lastCheckpoint: { uploads } });
  expectOk(await runAction(copyAction, inParts(server), context));
  expect(unfinishedUploads(server)).toEqual([]);
  expect(context.lines.join("\n")).toContain("aborted an unfinished upload of attempt a-1 at s3://target/gone");
});

test("an object that cannot be finished leaves no upload behind", async () => {
  const server = await lab();
  await seed(server, "source", [["big", randomBytes(11 * MIB)]]);
  server.faults.set([{ kind: "error", op: "UploadPartCopy", status: 400, code: "InvalidRequest" }]);
  expectFailed(await runAction(copyAction, inParts(server), contextFor(server)));
  expect(unfinishedUploads(server)).toEqual([]);
});

test("a completion whose answer is lost is not repeated as a new upload", async () => {
  const server = await lab();
  await seed(server, "source", [["big", randomBytes(11 * MIB)]]);
  server.faults.set([{ kind: "reset-after", op: "CompleteMultipartUpload", times: 1 }]);
  expectOk(await runAction(copyAction, inParts(server), contextFor(server)));
  expect(server.counters.of("CreateMultipartUpload")).toBe(1);
  expect(unfinishedUploads(server)).toEqual([]);
});

test("uploads begun twice because an answer was lost are cleared away", async () => {
  const server = await lab();
  await seed(server, "source", [["big", randomBytes(11 * MIB)]]);
  server.faults.set([{ kind: "reset-after", op: "CreateMultipartUpload", times: 2 }]);
  expectOk(await runAction(copyAction, inParts(server), contextFor(server)));
  expect(unfinishedUploads(server)).toEqual([]);
});

test("an upload of a file goes on part by part; parts that do not match the file are sent again", async () => {
  const server = await lab({
    onServed: ({ op }) => {
      if (op === "UploadPart" && server.counters.of(op) === 3) context.abort("stop");
    },
  });
  const dir = scratch();
  const body = randomBytes(31 * MIB);
  writeFileSync(join(dir, "block.log"), body);
  const params = { from: "block.log", to: "s3://target/logs/", endpoint: server.endpoint, partSize: "5MiB" };
  const context = contextFor(server, { cwd: dir });
  expectFailed(await runAction(uploadAction, { ...params, concurrency: 1 }, context));
  const before = server.counters.of("UploadPart");
  const next = contextFor(server, { cwd: dir, attemptId: "attempt-2", lastCheckpoint: context.saved });
  expectOk(await runAction(uploadAction, params, next));
  expect(server.counters.of("UploadPart") - before).toBeLessThanOrEqual(7 - 2);
  expect((await contents(server, "target")).get("logs/block.log")?.equals(body)).toBe(true);
  expect(unfinishedUploads(server)).toEqual([]);
});

function openUpload({ store }: S3Server, bucket: string, key: string): string {
  const id = `upload-${Math.random().toString(36).slice(2)}`;
  const upload = {
    id,
    key,
    startedMs: Date.now(),
    algorithm: undefined,
    checksumType: "COMPOSITE",
    headers: {},
    tagging: "",
  } as const;
  store.commit({ kind: "upload-started", bucket, upload });
  return id;
}

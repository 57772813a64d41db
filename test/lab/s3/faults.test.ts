import { randomBytes } from "node:crypto";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import * as S3 from "@aws-sdk/client-s3";
import { afterEach, expect, test } from "vitest";
import { type S3Options, type S3Server, startS3 } from "../../../src/lab/s3/start.ts";

const closing: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  for (const close of closing.splice(0).reverse()) await close();
});

async function lab(options: S3Options = {}): Promise<{ server: S3Server; client: S3.S3Client }> {
  const server = await startS3({ buckets: ["b"], ...options });
  const client = new S3.S3Client({
    endpoint: server.endpoint,
    region: "us-east-1",
    forcePathStyle: true,
    maxAttempts: 1,
    credentials: server.credentials,
  });
  closing.push(() => server.close());
  closing.push(async () => client.destroy());
  return { server, client };
}

const put = (client: S3.S3Client, Key: string, Body: string | Buffer) =>
  client.send(new S3.PutObjectCommand({ Bucket: "b", Key, Body }));
const get = async (client: S3.S3Client, Key: string) => {
  const { Body } = await client.send(new S3.GetObjectCommand({ Bucket: "b", Key }));
  return Buffer.from(await Body!.transformToByteArray());
};
const failure = (promise: Promise<unknown>) =>
  promise.then(
    () => undefined,
    (error: Error & { code?: string }) => error,
  );

test("a request is told to slow down as often as the rule says, and counted", async () => {
  const { server, client } = await lab();
  server.faults.set([{ kind: "slow-down", op: "PutObject", key: "^x", times: 2 }]);
  expect((await failure(put(client, "x", "1")))?.name).toBe("SlowDown");
  expect(await failure(put(client, "y", "1"))).toBeUndefined();
  expect((await failure(put(client, "x", "1")))?.name).toBe("SlowDown");
  expect(await failure(put(client, "x", "1"))).toBeUndefined();
  expect(server.counters.faults("slow-down")).toBe(2);
  expect(server.counters.of("PutObject")).toBe(4);
});

test("a connection reset before the effect leaves nothing, one after the effect leaves the object", async () => {
  const { server, client } = await lab();
  server.faults.set([{ kind: "reset-before", op: "PutObject", key: "before" }]);
  expect((await failure(put(client, "before", "1")))?.code).toBe("ECONNRESET");
  server.faults.set([{ kind: "reset-after", op: "PutObject", key: "after" }]);
  expect((await failure(put(client, "after", "1")))?.code).toBe("ECONNRESET");
  server.faults.clear();
  expect((await failure(get(client, "before")))?.name).toBe("NoSuchKey");
  expect((await get(client, "after")).toString()).toBe("1");
});

test("a truncated body ends as a broken connection, not as a short object", async () => {
  const { server, client } = await lab();
  await put(client, "big", randomBytes(3_000_000));
  server.faults.set([{ kind: "truncate", op: "GetObject", times: 1 }]);
  expect(await failure(get(client, "big"))).toBeDefined();
  expect(await get(client, "big")).toHaveLength(3_000_000);
});

test("a byte damaged on the way is found by the checksum of the object", async () => {
  const { server, client } = await lab();
  const body = randomBytes(100_000);
  await put(client, "x", body);
  server.faults.set([{ kind: "corrupt", op: "GetObject", times: 1 }]);
  expect((await failure(get(client, "x")))?.message).toMatch(/checksum/i);
  server.faults.set([{ kind: "corrupt", op: "PutObject", times: 1 }]);
  await put(client, "y", body);
  expect((await get(client, "y")).equals(body)).toBe(false);
});

test("an answer can carry a wrong checksum while the object is right", async () => {
  const { server, client } = await lab();
  const right = await put(client, "x", "hello");
  server.faults.set([{ kind: "wrong-checksum", op: "HeadObject", times: 1 }]);
  const wrong = await client.send(new S3.HeadObjectCommand({ Bucket: "b", Key: "x" }));
  expect(wrong.ETag).not.toBe(right.ETag);
  expect((await client.send(new S3.HeadObjectCommand({ Bucket: "b", Key: "x" }))).ETag).toBe(right.ETag);
});

test("a copy can fail behind status 200", async () => {
  const { server, client } = await lab();
  await put(client, "x", "1");
  server.faults.set([{ kind: "error-in-200", op: "CopyObject", code: "InternalError" }]);
  const copy = new S3.CopyObjectCommand({ Bucket: "b", Key: "y", CopySource: "b/x" });
  expect((await failure(client.send(copy)))?.name).toBe("InternalError");
});

test("a clock that is off is refused with the time of the server", async () => {
  const { client } = await lab({ clockAheadMs: 3_600_000 });
  expect((await failure(put(client, "x", "1")))?.name).toBe("RequestTimeTooSkewed");
});

test("a signature for another region is refused with the right one", async () => {
  const { client } = await lab({ region: "sa-east-1" });
  const error = (await failure(put(client, "x", "1"))) as S3.S3ServiceException | undefined;
  expect(error?.name).toBe("AuthorizationHeaderMalformed");
  expect(error?.message).toContain("expecting 'sa-east-1'");
});

test("a bucket whose requester pays refuses those who do not say that they will", async () => {
  const { client } = await lab({ requesterPays: ["b"] });
  expect((await failure(put(client, "x", "1")))?.name).toBe("AccessDenied");
  const paid = new S3.PutObjectCommand({ Bucket: "b", Key: "x", Body: "1", RequestPayer: "requester" });
  expect(await failure(client.send(paid))).toBeUndefined();
});

test("a store on disk has everything again after a restart, unfinished uploads too", async () => {
  const dir = await mkdtemp(join(tmpdir(), "s3-lab-"));
  closing.push(() => rm(dir, { recursive: true }));
  const first = await lab({ dir });
  const body = randomBytes(2_000_000);
  await put(first.client, "kept", body);
  await put(first.client, "gone", "1");
  await first.client.send(new S3.DeleteObjectCommand({ Bucket: "b", Key: "gone" }));
  const { UploadId } = await first.client.send(new S3.CreateMultipartUploadCommand({ Bucket: "b", Key: "parts" }));
  const part = { Bucket: "b", Key: "parts", UploadId, PartNumber: 1, Body: body };
  const { ETag } = await first.client.send(new S3.UploadPartCommand(part));
  await first.server.close();

  const { client } = await lab({ dir });
  expect((await get(client, "kept")).equals(body)).toBe(true);
  expect((await failure(get(client, "gone")))?.name).toBe("NoSuchKey");
  const MultipartUpload = { Parts: [{ PartNumber: 1, ETag }] };
  await client.send(new S3.CompleteMultipartUploadCommand({ Bucket: "b", Key: "parts", UploadId, MultipartUpload }));
  expect((await get(client, "parts")).equals(body)).toBe(true);
});

test("another process can set faults and read counters over HTTP", async () => {
  const { server, client } = await lab();
  const rules = [{ kind: "error", status: 500, code: "InternalError", op: "PutObject", times: 1 }];
  await fetch(`${server.endpoint}/_lab/faults`, { method: "PUT", body: JSON.stringify(rules) });
  expect((await failure(put(client, "x", "1")))?.name).toBe("InternalError");
  await put(client, "x", "1");
  const counters = await (await fetch(`${server.endpoint}/_lab/counters`)).json();
  expect(counters).toEqual({ operations: { PutObject: 2 }, faults: { error: 1 } });
});

test("faults by probability come in the same order for the same seed", async () => {
  const outcome = async () => {
    const { server, client } = await lab({ seed: 7 });
    server.faults.set([{ kind: "slow-down", p: 0.5 }]);
    const results: boolean[] = [];
    for (let i = 0; i < 20; i++) results.push((await failure(put(client, "x", "1"))) === undefined);
    return results;
  };
  const first = await outcome();
  expect(new Set(first).size).toBe(2);
  expect(await outcome()).toEqual(first);
});

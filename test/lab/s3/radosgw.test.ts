import { randomBytes } from "node:crypto";
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { CreateBucketCommand, S3Client } from "@aws-sdk/client-s3";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { copyAction } from "../../../src/actions/s3/copy-action.ts";
import { downloadAction } from "../../../src/actions/s3/download-action.ts";
import { uploadAction } from "../../../src/actions/s3/upload-action.ts";
import { verifyAction } from "../../../src/actions/s3/verify-action.ts";
import { contextFor, expectOk, runAction, scratch } from "../../actions/s3/rig.ts";
import { s3Contract } from "./contract.ts";
import { type Radosgw, radosgwProblem, startRadosgw } from "./radosgw.ts";

/** What the gateway of Ceph 16 does otherwise: it knows no checksum but MD5, and nothing of the parts of an object. */
const GAPS = [
  "a streamed body with a checksum in its trailer",
  "the checksum of a put",
  ...["CRC32", "CRC32C", "CRC64NVME", "SHA1", "SHA256"].map((name) => `checksum ${name} is accepted`),
  "a wrong CRC32 is refused",
  "a copy of a source that changed meanwhile",
  "head with a part number",
  "unfinished uploads are listed until they are aborted",
  "a checksum over the whole object refuses a wrong one",
  "object attributes tell the size",
];

const problem = radosgwProblem();

describe.skipIf(problem !== undefined)(`Ceph's radosgw${problem ? ` (skipped: ${problem})` : ""}`, () => {
  let radosgw: Radosgw;

  beforeAll(async () => {
    radosgw = await startRadosgw();
  }, 180_000);

  afterAll(() => radosgw?.close());

  s3Contract(async () => radosgw, GAPS);

  test("is served with checksums: when_required: files go up, across and down again, each once", async () => {
    const { endpoint, region, accessKeyId, secretAccessKey } = radosgw;
    const credentials = { accessKeyId, secretAccessKey };
    const client = new S3Client({ endpoint, region, forcePathStyle: true, credentials });
    for (const Bucket of ["source", "target"]) await client.send(new CreateBucketCommand({ Bucket }));
    client.destroy();

    const dir = scratch();
    const files = new Map([
      ["small", randomBytes(1000)],
      ["empty", Buffer.alloc(0)],
      ["deep/a b+ü", randomBytes(2000)],
      ["odd ü+(1)*'!", randomBytes(100)],
      ["big", randomBytes(12 * 1024 ** 2)],
      ...Array.from({ length: 200 }, (_, i) => [`many/${i}`, Buffer.from(`object ${i}`)] as const),
    ]);
    for (const folder of ["up/deep", "up/many", "down"]) mkdirSync(join(dir, folder), { recursive: true });
    for (const [name, body] of files) writeFileSync(join(dir, "up", name), body);

    const given = { endpoint, region, checksums: "when_required" };
    const parts = { partSize: "5MiB" };
    const run = async (action: Parameters<typeof runAction>[0], params: object) =>
      expectOk(await runAction(action, { ...given, ...params }, contextFor({ credentials }, { cwd: dir })));
    const all = { objects: files.size, transferred: files.size };
    const none = { objects: files.size, transferred: 0, skipped: files.size };
    const up = { from: "up", to: "s3://source/x/", ...parts };
    // One after another, so that all but the first are made after the likeness of the first.
    const across = { from: "s3://source/x/", to: "s3://target/y/", multipartAbove: "6MiB", concurrency: 1, ...parts };
    const down = { from: "s3://target/y/", to: "down" };
    expect(await run(uploadAction, up)).toMatchObject(all);
    expect(await run(uploadAction, up)).toMatchObject(none);
    expect(await run(copyAction, across)).toMatchObject(all);
    expect(await run(copyAction, across)).toMatchObject(none);
    expect(await run(verifyAction, { from: "s3://source/x/", to: "s3://target/y/" })).toMatchObject({
      same: files.size,
      sizeOnly: 0,
    });
    expect(await run(downloadAction, down)).toMatchObject(all);
    for (const [name, body] of files) expect(readFileSync(join(dir, "down", name)).equals(body), name).toBe(true);
  });
});

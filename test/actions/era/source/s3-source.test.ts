import { afterAll, beforeAll, beforeEach, describe, expect, it, vi } from "vitest";
import { openSource } from "../../../../src/actions/era/source/open-source.ts";
import { type S3Server, startS3 } from "../../../../src/lab/s3/start.ts";

const QUICK = { attempts: 3, baseMs: 1, maxMs: 5 };
const name = (era: number) => `gnosis-${String(era).padStart(5, "0")}-0a1b2c3d.era`;

let s3: S3Server;

beforeAll(async () => {
  s3 = await startS3({ buckets: ["eras"] });
  vi.stubEnv("AWS_ACCESS_KEY_ID", s3.credentials.accessKeyId);
  vi.stubEnv("AWS_SECRET_ACCESS_KEY", s3.credentials.secretAccessKey);
  const { S3Client, PutObjectCommand } = await import("@aws-sdk/client-s3");
  const client = new S3Client({ endpoint: s3.endpoint, region: "us-east-1", forcePathStyle: true });
  const keys = [
    ...Array.from({ length: 1050 }, (_, era) => name(era)),
    "mainnet-00001-00000000.era",
    "gnosis-readme.txt",
  ];
  for (let at = 0; at < keys.length; at += 50) {
    await Promise.all(
      keys
        .slice(at, at + 50)
        .map((key) => client.send(new PutObjectCommand({ Bucket: "eras", Key: `archive/${key}`, Body: key }))),
    );
  }
  client.destroy();
});

beforeEach(() => s3.faults.clear());

afterAll(async () => {
  vi.unstubAllEnvs();
  await s3?.close();
});

describe("era files in a bucket", () => {
  it("are listed over all pages, signed, with size and ETag", async () => {
    const listing = await source().list({ network: "gnosis", range: { from: 0, to: undefined } });
    expect(listing.files).toHaveLength(1050);
    expect(listing.how).toBe("2 pages of a bucket listing");
    expect(listing.files[7]).toMatchObject({ era: 7, name: name(7), shortRoot: "0a1b2c3d", sizeBytes: 25 });
    expect(listing.files[7]!.etag).toMatch(/^"[0-9a-f]{32}"$/);
  });

  it("are listed from the start of a short range with one request", async () => {
    const before = requests();
    const listing = await source().list({ network: "gnosis", range: { from: 1040, to: 1045 } });
    expect(listing.files.map(({ era }) => era)).toEqual([1040, 1041, 1042, 1043, 1044, 1045]);
    expect(requests() - before).toBe(1);
  });

  it("are listed when a page fails and then comes", async () => {
    s3.faults.set([{ kind: "slow-down", op: "ListObjectsV2", times: 4 }]);
    expect((await source().list({ network: "gnosis", range: { from: 0, to: undefined } })).files).toHaveLength(1050);
  });

  // the tool in use today took the 1,000 eras of page 1 for all, without a word
  it("whose second page keeps failing are an error, never a shorter list", async () => {
    const lines: string[] = [];
    const log = (line: string) => {
      lines.push(line);
      if (line.startsWith("page 1: 1000 keys")) s3.faults.set([{ kind: "slow-down", op: "ListObjectsV2" }]);
    };
    const listing = source().list({ network: "gnosis", range: { from: 0, to: undefined }, log });
    await expect(listing).rejects.toMatchObject({ failure: { code: "era-source-busy" } });
    expect(lines.filter((line) => line.includes("trying again"))).toHaveLength(2);
  });

  it("are read in parts, and refused when they changed in between", async () => {
    const { files } = await source().list({ network: "gnosis", range: { from: 5, to: 5 } });
    const opened = await source().open!(files[0]!, { part: { start: 0, end: 6 }, etag: files[0]!.etag });
    const pieces: Uint8Array[] = [];
    for await (const piece of opened.body) pieces.push(piece);
    expect(Buffer.concat(pieces).toString()).toBe("gnosis");
    expect(opened).toMatchObject({ totalBytes: 25, partial: true });
    await expect(source().open!(files[0]!, { part: { start: 0, end: 6 }, etag: '"other"' })).rejects.toMatchObject({
      failure: { code: "era-file-replaced", retryable: false },
    });
  });

  it("in a bucket that is not there say so, with what to check", async () => {
    const missing = openSource(`s3://nowhere/x?endpoint=${s3.endpoint}`, "/", {}, QUICK);
    await expect(missing.list({ network: "gnosis", range: { from: 0, to: 1 } })).rejects.toMatchObject({
      failure: { code: "era-source-missing", retryable: false, hint: expect.stringContaining("endpoint") },
    });
  });

  it("that need a signature refuse anonymous readers, with what to do", async () => {
    const anonymous = openSource(`s3://eras/archive?endpoint=${s3.endpoint}&anonymous=true`, "/", {}, QUICK);
    await expect(anonymous.list({ network: "gnosis", range: { from: 0, to: 1 } })).rejects.toMatchObject({
      failure: { code: "era-source-refused" },
    });
  });
});

function source() {
  return openSource(`s3://eras/archive?endpoint=${s3.endpoint}`, "/", {}, QUICK);
}

function requests(): number {
  return s3.counters.of("ListObjectsV2");
}

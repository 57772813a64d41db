import { createHash } from "node:crypto";
import { type FileHandle, open, readFile } from "node:fs/promises";
import { crc32 } from "node:zlib";
import type { HeadObjectCommandOutput } from "@aws-sdk/client-s3";
import { crc32Combine } from "../../lib/crc32-combine.ts";
import { uploadBytes } from "./copy-stream.ts";
import { unquoted } from "./entry.ts";
import { Failed, failObject } from "./failed.ts";
import { base64OfCrc32 } from "./file-digest.ts";
import { headObject } from "./heads.ts";
import { type LocalFile, unchanged } from "./local-files.ts";
import { shown } from "./location.ts";
import { etagOfParts, runMultipart } from "./multipart.ts";
import { layoutOf, type PartRange } from "./part-layout.ts";
import { hasMd5Etag, partsOfEtag } from "./same.ts";
import { type Place, patienceMs, type Transfer } from "./transfer.ts";

/** What the bytes that were sent must look like in the store. */
type Sent = { readonly sizeBytes: number; readonly crc32: string; readonly etag: string };

const TRIES = 3;

/** Uploads one file and returns when HEAD has shown that the object has its size and checksum. */
export async function uploadFile(transfer: Transfer, file: LocalFile, to: Place): Promise<void> {
  for (let tries = 1; ; tries++) {
    try {
      const sent =
        file.sizeBytes <= transfer.partBytes ? await putFile(transfer, file, to) : await putParts(transfer, file, to);
      if (!(await unchanged(file))) {
        throw failObject("file-changed", `${file.path} changed while it was uploaded`, {
          hint: "let its writer finish, then resume the run",
        });
      }
      await verifyUpload(transfer, to, sent);
      return;
    } catch (error) {
      if (tries >= TRIES || !(error instanceof Failed) || error.failure.code !== "s3-verify-failed") throw error;
    }
  }
}

async function putFile(transfer: Transfer, file: LocalFile, to: Place): Promise<Sent> {
  const { store, bucket, key } = to;
  return transfer.budget.hold(file.sizeBytes, transfer.requests.signal, async () => {
    const Body = await readFile(file.path);
    if (Body.length !== file.sizeBytes) throw failObject("file-changed", `${file.path} changed while it was read`);
    const md5 = createHash("md5").update(Body).digest();
    const sum = base64OfCrc32(crc32(Body));
    const checksum = store.checksums ? { ChecksumCRC32: sum } : { ContentMD5: md5.toString("base64") };
    const input = { Bucket: bucket, Key: key, Body, ...checksum, ...store.payer };
    const rules = { timeoutMs: patienceMs(Body.length) };
    await transfer.requests.send(
      store,
      `${file.path} to ${shown(to)}`,
      (options) => store.client.send(new store.sdk.PutObjectCommand(input), options),
      rules,
    );
    transfer.meter.moved(Body.length);
    return { sizeBytes: Body.length, crc32: sum, etag: md5.toString("hex") };
  });
}

async function putParts(transfer: Transfer, file: LocalFile, to: Place): Promise<Sent> {
  const { sizeBytes } = file;
  const { checksums } = to.store;
  const layout = layoutOf(sizeBytes, transfer.partBytes);
  const sums: { readonly crc32: number; readonly md5: string; readonly bytes: number }[] = [];
  const whole = () => base64OfCrc32(sums.reduce((sum, part) => crc32Combine(sum, part.crc32, part.bytes), 0));
  const handle = await open(file.path, "r");
  try {
    const reading = <T>(part: PartRange, use: (bytes: Buffer, sum: string, md5: string) => Promise<T>): Promise<T> =>
      transfer.budget.hold(part.end - part.start, transfer.requests.signal, async () => {
        const bytes = await readRange(handle, part, file);
        const sum = crc32(bytes);
        const md5 = createHash("md5").update(bytes).digest("hex");
        sums[part.number - 1] = { crc32: sum, md5, bytes: bytes.length };
        return use(bytes, base64OfCrc32(sum), md5);
      });
    await runMultipart(transfer, {
      target: to,
      source: `${sizeBytes}:${file.modifiedMs}:${file.inode}`,
      sizeBytes,
      layout,
      create: checksums ? { ChecksumAlgorithm: "CRC32", ChecksumType: "FULL_OBJECT" } : {},
      make: (part, uploadId) =>
        reading(part, (Body, sum) =>
          uploadBytes(transfer, to, { number: part.number, uploadId, Body, ...(checksums ? { crc32: sum } : {}) }),
        ),
      keep: (part, there) =>
        reading(part, async (_, sum, md5) =>
          md5 === there.etag
            ? { PartNumber: part.number, ETag: there.etag, ...(checksums ? { ChecksumCRC32: sum } : {}) }
            : undefined,
        ),
      finish: () => (checksums ? { ChecksumCRC32: whole(), ChecksumType: "FULL_OBJECT" } : {}),
    });
    return { sizeBytes, crc32: whole(), etag: etagOfParts(sums.map(({ md5 }) => md5)) };
  } finally {
    await handle.close();
  }
}

async function readRange(handle: FileHandle, { start, end }: PartRange, file: LocalFile): Promise<Buffer> {
  const bytes = Buffer.alloc(end - start);
  for (let at = 0; at < bytes.length; ) {
    const { bytesRead } = await handle.read(bytes, at, bytes.length - at, start + at);
    if (bytesRead === 0) throw failObject("file-changed", `${file.path} became shorter while it was uploaded`);
    at += bytesRead;
  }
  return bytes;
}

async function verifyUpload(transfer: Transfer, to: Place, sent: Sent): Promise<void> {
  const problem = wrongness(await headObject(transfer.requests, to), sent);
  if (problem === undefined) return;
  // A second look before the verdict: an answer can be damaged as well as an object.
  const again = wrongness(await headObject(transfer.requests, to), sent);
  if (again === undefined) return;
  throw failObject("s3-verify-failed", `${shown(to)} is not what was sent: ${again}`, {
    hint: "the local file is untouched; resume the run to send it again",
  });
}

/** What HEAD contradicts; undefined when size and checksum agree. */
function wrongness(head: HeadObjectCommandOutput, { sizeBytes, crc32: sum, etag }: Sent): string | undefined {
  if (head.ContentLength !== sizeBytes) return `${head.ContentLength} bytes instead of ${sizeBytes}`;
  const found = unquoted(head.ETag);
  if (head.ChecksumCRC32 !== undefined && !head.ChecksumCRC32.includes("-")) {
    return head.ChecksumCRC32 === sum ? undefined : `CRC32 ${head.ChecksumCRC32} instead of ${sum}`;
  }
  const comparable = hasMd5Etag(head) || partsOfEtag(found) !== undefined;
  const kms = (head.ServerSideEncryption ?? "").startsWith("aws:kms");
  return !comparable || kms || found === etag ? undefined : `ETag ${found} instead of ${etag}`;
}

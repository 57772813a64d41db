import { createHash } from "node:crypto";
import type { CompletedPart } from "@aws-sdk/client-s3";
import { type CopyJob, verifyCopy } from "./copy-job.ts";
import { noted } from "./copy-parts.ts";
import { unquoted } from "./entry.ts";
import { failObject } from "./failed.ts";
import { headObject, type Kept, keptMetadata, keptTags } from "./heads.ts";
import { shown } from "./location.ts";
import { runMultipart } from "./multipart.ts";
import { layoutLike, layoutOf, type PartRange } from "./part-layout.ts";
import { readBytes } from "./read-body.ts";
import { partsOfEtag } from "./same.ts";
import { patienceMs, type Transfer } from "./transfer.ts";

/** Copies between stores that cannot do it without us: reads here, writes there, part by part. */
export async function copyByStream(transfer: Transfer, job: CopyJob): Promise<void> {
  const { from, entry } = job;
  const parts = partsOfEtag(entry.etag);
  const head = await headObject(transfer.requests, from, {
    etag: entry.etag,
    ...(parts === undefined ? {} : { partNumber: 1 }),
  });
  const create = { ...keptMetadata(head), ...(await keptTags(transfer.requests, from, head)) };
  if (parts === undefined && entry.sizeBytes <= transfer.partBytes) {
    await streamAtOnce(transfer, job, create);
    return;
  }
  const like = parts === undefined ? undefined : layoutLike(entry.sizeBytes, parts, head.ContentLength ?? 0);
  const layout = like ?? layoutOf(entry.sizeBytes, transfer.partBytes);
  const whole = new OrderedMd5();
  const etag = await runMultipart(transfer, {
    target: job.to,
    source: `${entry.sizeBytes}:${entry.etag}`,
    sizeBytes: entry.sizeBytes,
    layout,
    create: noted(create, like, entry.etag),
    make: (part, uploadId) => streamPart(transfer, job, part, uploadId, whole),
    keep: async (part, there) => {
      whole.giveUp();
      return { PartNumber: part.number, ETag: there.etag };
    },
  });
  if (etag === entry.etag) return;
  if (whole.digest(layout.count) !== entry.etag) await verifyCopy(transfer, job);
}

async function streamAtOnce(transfer: Transfer, job: CopyJob, create: Kept): Promise<void> {
  const { from, to, entry } = job;
  const { store } = to;
  await transfer.budget.hold(entry.sizeBytes, transfer.requests.signal, async () => {
    const wanted = { etag: entry.etag, start: 0, end: entry.sizeBytes, whole: true };
    const Body = await readBytes(transfer.requests, from, wanted);
    const input = { Bucket: to.bucket, Key: to.key, Body, ...create, ...store.payer };
    const rules = { timeoutMs: patienceMs(entry.sizeBytes) };
    const answer = await transfer.requests.send(
      store,
      shown(to),
      (options) => store.client.send(new store.sdk.PutObjectCommand(input), options),
      rules,
    );
    transfer.meter.moved(entry.sizeBytes);
    if (unquoted(answer.ETag) !== entry.etag) await verifyCopy(transfer, job);
  });
}

async function streamPart(
  transfer: Transfer,
  { from, to, entry }: CopyJob,
  { number, start, end }: PartRange,
  uploadId: string,
  whole: OrderedMd5,
): Promise<CompletedPart> {
  try {
    return await transfer.budget.hold(end - start, transfer.requests.signal, async () => {
      const Body = await readBytes(transfer.requests, from, { etag: entry.etag, start, end, whole: false });
      const [part] = await Promise.all([
        uploadBytes(transfer, to, { number, uploadId, Body }),
        whole.add(number, Body),
      ]);
      return part;
    });
  } catch (error) {
    whole.giveUp();
    throw error;
  }
}

/** One part from memory; the answer must carry its MD5 (unless the store encrypts with KMS, where it is something else). */
export async function uploadBytes(
  { requests }: Transfer,
  to: CopyJob["to"],
  { number, uploadId, Body, crc32 }: { number: number; uploadId: string; Body: Buffer; crc32?: string },
): Promise<CompletedPart> {
  const { store } = to;
  const input = {
    Bucket: to.bucket,
    Key: to.key,
    UploadId: uploadId,
    PartNumber: number,
    Body,
    ...(crc32 === undefined ? {} : { ChecksumCRC32: crc32 }),
    ...store.payer,
  };
  const subject = `${shown(to)}, part ${number}`;
  const rules = { timeoutMs: patienceMs(Body.length) };
  const answer = await requests.send(
    store,
    subject,
    (options) => store.client.send(new store.sdk.UploadPartCommand(input), options),
    rules,
  );
  const etag = unquoted(answer.ETag);
  const kms = (answer.ServerSideEncryption ?? "").startsWith("aws:kms");
  if (!kms && /^[0-9a-f]{32}$/.test(etag) && etag !== createHash("md5").update(Body).digest("hex")) {
    throw failObject("s3-verify-failed", `${subject} arrived with another checksum`, {
      hint: "resume the run: it is sent again",
    });
  }
  return { PartNumber: number, ETag: etag, ...(crc32 === undefined ? {} : { ChecksumCRC32: crc32 }) };
}

/** MD5 over parts that come in any order but are hashed in theirs. */
class OrderedMd5 {
  readonly #hash = createHash("md5");
  readonly #early = new Map<number, { readonly bytes: Buffer; readonly hashed: () => void }>();
  #next = 1;
  #givenUp = false;

  /** Resolves when the part has been hashed, and with it the turn of all before it: its memory can go. */
  add(number: number, bytes: Buffer): Promise<void> {
    if (this.#givenUp) return Promise.resolve();
    return new Promise((hashed) => {
      this.#early.set(number, { bytes, hashed });
      for (let part = this.#early.get(this.#next); part; part = this.#early.get(this.#next)) {
        this.#hash.update(part.bytes);
        this.#early.delete(this.#next++);
        part.hashed();
      }
    });
  }

  /** A part will not come: the whole cannot be hashed, and nobody may wait for it. */
  giveUp(): void {
    this.#givenUp = true;
    for (const { hashed } of this.#early.values()) hashed();
    this.#early.clear();
  }

  digest(parts: number): string | undefined {
    return this.#givenUp || this.#next !== parts + 1 ? undefined : this.#hash.digest("hex");
  }
}

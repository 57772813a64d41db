import { createHash } from "node:crypto";
import { type FileHandle, mkdir, open, rm } from "node:fs/promises";
import { basename, dirname, join } from "node:path";
import type { GetObjectCommandInput } from "@aws-sdk/client-s3";
import { publishFile } from "../../lib/atomic-file.ts";
import { type Entry, unquoted } from "./entry.ts";
import { Failed, failObject } from "./failed.ts";
import { fileMatches } from "./file-digest.ts";
import { findProof } from "./find-proof.ts";
import { headObject } from "./heads.ts";
import { PART_SUFFIX } from "./local-files.ts";
import { shown } from "./location.ts";
import { layoutOf, type PartRange, partsOf } from "./part-layout.ts";
import { rangeLedger } from "./range-ledger.ts";
import { cutShort, unstalled } from "./read-body.ts";
import { eachOf, type Place, type Transfer } from "./transfer.ts";

const TRIES = 3;
const RANGES_AT_ONCE = 8;

/**
 * Downloads one object to `path`: into a temporary file beside it, verified, synced, renamed. What of the temporary file
 * an earlier attempt has written is kept, range by range; its name holds the object's ETag, so that no file is ever put
 * together from two versions of an object.
 */
export async function downloadFile(transfer: Transfer, from: Place, entry: Entry, path: string): Promise<void> {
  let current = entry;
  for (let tries = 1; ; tries++) {
    try {
      await downloadOnce(transfer, from, current, path);
      return;
    } catch (error) {
      const code = error instanceof Failed ? error.failure.code : "";
      if (tries >= TRIES || (code !== "s3-object-changed" && code !== "s3-verify-failed")) throw error;
      const head = await headObject(transfer.requests, from);
      current = { ...entry, sizeBytes: head.ContentLength ?? 0, etag: unquoted(head.ETag) };
    }
  }
}

async function downloadOnce(transfer: Transfer, from: Place, entry: Entry, path: string): Promise<void> {
  await mkdir(dirname(path), { recursive: true });
  const temporary = temporaryName(path, entry);
  const ledger = rangeLedger(`${temporary}.ranges${PART_SUFFIX}`);
  const layout = layoutOf(entry.sizeBytes, transfer.partBytes);
  const fresh = ledger.done.size === 0;
  const file = await open(temporary, fresh ? "w+" : "r+").catch((error: NodeJS.ErrnoException) => {
    if (error.code !== "ENOENT") throw error;
    ledger.remove();
    return open(temporary, "w+");
  });
  try {
    await eachOf(partsOf(entry.sizeBytes, layout), RANGES_AT_ONCE, async (part) => {
      if (part.start === part.end) return;
      if (ledger.done.has(part.number)) transfer.meter.moved(part.end - part.start);
      else {
        await fetchRange(transfer, from, entry, part, file);
        if (layout.count > 1) ledger.add(part.number);
      }
    });
    await file.truncate(entry.sizeBytes);
    await file.sync();
  } finally {
    await file.close();
  }
  const right = await isRight(transfer, from, entry, temporary);
  if (right === false) {
    await rm(temporary, { force: true });
    ledger.remove();
    throw failObject("s3-verify-failed", `${shown(from)} arrived with another checksum`, {
      hint: "resume the run: it is downloaded again",
    });
  }
  if (right === undefined) transfer.log(`${path}: verified by its size only, the store tells no checksum`);
  await publishFile(temporary, path);
  ledger.remove();
}

/** One range into its place; a broken connection goes on behind the last byte that was written. */
async function fetchRange(
  { requests, meter }: Transfer,
  from: Place,
  entry: Entry,
  { start, end, number }: PartRange,
  file: FileHandle,
): Promise<void> {
  const { store, bucket, key } = from;
  let at = start;
  await requests.send(store, `${shown(from)}, range ${number}`, async (options) => {
    const whole = at === 0 && end === entry.sizeBytes;
    const input: GetObjectCommandInput = {
      Bucket: bucket,
      Key: key,
      ...(entry.etag === "" ? {} : { IfMatch: `"${entry.etag}"` }),
      ...(whole ? {} : { Range: `bytes=${at}-${end - 1}` }),
      ...store.payer,
    };
    const answer = await store.client.send(new store.sdk.GetObjectCommand(input), options);
    for await (const piece of unstalled(answer.Body)) {
      if (at + piece.length > end) throw cutShort(at + piece.length, end);
      await file.write(piece, 0, piece.length, at);
      at += piece.length;
      meter.moved(piece.length);
    }
    if (at !== end) throw cutShort(at - start, end - start);
  });
}

/** Undefined: the store tells nothing that could be compared. An ETag that is the MD5 needs no further question. */
async function isRight(transfer: Transfer, from: Place, entry: Entry, temporary: string): Promise<boolean | undefined> {
  const { signal } = transfer.requests;
  const md5 = /^[0-9a-f]{32}$/.test(entry.etag);
  if (md5 && (await fileMatches(temporary, { kind: "md5", value: entry.etag }, signal))) return true;
  const head = await headObject(transfer.requests, from, { etag: entry.etag });
  return fileMatches(temporary, await findProof(transfer.requests, from, head, transfer.partBytes), signal);
}

export function temporaryName(path: string, { etag, sizeBytes }: Entry): string {
  const version = createHash("sha256").update(`${etag}:${sizeBytes}`).digest("hex").slice(0, 12);
  // File names have at most 255 bytes; a long one keeps its beginning.
  const name = Buffer.from(basename(path))
    .subarray(0, 180)
    .toString("latin1")
    .replace(/[^ -~]/g, "_");
  return join(dirname(path), `.${name}.${version}${PART_SUFFIX}`);
}

import { createHash, randomUUID } from "node:crypto";
import { type ChecksumName, type Checksums, isChecksumName, startChecksum } from "../body/checksums.ts";
import { parseRange } from "../byte-range.ts";
import { type Call, header, type Operation } from "../call.ts";
import { checkTarget } from "../conditions.ts";
import { checksumHeaders, metadataOf, quoted } from "../object-headers.ts";
import { badDigest, invalidArgument, S3Error } from "../s3-error.ts";
import { type Segment, slice } from "../store/blobs.ts";
import type { ChecksumType, Part, StoredObject, UnfinishedUpload } from "../store/model.ts";
import type { Store } from "../store/store.ts";
import { documentOf, element, innerTexts, unescapeXml } from "../xml.ts";
import { copyResult, copySource, md5Of } from "./copy-object.ts";
import { bodyOf } from "./put-object.ts";

const MAX_PARTS = 10_000;

export const createMultipartUpload: Operation = (call) => {
  call.store.bucket(call.bucket);
  const algorithm = (header(call, "x-amz-checksum-algorithm") ?? "").toLowerCase();
  const type = header(call, "x-amz-checksum-type");
  const upload: UnfinishedUpload = {
    ...metadataOf(call.headers),
    id: randomUUID(),
    key: call.key,
    startedMs: call.nowMs(),
    algorithm: isChecksumName(algorithm) ? algorithm : undefined,
    checksumType: type === "FULL_OBJECT" || algorithm === "crc64nvme" ? "FULL_OBJECT" : "COMPOSITE",
  };
  call.store.commit({ kind: "upload-started", bucket: call.bucket, upload });
  return { xml: documentOf("InitiateMultipartUploadResult", ...names(call), element("UploadId", upload.id)) };
};

export const uploadPart: Operation = async (call) => {
  const { uploadId, number } = partAddress(call);
  const received = await call.body();
  const part: Part = {
    body: bodyOf(call, received),
    sizeBytes: received.sizeBytes,
    etag: received.md5,
    checksums: received.checksums,
    modifiedMs: call.nowMs(),
  };
  call.store.upload(call.bucket, call.key, uploadId);
  call.store.commit({ kind: "part-put", bucket: call.bucket, uploadId, number, part });
  return { headers: { etag: quoted(part.etag), ...checksumHeaders(part) } };
};

export const uploadPartCopy: Operation = async (call) => {
  const { uploadId, number } = partAddress(call);
  const { source } = copySource(call);
  const wanted = header(call, "x-amz-copy-source-range");
  const range = wanted === undefined ? { start: 0, end: source.sizeBytes } : parseRange(wanted, source.sizeBytes);
  if (!range) throw invalidArgument("The x-amz-copy-source-range value must be of the form bytes=first-last");
  const body = slice(source.body, range.start, range.end);
  const etag = await md5Of(call.store, body);
  const { algorithm } = call.store.upload(call.bucket, call.key, uploadId).upload;
  const checksums = algorithm ? { [algorithm]: await checksumOf(call.store, body, algorithm) } : {};
  const part: Part = { body, sizeBytes: range.end - range.start, etag, checksums, modifiedMs: call.nowMs() };
  call.store.commit({ kind: "part-put", bucket: call.bucket, uploadId, number, part });
  return { xml: documentOf("CopyPartResult", ...copyResult(part)) };
};

export const completeMultipartUpload: Operation = async (call) => {
  const uploadId = call.query.get("uploadId") ?? "";
  const text = await call.text("of-object");
  const { upload, parts } = call.store.upload(call.bucket, call.key, uploadId);
  checkTarget(call.headers, call.store.bucket(call.bucket).objects.get(call.key));
  const chosen = chooseParts(text, parts, call.limits.minPartBytes);
  const body = chosen.flatMap((part) => part.body);
  const sizeBytes = chosen.reduce((sum, part) => sum + part.sizeBytes, 0);
  const checksums = upload.algorithm ? await wholeChecksum(call.store, upload, upload.algorithm, chosen, body) : {};
  checkWhole(call, checksums, sizeBytes);
  const md5s = Buffer.concat(chosen.map((part) => Buffer.from(part.etag, "hex")));
  const object: StoredObject = {
    headers: upload.headers,
    tagging: upload.tagging,
    body,
    sizeBytes,
    etag: `${createHash("md5").update(md5s).digest("hex")}-${chosen.length}`,
    checksums,
    checksumType: upload.checksumType,
    modifiedMs: call.nowMs(),
    partSizes: chosen.map((part) => part.sizeBytes),
  };
  call.store.commit({ kind: "object-put", bucket: call.bucket, key: call.key, object });
  call.store.commit({ kind: "upload-ended", bucket: call.bucket, uploadId });
  const sums = Object.entries(checksums).map(([name, value]) => element(`Checksum${name.toUpperCase()}`, value));
  return {
    xml: documentOf("CompleteMultipartUploadResult", ...names(call), element("ETag", quoted(object.etag)), ...sums),
  };
};

export const abortMultipartUpload: Operation = (call) => {
  const uploadId = call.query.get("uploadId") ?? "";
  call.store.upload(call.bucket, call.key, uploadId);
  call.store.commit({ kind: "upload-ended", bucket: call.bucket, uploadId });
  return { status: 204 };
};

function names(call: Call) {
  return [element("Bucket", call.bucket), element("Key", call.key)];
}

function partAddress(call: Call): { uploadId: string; number: number } {
  const uploadId = call.query.get("uploadId") ?? "";
  const number = Number(call.query.get("partNumber"));
  if (!Number.isInteger(number) || number < 1 || number > MAX_PARTS) {
    throw invalidArgument(`Part number must be an integer between 1 and ${MAX_PARTS}, inclusive`);
  }
  call.store.upload(call.bucket, call.key, uploadId);
  return { uploadId, number };
}

/** The parts a completion names, in its order, each checked. */
function chooseParts(xml: string, parts: ReadonlyMap<number, Part>, minPartBytes: number): Part[] {
  const wanted = innerTexts(xml, "Part").map((one) => ({
    number: Number(innerTexts(one, "PartNumber")[0]),
    etag: unescapeXml(innerTexts(one, "ETag")[0] ?? "").replaceAll('"', ""),
  }));
  if (wanted.length === 0) throw new S3Error(400, "MalformedXML", "You must specify at least one part");
  return wanted.map(({ number, etag }, index) => {
    const part = parts.get(number);
    if (!part || part.etag !== etag) {
      throw new S3Error(400, "InvalidPart", "One or more of the specified parts could not be found.");
    }
    if (index > 0 && wanted[index - 1]!.number >= number) {
      throw new S3Error(400, "InvalidPartOrder", "The list of parts was not in ascending order.");
    }
    if (index < wanted.length - 1 && part.sizeBytes < minPartBytes) {
      throw new S3Error(400, "EntityTooSmall", "Your proposed upload is smaller than the minimum allowed object size.");
    }
    return part;
  });
}

/** COMPOSITE = checksum of the parts' checksums with `-n` behind; FULL_OBJECT = over all bytes. */
async function wholeChecksum(
  store: Store,
  { checksumType }: { checksumType: ChecksumType },
  algorithm: ChecksumName,
  parts: readonly Part[],
  body: readonly Segment[],
): Promise<Checksums> {
  if (checksumType === "FULL_OBJECT") return { [algorithm]: await checksumOf(store, body, algorithm) };
  const sum = startChecksum(algorithm);
  for (const part of parts) sum.update(Buffer.from(part.checksums[algorithm] ?? "", "base64"));
  return { [algorithm]: `${sum.digest()}-${parts.length}` };
}

async function checksumOf(store: Store, body: readonly Segment[], algorithm: ChecksumName): Promise<string> {
  const sum = startChecksum(algorithm);
  for (const segment of body) for await (const piece of store.blobs.read(segment)) sum.update(piece);
  return sum.digest();
}

/** A completion may carry the checksum and size of the whole object, which must agree with what the parts make. */
function checkWhole(call: Call, checksums: Checksums, sizeBytes: number): void {
  for (const [name, value] of Object.entries(checksums)) {
    const claimed = header(call, `x-amz-checksum-${name}`);
    if (claimed !== undefined && claimed !== value) throw badDigest(name.toUpperCase());
  }
  const claimedSize = header(call, "x-amz-mp-object-size");
  if (claimedSize !== undefined && Number(claimedSize) !== sizeBytes) {
    throw new S3Error(400, "InvalidRequest", "The provided 'x-amz-mp-object-size' header does not match the parts.");
  }
}

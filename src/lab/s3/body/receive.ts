import { createHash } from "node:crypto";
import type { IncomingMessage } from "node:http";
import { badDigest, invalidArgument, S3Error } from "../s3-error.ts";
import type { Signed } from "../signature.ts";
import type { BlobId, BlobWriter } from "../store/blobs.ts";
import { decodeAwsChunked, type Trailers } from "./aws-chunked.ts";
import { CHECKSUM_NAMES, type ChecksumName, type Checksums, isChecksumName, startChecksum } from "./checksums.ts";

/** A payload that was received whole and agreed with everything its headers and trailers claimed about it. */
export type Received = {
  readonly blob: BlobId;
  readonly sizeBytes: number;
  readonly md5: string;
  readonly checksums: Checksums;
};

export const MAX_PUT_BYTES = 5 * 1024 ** 3;

/**
 * Reads a request body into `writer`, undoing aws-chunked framing, and checks length, Content-MD5, payload hash and
 * additional checksums (header or trailer). On any disagreement the blob is discarded and an S3Error thrown. `tamper`
 * changes the bytes on their way in and goes unnoticed.
 */
export async function receiveBody(
  request: IncomingMessage,
  signed: Signed,
  writer: BlobWriter,
  tamper?: (piece: Buffer) => Buffer,
): Promise<Received> {
  const { headers } = request;
  const payloadHash = String(headers["x-amz-content-sha256"] ?? "UNSIGNED-PAYLOAD");
  const trailers: Trailers = {};
  const payload = payloadHash.startsWith("STREAMING-")
    ? decodeAwsChunked(request, trailers, payloadHash.startsWith("STREAMING-AWS4-HMAC") ? signed : undefined)
    : request;
  const md5 = createHash("md5");
  const sha256 = /^[0-9a-f]{64}$/.test(payloadHash) ? createHash("sha256") : undefined;
  const sums = announced(headers).map((name) => [name, startChecksum(name)] as const);
  let sizeBytes = 0;
  try {
    for await (const sent of payload as AsyncIterable<Buffer>) {
      const piece = tamper ? tamper(sent) : sent;
      sizeBytes += piece.length;
      if (sizeBytes > MAX_PUT_BYTES) {
        throw new S3Error(400, "EntityTooLarge", "Your proposed upload exceeds the maximum allowed object size.");
      }
      md5.update(piece);
      sha256?.update(piece);
      for (const [, sum] of sums) sum.update(piece);
      await writer.write(piece);
    }
    const digest = md5.digest();
    const checksums = Object.fromEntries(sums.map(([name, sum]) => [name, sum.digest()])) as Checksums;
    if (!tamper) {
      checkLength(headers["x-amz-decoded-content-length"], sizeBytes);
      if (headers["content-md5"] !== undefined) checkMd5(headers["content-md5"], digest);
      if (sha256 && sha256.digest("hex") !== payloadHash) {
        throw new S3Error(
          400,
          "XAmzContentSHA256Mismatch",
          "The provided 'x-amz-content-sha256' header does not match.",
        );
      }
      checkSums(headers, trailers, checksums);
    }
    return { blob: await writer.finish(), sizeBytes, md5: digest.toString("hex"), checksums };
  } catch (error) {
    await writer.discard();
    throw error;
  }
}

/** The algorithms a request speaks of: value in a header, value promised in a trailer, or asked of the server. */
function announced(headers: IncomingMessage["headers"]): ChecksumName[] {
  const names = new Set<ChecksumName>(CHECKSUM_NAMES.filter((name) => headers[`x-amz-checksum-${name}`] !== undefined));
  for (const trailer of String(headers["x-amz-trailer"] ?? "").split(",")) {
    const name = trailer.trim().toLowerCase().replace("x-amz-checksum-", "");
    if (isChecksumName(name)) names.add(name);
  }
  const wanted = String(headers["x-amz-sdk-checksum-algorithm"] ?? "").toLowerCase();
  if (isChecksumName(wanted)) names.add(wanted);
  return [...names];
}

function checkLength(declared: string | string[] | undefined, sizeBytes: number): void {
  if (declared === undefined || Number(declared) === sizeBytes) return;
  throw new S3Error(400, "IncompleteBody", "You did not provide the number of bytes specified by the header.");
}

function checkMd5(claimed: string | string[], digest: Buffer): void {
  const value = Buffer.from(String(claimed), "base64");
  if (value.length !== 16) throw new S3Error(400, "InvalidDigest", "The Content-MD5 you specified is not valid.");
  if (!value.equals(digest)) throw badDigest("Content-MD5");
}

function checkSums(headers: IncomingMessage["headers"], trailers: Trailers, checksums: Checksums): void {
  for (const name of CHECKSUM_NAMES) {
    const claimed = headers[`x-amz-checksum-${name}`] ?? trailers[`x-amz-checksum-${name}`];
    if (claimed !== undefined && claimed !== checksums[name]) throw badDigest(name.toUpperCase());
  }
}

/**
 * A small XML or empty body as text. `checksums` says what checksum headers speak of: those of CompleteMultipartUpload
 * are of the object that it makes, not of the body.
 */
export async function receiveText(
  request: IncomingMessage,
  signed: Signed,
  checksums: "of-body" | "of-object" = "of-body",
  limitBytes = 4 * 1024 ** 2,
): Promise<string> {
  const pieces: Buffer[] = [];
  let sizeBytes = 0;
  const collect: BlobWriter = {
    write: async (piece) => {
      sizeBytes += piece.length;
      if (sizeBytes > limitBytes) throw invalidArgument("The request body is too large.");
      pieces.push(piece);
    },
    finish: async () => "",
    discard: async () => {},
  };
  const same = (piece: Buffer) => piece;
  await receiveBody(request, signed, collect, checksums === "of-object" ? same : undefined);
  return Buffer.concat(pieces).toString("utf8");
}

import { createHash } from "node:crypto";
import { createReadStream } from "node:fs";
import { crc32 } from "node:zlib";
import type { HeadObjectCommandOutput } from "@aws-sdk/client-s3";
import { crc32c } from "../../lib/crc32c.ts";
import { crc64Nvme } from "../../lib/crc64-nvme.ts";
import { unquoted } from "./entry.ts";
import { etagOfParts } from "./multipart.ts";
import { hasMd5Etag, partsOfEtag } from "./same.ts";

/**
 * What can show that bytes are those of an object: a checksum over all of it, its MD5, or the MD5s of its parts. Where
 * the store does not tell the size of the parts, there are several candidates, and only a match says anything.
 * `none`: the store tells nothing but the size.
 */
export type Proof =
  | { readonly kind: "checksum"; readonly name: ChecksumName; readonly value: string }
  | { readonly kind: "md5"; readonly value: string }
  | { readonly kind: "parts"; readonly value: string; readonly partBytes: readonly number[]; readonly certain: boolean }
  | { readonly kind: "none" };

const CHECKSUM_NAMES = ["CRC32", "CRC32C", "CRC64NVME", "SHA256", "SHA1"] as const;
export type ChecksumName = (typeof CHECKSUM_NAMES)[number];

/** The proof that HEAD gives by itself; undefined where it takes the size of the parts. */
export function proofOf(head: HeadObjectCommandOutput): Proof | undefined {
  for (const name of CHECKSUM_NAMES) {
    const value = head[`Checksum${name}`];
    if (value !== undefined && !/-\d+$/.test(value)) return { kind: "checksum", name, value };
  }
  const etag = unquoted(head.ETag);
  if (hasMd5Etag(head)) return { kind: "md5", value: etag };
  return partsOfEtag(etag) === undefined ? { kind: "none" } : undefined;
}

/** Reads a file once and says whether it is what the proof speaks of; undefined when the proof cannot tell. */
export async function fileMatches(path: string, proof: Proof, signal: AbortSignal): Promise<boolean | undefined> {
  const digests = digestsOf(proof);
  if (digests.length === 0 || proof.kind === "none") return undefined;
  for await (const piece of createReadStream(path, { highWaterMark: 1024 ** 2, signal })) {
    for (const digest of digests) digest.update(piece as Buffer);
  }
  if (digests.some((digest) => digest.value() === proof.value)) return true;
  return proof.kind === "parts" && !proof.certain ? undefined : false;
}

type Digest = { update(piece: Buffer): void; value(): string };

function digestsOf(proof: Proof): Digest[] {
  if (proof.kind === "none") return [];
  if (proof.kind === "md5") return [hashDigest("md5", "hex")];
  if (proof.kind === "parts") return proof.partBytes.map(partsDigest);
  return [checksumDigest(proof.name)];
}

function checksumDigest(name: ChecksumName): Digest {
  switch (name) {
    case "SHA256":
      return hashDigest("sha256", "base64");
    case "SHA1":
      return hashDigest("sha1", "base64");
    case "CRC64NVME": {
      let value = 0n;
      return {
        update: (piece) => {
          value = crc64Nvme(piece, value);
        },
        value: () => {
          const bytes = Buffer.alloc(8);
          bytes.writeBigUInt64BE(value);
          return bytes.toString("base64");
        },
      };
    }
    default: {
      const step = name === "CRC32" ? crc32 : crc32c;
      let value = 0;
      return {
        update: (piece) => {
          value = step(piece, value);
        },
        value: () => base64OfCrc32(value),
      };
    }
  }
}

export function base64OfCrc32(value: number): string {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32BE(value);
  return bytes.toString("base64");
}

function hashDigest(algorithm: "md5" | "sha1" | "sha256", encoding: "hex" | "base64"): Digest {
  const hash = createHash(algorithm);
  return { update: (piece) => void hash.update(piece), value: () => hash.digest(encoding) };
}

/** The ETag of an object made of parts of `partBytes` each, from the bytes of the whole. */
function partsDigest(partBytes: number): Digest {
  const done: string[] = [];
  let hash = createHash("md5");
  let room = partBytes;
  return {
    update(piece) {
      let rest = piece;
      while (rest.length > 0) {
        const now = rest.subarray(0, room);
        hash.update(now);
        rest = rest.subarray(now.length);
        room -= now.length;
        if (room > 0) continue;
        done.push(hash.digest("hex"));
        hash = createHash("md5");
        room = partBytes;
      }
    },
    value: () => etagOfParts(room < partBytes || done.length === 0 ? [...done, hash.digest("hex")] : done),
  };
}

import type { HeadObjectCommandOutput } from "@aws-sdk/client-s3";
import type { Entry } from "./entry.ts";
import { unquoted } from "./entry.ts";

/** `look-closer`: listings cannot tell, the checksums that HEAD gives may. */
export type Sameness = "same" | "different" | "look-closer";

/** Objects compared by what listings tell. An ETag with `-n` is one of parts, not of the bytes. */
export function compareEntries(source: Entry, target: Entry): Sameness {
  if (source.sizeBytes !== target.sizeBytes) return "different";
  if (source.etag !== "" && source.etag === target.etag) return "same";
  if (source.sizeBytes === 0) return "same";
  return "look-closer";
}

/** User metadata on objects that were put together from parts: the ETag of the source they were copied from. */
export const SOURCE_ETAG = "runsheet-source-etag";

/**
 * Objects of equal size and unlike ETags, compared by what HEAD (with checksum mode) tells: a checksum over the whole
 * object that both have; else the source's ETag that we noted on the target; else plain MD5 ETags. Encrypted with KMS,
 * the ETag is no MD5 of anything.
 */
export function compareHeads(source: HeadObjectCommandOutput, target: HeadObjectCommandOutput): Sameness {
  if (source.ContentLength !== target.ContentLength) return "different";
  for (const name of CHECKSUMS) {
    const [a, b] = [wholeChecksum(source, name), wholeChecksum(target, name)];
    if (a !== undefined && b !== undefined) return a === b ? "same" : "different";
  }
  const [sourceEtag, targetEtag] = [unquoted(source.ETag), unquoted(target.ETag)];
  if (sourceEtag !== "" && sourceEtag === targetEtag) return "same";
  if (target.Metadata?.[SOURCE_ETAG] === sourceEtag && sourceEtag !== "") return "same";
  if (hasMd5Etag(source) && hasMd5Etag(target)) return "different";
  return "look-closer";
}

const CHECKSUMS = ["ChecksumSHA256", "ChecksumCRC64NVME", "ChecksumCRC32C", "ChecksumCRC32", "ChecksumSHA1"] as const;

/** A checksum of all bytes; one made of parts has `-n` behind it. */
function wholeChecksum(head: HeadObjectCommandOutput, name: (typeof CHECKSUMS)[number]): string | undefined {
  const value = head[name];
  return value === undefined || /-\d+$/.test(value) ? undefined : value;
}

export function hasMd5Etag({ ETag, ServerSideEncryption }: HeadObjectCommandOutput): boolean {
  return /^[0-9a-f]{32}$/.test(unquoted(ETag)) && !(ServerSideEncryption ?? "").startsWith("aws:kms");
}

/** Number of parts that an ETag tells of; undefined for an object put at once. */
export function partsOfEtag(etag: string): number | undefined {
  const match = /^[0-9a-f]{32}-(\d{1,5})$/.exec(etag);
  return match ? Number(match[1]) : undefined;
}

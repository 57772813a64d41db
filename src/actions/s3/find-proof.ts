import type { HeadObjectCommandOutput } from "@aws-sdk/client-s3";
import type { Requests } from "./attempts.ts";
import { unquoted } from "./entry.ts";
import { type Proof, proofOf } from "./file-digest.ts";
import { headObject } from "./heads.ts";
import { layoutOf } from "./part-layout.ts";
import { partsOfEtag } from "./same.ts";
import type { Place } from "./transfer.ts";

/** Sizes of parts that common tools use, for stores that do not tell. */
const COMMON_PART_BYTES = [5, 6, 8, 10, 15, 16, 20, 25, 32, 50, 64, 100, 128, 256, 512, 1024].map(
  (mib) => mib * 1024 ** 2,
);

/** What must be true of the bytes of an object; asks for the size of its parts where that is needed. */
export async function findProof(
  requests: Requests,
  place: Place,
  head: HeadObjectCommandOutput,
  ourPartBytes: number,
): Promise<Proof> {
  const proof = proofOf(head);
  if (proof) return proof;
  const value = unquoted(head.ETag);
  const count = partsOfEtag(value) ?? 1;
  const size = head.ContentLength ?? 0;
  const known = await firstPartBytes(requests, place, head);
  if (known !== undefined) {
    const fits = Math.ceil(size / known) === count;
    return fits ? { kind: "parts", value, partBytes: [known], certain: true } : { kind: "none" };
  }
  const candidates = [layoutOf(size, ourPartBytes).partBytes, ...COMMON_PART_BYTES];
  const partBytes = [...new Set(candidates)].filter((one) => Math.ceil(size / one) === count);
  return partBytes.length === 0 ? { kind: "none" } : { kind: "parts", value, partBytes, certain: false };
}

/** Undefined: the store pays no attention to part numbers and answers with the whole object. */
export async function firstPartBytes(
  requests: Requests,
  place: Place,
  head: Pick<HeadObjectCommandOutput, "ETag" | "ContentLength">,
): Promise<number | undefined> {
  const etag = unquoted(head.ETag);
  const first = await headObject(requests, place, { etag, partNumber: 1 });
  const size = first.ContentLength ?? 0;
  return size < (head.ContentLength ?? 0) || partsOfEtag(etag) === 1 ? size : undefined;
}

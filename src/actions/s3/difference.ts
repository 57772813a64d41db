import type { HeadObjectCommandOutput } from "@aws-sdk/client-s3";
import { type Entry, unquoted } from "./entry.ts";
import { UNKNOWN_SIZE } from "./manifest.ts";
import { compareEntries, compareHeads, hasMd5Etag, SOURCE_ETAG } from "./same.ts";

/** How an object of the second side differs from the first. */
export type Difference = "missing" | "extra" | "size" | "checksum";

export type Compared =
  | { readonly kind: "same" }
  | { readonly kind: "different"; readonly difference: Difference }
  | { readonly kind: "look-closer" };

/** By what listings or manifests tell. */
export function comparePair(source: Entry, target: Entry): Compared {
  if (source.sizeBytes === UNKNOWN_SIZE) {
    return source.etag === target.etag ? { kind: "same" } : { kind: "look-closer" };
  }
  if (source.sizeBytes !== target.sizeBytes) return { kind: "different", difference: "size" };
  return compareEntries(source, target) === "same" ? { kind: "same" } : { kind: "look-closer" };
}

/** By what HEAD tells; `source` is absent for a manifest. `undefined`: equal in size, and nothing more can be known. */
export function compareClosely(
  entry: Entry,
  source: HeadObjectCommandOutput | undefined,
  target: HeadObjectCommandOutput,
): Compared | undefined {
  if (source) {
    const sameness = compareHeads(source, target);
    if (sameness === "look-closer") return undefined;
    return sameness === "same" ? { kind: "same" } : { kind: "different", difference: "checksum" };
  }
  if (entry.etag === "") return undefined;
  if (unquoted(target.ETag) === entry.etag || target.Metadata?.[SOURCE_ETAG] === entry.etag) return { kind: "same" };
  const comparable = /^[0-9a-f]{32}$/.test(entry.etag) && hasMd5Etag(target);
  return comparable ? { kind: "different", difference: "checksum" } : undefined;
}

import type { Entry } from "./entry.ts";
import { failObject } from "./failed.ts";
import { headObject } from "./heads.ts";
import { shown } from "./location.ts";
import { compareHeads } from "./same.ts";
import type { Place, Transfer } from "./transfer.ts";

/** One object to be copied. */
export type CopyJob = {
  readonly from: Place;
  /** The source as it was listed. */
  readonly entry: Entry;
  readonly to: Place;
  /** Objects larger than this are copied in parts. */
  readonly multipartAbove: number;
};

/** For copies whose ETag cannot be that of the source: what HEAD tells of both must agree. */
export async function verifyCopy(
  { requests, log }: Pick<Transfer, "requests" | "log">,
  { from, to, entry }: Pick<CopyJob, "from" | "to" | "entry">,
): Promise<void> {
  const [source, target] = await Promise.all([
    headObject(requests, from, { etag: entry.etag }),
    headObject(requests, to),
  ]);
  const sameness = compareHeads(source, target);
  if (sameness === "different") {
    throw failObject("s3-verify-failed", `${shown(to)} is not the same as ${shown(from)} after copying`, {
      hint: "resume the run: it is copied again",
    });
  }
  if (sameness === "look-closer") log(`${shown(to)}: verified by its size only, the store has no common checksum`);
}

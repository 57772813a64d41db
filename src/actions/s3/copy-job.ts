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

/**
 * For copies whose ETag cannot be that of the source: what HEAD tells of both must agree, else it throws. False: equal
 * in size, and nothing more can be known.
 */
export async function isVerified(
  { requests }: Pick<Transfer, "requests">,
  { from, to, entry }: Pick<CopyJob, "from" | "to" | "entry">,
): Promise<boolean> {
  const heads = [headObject(requests, from, { etag: entry.etag }), headObject(requests, to)] as const;
  const sameness = compareHeads(...(await Promise.all(heads)));
  if (sameness !== "different") return sameness === "same";
  throw failObject("s3-verify-failed", `${shown(to)} is not the same as ${shown(from)} after copying`, {
    hint: "resume the run: it is copied again",
  });
}

/** `isVerified`, and where nothing more can be known, a word in the log. */
export async function verifyCopy(transfer: Pick<Transfer, "requests" | "log">, job: CopyJob): Promise<void> {
  if (await isVerified(transfer, job)) return;
  transfer.log(`${shown(job.to)}: verified by its size only, the store has no common checksum`);
}

import { fail } from "../failed.ts";
import { gapsOf } from "../range.ts";
import type { EraFile, Listing, ListRequest } from "./source.ts";

const BATCH = 100;
const WIDTH = 20;
/** An open range ends after this many batches in a row with fewer than `FEW` files each. */
const LEAN_BATCHES = 3;
const FEW = 5;

/**
 * Asks for `<network>-<era>.era` of every era, 20 at a time, in batches of 100; works only where names have no root.
 * An open range ends after three batches in a row with fewer than five files each. "Absent" counts as absent only when
 * the server said so: any other answer ends the probing with an error.
 */
export async function probeEras(
  request: ListRequest,
  probe: (name: string) => Promise<EraFile | "absent">,
): Promise<Listing> {
  const { network, range } = request;
  const files: EraFile[] = [];
  let asked = 0;
  let lean = 0;
  for (let start = range.from; range.to === undefined ? lean < LEAN_BATCHES : start <= range.to; start += BATCH) {
    const end = Math.min(start + BATCH - 1, range.to ?? Number.POSITIVE_INFINITY);
    const found = await probeBatch(start, end);
    files.push(...found);
    asked += end - start + 1;
    lean = found.length < FEW ? lean + 1 : 0;
    request.log?.(`eras ${start}-${end}: ${found.length} files`);
  }
  if (files.length === 0) throw nothing(request, asked);
  const eras = files.map((file) => file.era);
  return { files, gaps: gapsOf(range, eras), ambiguous: [], how: `asked for ${asked} names` };

  async function probeBatch(start: number, end: number): Promise<EraFile[]> {
    const found: EraFile[] = [];
    let next = start;
    const worker = async () => {
      while (next <= end) {
        const era = next++;
        const file = await probeEra(era);
        if (file !== undefined) found.push({ ...file, network, era });
      }
    };
    await Promise.all(Array.from({ length: WIDTH }, worker));
    return found.toSorted((a, b) => a.era - b.era);
  }

  async function probeEra(era: number): Promise<EraFile | undefined> {
    const padded = String(era).padStart(5, "0");
    for (const digits of new Set([padded, String(era)])) {
      const file = await probe(`${network}-${digits}.era`);
      if (file !== "absent") return file;
    }
    return undefined;
  }
}

function nothing({ network }: ListRequest, asked: number): Error {
  const message = `no index was found and none of ${asked} names such as ${network}-01400.era exists`;
  const hint =
    "names with a root cannot be guessed: put an index.txt with the names beside the files, or name the bucket as s3://BUCKET/PREFIX";
  return fail("era-source-without-index", message, { hint, retryable: false });
}

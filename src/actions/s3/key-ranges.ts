import { compareUtf8 } from "../../lib/compare-utf8.ts";
import type { Requests } from "./attempts.ts";
import type { Entry, EntryPages } from "./entry.ts";
import { type Folder, type KeyRange, listOnce, listPages } from "./list-pages.ts";

/** Ranges that are listed at the same time at most. */
export const MAX_RANGES = 8;
const MAX_DEPTH = 6;

/** Part of a listing. */
export type Part = {
  readonly range: KeyRange;
  readonly pages: EntryPages;
  /** All of it, where it has been read already. */
  readonly page?: readonly Entry[];
};

/**
 * The listing of a folder in parts that can be read at the same time; in order, they hold every key once. The first page
 * is a part as soon as it is there, and all there is of a small folder. The boundaries of the rest are sub-folders, a
 * hint only: any choice of boundaries is right, a good one is quicker.
 */
export async function* divide(requests: Requests, folder: Folder): AsyncGenerator<Part> {
  const { entries: page, truncated } = await listOnce(requests, folder, {});
  const last = page.at(-1)?.key;
  if (!truncated) {
    yield { range: {}, page, pages: once(page) };
    return;
  }
  if (last !== undefined) yield { range: { upTo: last }, page, pages: once(page) };
  for (const range of await rangesBehind(requests, folder, last)) {
    yield { range, pages: listPages(requests, folder, range) };
  }
}

async function rangesBehind(requests: Requests, folder: Folder, after = ""): Promise<readonly KeyRange[]> {
  const start = after === "" ? {} : { StartAfter: after };
  let prefix = folder.prefix;
  for (let depth = 0; depth < MAX_DEPTH; depth++) {
    const { folders, entries } = await listOnce(requests, { ...folder, prefix }, { Delimiter: "/", ...start });
    const behind = folders.filter((one) => compareUtf8(one, after) > 0);
    if (folders.length > 1) return rangesBetween(behind, MAX_RANGES, after);
    // One folder and nothing beside it: look inside.
    if (folders.length === 0 || entries.length > 0) break;
    prefix = folders[0]!;
  }
  return rangesBetween([], 1, after);
}

export async function* once(page: readonly Entry[]): EntryPages {
  if (page.length > 0) yield page;
}

/** A range of one folder as the range of another folder that holds the same keys below its prefix. */
export function movedRange({ after, upTo }: KeyRange, from: string, to: string): KeyRange {
  return {
    ...(after === undefined ? {} : { after: to + after.slice(from.length) }),
    ...(upTo === undefined ? {} : { upTo: to + upTo.slice(from.length) }),
  };
}

/**
 * What lies behind `start` (empty: everything) as at most `count` ranges with boundaries among `keys` (ascending, behind
 * `start`), about equally many of them in each; the last is open.
 */
export function rangesBetween(keys: readonly string[], count: number, start = ""): KeyRange[] {
  const wanted = Math.min(count, keys.length);
  const boundaries: string[] = [];
  // Not before the first key: nothing may be before it.
  for (let i = 1; i < wanted; i++) boundaries.push(keys[Math.floor((i * keys.length) / wanted)]!);
  return [start, ...boundaries].map((after, index) => {
    const upTo = boundaries[index];
    return { ...(after === "" ? {} : { after }), ...(upTo === undefined ? {} : { upTo }) };
  });
}

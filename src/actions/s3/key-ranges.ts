import type { Requests } from "./attempts.ts";
import type { Entry, EntryPages } from "./entry.ts";
import { decoder, entriesOf, type Folder, type KeyRange, listOnce, listPages } from "./list-pages.ts";

/** Ranges that are listed at the same time at most. */
export const MAX_RANGES = 8;
const MAX_DEPTH = 6;

/** A folder as ranges that can be listed at the same time; together they hold every key once. */
export type Division = {
  readonly ranges: readonly KeyRange[];
  /** All there is, when one page was enough to see it. */
  readonly whole?: readonly Entry[];
};

/**
 * A small prefix (one page) costs one call. The boundaries of a large one are sub-folders, a hint only: any choice of
 * boundaries is right, a good one is quicker.
 */
export async function divide(requests: Requests, folder: Folder): Promise<Division> {
  const first = await listOnce(requests, folder, {});
  if (!first.IsTruncated) return { ranges: [{}], whole: entriesOf(first) };
  let prefix = folder.prefix;
  for (let depth = 0; depth < MAX_DEPTH; depth++) {
    const page = await listOnce(requests, { ...folder, prefix }, { Delimiter: "/" });
    const decode = decoder(page);
    const folders = (page.CommonPrefixes ?? []).map(({ Prefix }) => decode(Prefix ?? ""));
    if (folders.length > 1) return { ranges: rangesBetween(folders, MAX_RANGES) };
    // One folder and nothing beside it: look inside.
    if (folders.length === 0 || (page.Contents?.length ?? 0) > 0) break;
    prefix = folders[0]!;
  }
  return { ranges: [{}] };
}

/** One range of a division, page by page. */
export function pagesOf(requests: Requests, folder: Folder, { whole }: Division, range: KeyRange): EntryPages {
  return whole ? once(whole) : listPages(requests, folder, range);
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

/** At most `count` ranges with boundaries among `keys` (ascending), about equally many of them in each; open at both ends. */
export function rangesBetween(keys: readonly string[], count: number): KeyRange[] {
  const wanted = Math.min(count, keys.length);
  const boundaries: string[] = [];
  // Not before the first key: that range would be empty.
  for (let i = 1; i < wanted; i++) boundaries.push(keys[Math.floor((i * keys.length) / wanted)]!);
  return [undefined, ...boundaries].map((after, index) => {
    const upTo = boundaries[index];
    return { ...(after === undefined ? {} : { after }), ...(upTo === undefined ? {} : { upTo }) };
  });
}

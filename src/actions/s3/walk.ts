import type { Requests } from "./attempts.ts";
import type { Entry } from "./entry.ts";
import { join, type Pair } from "./join.ts";
import { divide, movedRange, once } from "./key-ranges.ts";
import { type Folder, type KeyRange, listPages } from "./list-pages.ts";

/** One stretch of a comparison of two folders, to be walked at the same time as the others. */
export type Stretch = () => AsyncGenerator<readonly Pair[]>;

/** Two folders side by side, divided so that their listings come at the same time; `extras` as for `join`. */
export async function* walk(
  requests: Requests,
  source: Folder,
  target: Folder,
  extras: boolean,
): AsyncGenerator<Stretch> {
  const near = (range: KeyRange) => movedRange(range, source.prefix, target.prefix);
  for await (const { range, pages, page } of divide(requests, source)) {
    const there = page && !extras ? around(page, near) : near(range);
    const targetPages = there ? listPages(requests, target, there) : once([]);
    yield () => join({ pages, prefix: source.prefix }, { pages: targetPages, prefix: target.prefix }, extras);
  }
}

/** A few objects among perhaps very many at the target: only the stretch of the target where they belong is listed. */
function around(page: readonly Entry[], near: (range: KeyRange) => KeyRange): KeyRange | undefined {
  const [first, last] = [page[0], page.at(-1)];
  if (!first || !last) return undefined;
  const { after = "", upTo = "" } = near({ after: first.key, upTo: last.key });
  return { after: withoutLast(after), upTo };
}

/** Sorts before the text and everything that begins with it. By code points: half of a pair cannot be sent. */
function withoutLast(text: string): string {
  return Array.from(text).slice(0, -1).join("");
}

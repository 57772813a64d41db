import type { Requests } from "./attempts.ts";
import type { Entry } from "./entry.ts";
import { join, type Pair } from "./join.ts";
import { divide, movedRange, once, pagesOf } from "./key-ranges.ts";
import { type Folder, listPages } from "./list-pages.ts";

/** One stretch of a comparison of two folders, to be walked at the same time as the others. */
export type Stretch = () => AsyncGenerator<readonly Pair[]>;

/** Two folders side by side, divided so that their listings come at the same time; `extras` as for `join`. */
export async function walk(
  requests: Requests,
  source: Folder,
  target: Folder,
  extras: boolean,
): Promise<readonly Stretch[]> {
  const division = await divide(requests, source);
  if (division.whole && !extras) return [nearby(requests, source, target, division.whole)];
  return division.ranges.map(
    (range) => () =>
      join(
        { pages: pagesOf(requests, source, division, range), prefix: source.prefix },
        {
          pages: listPages(requests, target, movedRange(range, source.prefix, target.prefix)),
          prefix: target.prefix,
        },
        extras,
      ),
  );
}

/** A few objects among perhaps very many at the target: only the stretch of the target where they belong is listed. */
function nearby(requests: Requests, source: Folder, target: Folder, whole: readonly Entry[]): Stretch {
  const [first, last] = [whole[0], whole.at(-1)];
  const near = (key: string) => target.prefix + key.slice(source.prefix.length);
  const range = { after: withoutLast(near(first?.key ?? "")), upTo: near(last?.key ?? "") };
  return () =>
    join(
      { pages: once(whole), prefix: source.prefix },
      { pages: whole.length === 0 ? once([]) : listPages(requests, target, range), prefix: target.prefix },
      false,
    );
}

/** Sorts before the text and everything that begins with it. By code points: half of a pair cannot be sent. */
function withoutLast(text: string): string {
  return Array.from(text).slice(0, -1).join("");
}

import { compareUtf8 } from "../../lib/compare-utf8.ts";
import { type Entry, type EntryPages, relative } from "./entry.ts";
import { failAll } from "./failed.ts";

/** What a key below both prefixes is on either side. */
export type Pair =
  | { readonly kind: "both"; readonly source: Entry; readonly target: Entry }
  | { readonly kind: "source-only"; readonly source: Entry }
  | { readonly kind: "target-only"; readonly target: Entry };

export type JoinSide = { readonly pages: EntryPages; readonly prefix: string };

/**
 * Walks two sorted listings side by side by the keys below their prefixes. Holds one page of each. Without `extras`,
 * keys that only the target has are left out, and nothing is read behind the last key of the source.
 */
export async function* join(source: JoinSide, target: JoinSide, extras: boolean): AsyncGenerator<readonly Pair[]> {
  const left = new Cursor(source);
  const right = new Cursor(target);
  let pairs: Pair[] = [];
  for (;;) {
    if (!left.ready() || !right.ready()) {
      if (pairs.length > 0) yield pairs;
      pairs = [];
      await Promise.all([left.load(), right.load()]);
    }
    const order = compareCursors(left, right);
    if (order === undefined || (!extras && left.key === undefined)) break;
    if (order > 0 && !extras) right.take();
    else if (order < 0) pairs.push({ kind: "source-only", source: left.take() });
    else if (order > 0) pairs.push({ kind: "target-only", target: right.take() });
    else pairs.push({ kind: "both", source: left.take(), target: right.take() });
  }
  if (pairs.length > 0) yield pairs;
}

/** Which side is behind; undefined when both are at their end. */
function compareCursors(left: Cursor, right: Cursor): number | undefined {
  if (left.key === undefined) return right.key === undefined ? undefined : 1;
  return right.key === undefined ? -1 : compareUtf8(left.key, right.key);
}

class Cursor {
  readonly #iterator: AsyncIterator<readonly Entry[]>;
  readonly #prefix: string;
  #page: readonly Entry[] = [];
  #at = 0;
  #ended = false;
  /** The key below the prefix where the cursor stands; undefined at the end. */
  key: string | undefined;

  constructor({ pages, prefix }: JoinSide) {
    this.#iterator = pages[Symbol.asyncIterator]();
    this.#prefix = prefix;
  }

  ready(): boolean {
    return this.#ended || this.#at < this.#page.length;
  }

  async load(): Promise<void> {
    while (!this.ready()) {
      const next = await this.#iterator.next();
      this.#ended = next.done === true;
      this.#page = next.done ? [] : next.value;
      this.#at = 0;
      this.#stand();
    }
  }

  take(): Entry {
    const entry = this.#page[this.#at++]!;
    this.#stand();
    return entry;
  }

  #stand(): void {
    const before = this.key;
    const entry = this.#page[this.#at];
    if (!entry) {
      if (this.#ended) this.key = undefined;
      return;
    }
    this.key = relative(entry, this.#prefix);
    if (before === undefined || compareUtf8(before, this.key) < 0) return;
    throw failAll("s3-unsorted-listing", `the store lists ${entry.key} behind ${this.#prefix}${before}: not in order`, {
      hint: "this kind of bucket (for example an S3 directory bucket) cannot be compared by its listing",
      retryable: false,
    });
  }
}

import { compareUtf8 } from "../../../lib/compare-utf8.ts";

const PAGE_KEYS = 512;

/**
 * Keys in the order S3 lists them (UTF-8 bytes), as pages of at most 512, so that inserting and listing stay quick with
 * a million keys and both at once.
 */
export class SortedKeys {
  #pages: string[][] = [];

  add(key: string): void {
    const index = this.#pageOf(key);
    const page = this.#pages[index];
    if (!page) {
      this.#pages.push([key]);
      return;
    }
    const at = lowerBound(page, key);
    if (page[at] === key) return;
    page.splice(at, 0, key);
    if (page.length > PAGE_KEYS) this.#pages.splice(index + 1, 0, page.splice(PAGE_KEYS / 2));
  }

  delete(key: string): void {
    const index = this.#pageOf(key);
    const page = this.#pages[index];
    const at = page ? lowerBound(page, key) : -1;
    if (!page || page[at] !== key) return;
    page.splice(at, 1);
    if (page.length === 0) this.#pages.splice(index, 1);
  }

  /** Keys from `first` on, inclusive. The collection must not change while the generator is in use. */
  *from(first: string): Generator<string> {
    let at: number | undefined;
    for (let index = this.#pageOf(first); index < this.#pages.length; index++) {
      const page = this.#pages[index]!;
      for (let i = at === undefined ? lowerBound(page, first) : 0; i < page.length; i++) yield page[i]!;
      at = 0;
    }
  }

  /** The page that holds or would hold `key`: the last one that starts at or before it. */
  #pageOf(key: string): number {
    let low = 0;
    let high = this.#pages.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if (compareUtf8(this.#pages[middle]![0]!, key) <= 0) low = middle + 1;
      else high = middle;
    }
    return Math.max(0, low - 1);
  }
}

function lowerBound(page: readonly string[], key: string): number {
  let low = 0;
  let high = page.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (compareUtf8(page[middle]!, key) < 0) low = middle + 1;
    else high = middle;
  }
  return low;
}

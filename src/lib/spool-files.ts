import { rm } from "node:fs/promises";
import { join } from "node:path";

/**
 * Files through which data goes on to something that reads them by their path. A file is written over and over: to make and
 * remove one for every piece costs a file system more than the bytes do. As many come to be as are in use at once.
 */
export class SpoolFiles {
  readonly #directory: string;
  readonly #prefix: string;
  readonly #free: string[] = [];
  #made = 0;

  /** @param prefix of the files' names */
  constructor(directory: string, prefix: string) {
    this.#directory = directory;
    this.#prefix = prefix;
  }

  /** Lends a path: nothing is there yet, or a file with old content. A file that `work` failed with is removed. */
  async lend<T>(work: (path: string) => Promise<T>): Promise<T> {
    const path = this.#free.pop() ?? join(this.#directory, `${this.#prefix}-${++this.#made}`);
    try {
      const result = await work(path);
      this.#free.push(path);
      return result;
    } catch (error) {
      await rm(path, { force: true });
      throw error;
    }
  }

  /** Removes the files that are not lent. */
  async clear(): Promise<void> {
    for (const path of this.#free.splice(0)) await rm(path, { force: true });
  }
}

import { appendFileSync, readFileSync, rmSync } from "node:fs";

/** Which ranges of a temporary file have been written, one line each, beside the file. */
export type RangeLedger = {
  readonly done: ReadonlySet<number>;
  add(part: number): void;
  remove(): void;
};

/**
 * A line counts only with its line break. After a power loss a line may speak of bytes that never reached the disk: the
 * verification of the whole file finds that, and the download begins anew.
 */
export function rangeLedger(path: string): RangeLedger {
  const done = new Set<number>();
  for (const line of readIfThere(path).split("\n").slice(0, -1)) if (/^\d+$/.test(line)) done.add(Number(line));
  return {
    done,
    add(part) {
      appendFileSync(path, `${part}\n`);
      done.add(part);
    },
    remove() {
      rmSync(path, { force: true });
      done.clear();
    },
  };
}

function readIfThere(path: string): string {
  try {
    return readFileSync(path, "utf8");
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return "";
    throw error;
  }
}

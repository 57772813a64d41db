import { once } from "node:events";
import { createWriteStream, mkdirSync, type WriteStream } from "node:fs";
import { rm } from "node:fs/promises";
import { dirname } from "node:path";
import { publishFile } from "../../lib/atomic-file.ts";
import type { Difference } from "./difference.ts";

export type Found = {
  readonly difference: Difference;
  /** Below the prefix. */
  readonly key: string;
  readonly expectedBytes?: number;
  readonly foundBytes?: number;
};

/** Where differences go: a file that gets its name only when it is complete, and the first few in memory. */
export type DifferenceFile = {
  readonly first: readonly Found[];
  /** Waits while the disk is behind. */
  add(found: Found): Promise<void>;
  publish(): Promise<void>;
  /** Removes what was not published. */
  discard(): Promise<void>;
};

const SHOWN = 10;

export function differenceFile(path: string | undefined): DifferenceFile {
  const first: Found[] = [];
  const temporary = `${path}.runsheet-writing`;
  let stream: WriteStream | undefined;
  const open = () => {
    if (path === undefined) return undefined;
    if (!stream) {
      mkdirSync(dirname(path), { recursive: true });
      stream = createWriteStream(temporary);
    }
    return stream;
  };
  return {
    first,
    async add(found) {
      if (first.length < SHOWN) first.push(found);
      const out = open();
      if (out && !out.write(`${JSON.stringify(found)}\n`)) await once(out, "drain");
    },
    async publish() {
      const out = open();
      if (!out || path === undefined) return;
      out.end();
      await once(out, "close");
      await publishFile(temporary, path);
    },
    async discard() {
      if (!stream) return;
      stream.destroy();
      await rm(temporary, { force: true });
    },
  };
}

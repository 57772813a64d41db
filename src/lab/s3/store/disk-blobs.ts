import { randomUUID } from "node:crypto";
import { createReadStream, mkdirSync, readdirSync, rmSync } from "node:fs";
import { type FileHandle, open, rm } from "node:fs/promises";
import { join } from "node:path";
import type { BlobId, BlobStore } from "./blobs.ts";

/** Blobs as files in `dir`. Call `sweep` once the index has been read, to remove what a kill left unretained. */
export function diskBlobs(dir: string): BlobStore & { sweep(): void } {
  mkdirSync(dir, { recursive: true });
  const users = new Map<BlobId, number>();
  return {
    create() {
      const id = randomUUID();
      let file: Promise<FileHandle> | undefined;
      const opened = () => {
        file ??= open(join(dir, id), "wx");
        return file;
      };
      return {
        async write(piece) {
          await (await opened()).writeFile(piece);
        },
        async finish() {
          await (await opened()).close();
          return id;
        },
        async discard() {
          await (await file)?.close();
          await rm(join(dir, id), { force: true });
        },
      };
    },
    async *read({ blob, start, end }) {
      if (start < end) yield* createReadStream(join(dir, blob), { start, end: end - 1 });
    },
    retain: (id) => void users.set(id, (users.get(id) ?? 0) + 1),
    release(id) {
      const left = (users.get(id) ?? 0) - 1;
      if (left > 0) users.set(id, left);
      else {
        users.delete(id);
        rmSync(join(dir, id), { force: true });
      }
    },
    sweep() {
      for (const name of readdirSync(dir)) if (!users.has(name)) rmSync(join(dir, name));
    },
  };
}

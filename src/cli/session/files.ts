import { closeSync, mkdirSync, openSync, writeSync } from "node:fs";
import { open } from "node:fs/promises";
import { join } from "node:path";
import { failure } from "../../domain/failure.ts";
import type { Files } from "../../domain/ports.ts";

/** The engine's few files on the real disk. */
export const realFiles: Files = {
  readText: async (path, maxBytes) => {
    try {
      const handle = await open(path, "r");
      try {
        const { size } = await handle.stat();
        if (size > maxBytes) {
          return {
            kind: "failed",
            failure: failure("file-too-large", `${path} has ${size} bytes; the limit is ${maxBytes}`),
          };
        }
        return { kind: "ok", text: await handle.readFile("utf8") };
      } finally {
        await handle.close();
      }
    } catch (error) {
      return { kind: "failed", failure: failure("file-unreadable", `${path}: ${(error as Error).message}`) };
    }
  },
  openLog: (dir) => {
    mkdirSync(dir, { recursive: true, mode: 0o700 });
    const fd = openSync(join(dir, "out"), "a", 0o600);
    let open = true;
    return {
      line: (text) => {
        if (open) writeSync(fd, `${text}\n`);
      },
      close: async () => {
        if (open) closeSync(fd);
        open = false;
      },
    };
  },
};

/** Real time. A sleep does not keep the process alive by itself longer than what waits for it. */
export const realClock = {
  monotonicMs: () => performance.now(),
  wallMs: () => Date.now(),
  sleep: (ms: number, signal?: AbortSignal): Promise<void> =>
    new Promise((resolve) => {
      if (signal?.aborted) return resolve();
      const done = (): void => {
        clearTimeout(timer);
        signal?.removeEventListener("abort", done);
        resolve();
      };
      // setTimeout cannot wait longer than 2^31 - 1 ms.
      const timer = setTimeout(done, Math.min(ms, 2_147_483_647));
      signal?.addEventListener("abort", done, { once: true });
    }),
};

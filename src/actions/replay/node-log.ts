import { open } from "node:fs/promises";

/** What the end of a node's log tells of the node. */
export type LogNews =
  | { readonly kind: "running"; readonly sizeBytes: number }
  /** nodeos says so when --terminate-at-block ends it. */
  | { readonly kind: "reached" }
  /** The script that started nodeos says so when it ended in another way. */
  | { readonly kind: "stopped"; readonly line: string }
  | { readonly kind: "nothing" };

const TAIL_BYTES = 64 * 1024;

/** Reads the last lines of a log; what stands last counts, because a log may hold several lives of a node. */
export async function readNodeLog(path: string): Promise<LogNews> {
  try {
    const file = await open(path, "r");
    try {
      const { size } = await file.stat();
      const tail = Buffer.alloc(Math.min(size, TAIL_BYTES));
      await file.read(tail, 0, tail.length, size - tail.length);
      return newsOf(tail.toString("latin1").split("\n"), size);
    } finally {
      await file.close();
    }
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return { kind: "nothing" };
    throw error;
  }
}

function newsOf(lines: readonly string[], sizeBytes: number): LogNews {
  const line = lines.findLast((one) => /^run-node: |reached configured maximum block \d+; terminating/.test(one));
  if (line === undefined || /^run-node: start/.test(line)) return { kind: "running", sizeBytes };
  if (!/^run-node: /.test(line)) return { kind: "reached" };
  // A clean end is one at the last block, or one that somebody asked for.
  const reached = lines.some((one) => /reached configured maximum block \d+; terminating/.test(one));
  return reached && / code 0$/.test(line) ? { kind: "reached" } : { kind: "stopped", line };
}

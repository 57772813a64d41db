import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";

const LOOK_EVERY_MS = 1_000;
const WORTH_IT_BYTES = 32 << 20;

/**
 * Gives back what a start, or the journal of a long run, left behind: V8 keeps room for such bursts as long as little happens
 * afterwards, and a screen is open for days. It takes some 80 ms, so nobody may be typing. Returns a function that ends it.
 */
export function spareMemory(quietMs: () => number): () => void {
  let kept = 0;
  const timer = setInterval(() => {
    if (quietMs() < LOOK_EVERY_MS || process.memoryUsage.rss() < kept + WORTH_IT_BYTES) return;
    collectGarbage();
    kept = process.memoryUsage.rss();
  }, LOOK_EVERY_MS);
  timer.unref();
  return () => clearInterval(timer);
}

function collectGarbage(): void {
  setFlagsFromString("--expose-gc");
  const gc: NodeJS.GCFunction = runInNewContext("gc");
  // Compiled code is kept between starts under the flags of the process.
  setFlagsFromString("--no-expose-gc");
  gc({ type: "major", execution: "sync", flavor: "last-resort" });
}

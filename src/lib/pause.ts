import { setTimeout as delay } from "node:timers/promises";

/** Waits (at most 24 days at a time), and ends early when the signal is aborted. Says whether the time has passed. */
export async function pause(milliseconds: number, signal: AbortSignal): Promise<boolean> {
  if (signal.aborted) return false;
  try {
    // A longer timer would overflow and fire at once.
    await delay(Math.min(milliseconds, 2 ** 31 - 1), undefined, { signal });
    return true;
  } catch (error) {
    if ((error as Error).name === "AbortError") return false;
    throw error;
  }
}

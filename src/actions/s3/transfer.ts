import type { Requests } from "./attempts.ts";
import type { ByteBudget } from "./byte-budget.ts";
import type { Store } from "./connect.ts";
import type { CopyRequests } from "./copy-requests.ts";
import type { Meter } from "./meter.ts";
import type { UploadLedger } from "./upload-ledger.ts";

/** What all objects of one transfer share. */
export type Transfer = {
  readonly requests: Requests;
  readonly ledger: UploadLedger;
  readonly meter: Meter;
  readonly budget: ByteBudget;
  readonly attemptId: string;
  readonly partBytes: number;
  readonly copyRequests: CopyRequests;
  log(line: string): void;
};

/** One object's place in a store. */
export type Place = { readonly store: Store; readonly bucket: string; readonly key: string };

/** How long a request that moves or copies so many bytes may take until its answer begins. */
export function patienceMs(bytes: number): number {
  const slowestBytesPerS = 4 * 1024 ** 2;
  return 60_000 + Math.ceil(bytes / slowestBytesPerS) * 1000;
}

/** Runs `work` over `items`, at most `width` at a time; ends with the first error, after those in flight have ended. */
export async function eachOf<T>(
  items: Iterable<T> | AsyncIterable<T>,
  width: number,
  work: (item: T) => Promise<void>,
): Promise<void> {
  const iterator = Symbol.asyncIterator in items ? items[Symbol.asyncIterator]() : items[Symbol.iterator]();
  let failed: { readonly error: unknown } | undefined;
  const run = async () => {
    try {
      for (let next = await iterator.next(); !next.done && !failed; next = await iterator.next())
        await work(next.value);
    } catch (error) {
      failed ??= { error };
    }
  };
  await Promise.all(Array.from({ length: width }, run));
  if (failed) throw (failed as { error: unknown }).error;
}

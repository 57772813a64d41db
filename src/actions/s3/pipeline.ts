import { Channel } from "./channel.ts";
import { Failed, toFailed } from "./failed.ts";

export type Pipeline<T> = {
  /** Producers run at the same time, at most `producersAtOnce` of them; each hands on items and waits while the house is full. */
  readonly producers: readonly ((put: (item: T) => Promise<void>) => Promise<void>)[];
  readonly producersAtOnce: number;
  /** Items worked on at the same time. */
  readonly workers: number;
  /** A thrown `Failed` of one object is handed to `onFailed`, and the rest goes on; one that stops all ends everything. */
  work(item: T): Promise<void>;
  /** May throw to end everything. */
  onFailed(item: T, failed: Failed): void;
  /** Called once, at the first error that ends everything: time to give up what is in flight. */
  onStop?(error: unknown): void;
};

/**
 * Producing and working overlap, with at most `4 x workers` items between them. Throws the first `Failed` that stops
 * all, after everything in flight has ended; throws errors that are bugs of ours likewise.
 */
export async function runPipeline<T>(pipeline: Pipeline<T>): Promise<void> {
  const channel = new Channel<T>(pipeline.workers * 4);
  let end: { readonly error: unknown } | undefined;
  const stop = (error: unknown) => {
    if (end) return;
    end = { error };
    channel.cancel();
    pipeline.onStop?.(error);
  };
  const put = async (item: T) => {
    if (!(await channel.put(item))) throw STOPPED;
  };
  const waiting = [...pipeline.producers];
  const produce = async () => {
    for (let next = waiting.shift(); next && !end; next = waiting.shift()) await next(put);
  };
  const work = async () => {
    for await (const item of channel) {
      try {
        await pipeline.work(item);
      } catch (error) {
        const failed = toFailed(error);
        if (failed.stopsAll) throw failed;
        pipeline.onFailed(item, failed);
      }
    }
  };
  const producing = Promise.all(Array.from({ length: pipeline.producersAtOnce }, () => produce().catch(stop)));
  const working = Promise.all(Array.from({ length: pipeline.workers }, () => work().catch(stop)));
  await producing;
  channel.close();
  await working;
  if (end && end.error !== STOPPED) throw end.error;
}

/** Ends a producer whose items nobody takes any more. */
const STOPPED = new Failed({ code: "stopped", message: "stopped" }, true);

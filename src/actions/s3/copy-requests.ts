import { availableParallelism } from "node:os";
import type { Environment } from "./connect.ts";
import { type CopyCrew, copyCrew } from "./copy-crew.ts";
import type { Connection } from "./fields.ts";
import type { CopyRequests } from "./transfer.ts";

/** So many copies are sent from the main thread before others are started, which costs half a second of work each. */
const ALONE = 1000;
const MAX_THREADS = 4;

export type CopyRequestsOptions = {
  readonly connection: Connection;
  readonly env: Environment;
  readonly concurrency: number;
  readonly threads?: number | undefined;
  readonly onAnswer: (throttled: boolean) => void;
};

/** Sends the first copies itself and leaves the rest to a crew of threads, one per core (four at most). */
export function copyRequests(options: CopyRequestsOptions): CopyRequests & { close(): void } {
  const threads = options.threads ?? Math.min(MAX_THREADS, availableParallelism());
  let sent = 0;
  let crew: CopyCrew | undefined;
  return {
    async send(store, input, sendOptions) {
      sent++;
      if (sent > ALONE && threads > 1) {
        crew ??= copyCrew({ ...options, threads, sockets: Math.ceil(options.concurrency / threads) + 1 });
        if (crew.alive) return crew.copy(input, sendOptions);
      }
      const answer = await store.client.send(new store.sdk.CopyObjectCommand(input), sendOptions);
      return answer.CopyObjectResult?.ETag;
    },
    close: () => crew?.close(),
  };
}

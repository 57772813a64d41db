import { closeSync, openSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";

/** How the migrations behave in a lab: `SU_LAB_TROUBLES` holds this as JSON. */
export type MigrationTroubles = {
  /** Time that each batch takes. */
  readonly batchMs?: number;
  /** RocksDB's real lock: one writing program per directory at a time. */
  readonly exclusive?: boolean;
  /** The batch that holds this message goes wrong so many times: half written and a panic, or skipped with exit code 0. */
  readonly failAt?: { readonly message: number; readonly times: number; readonly how: "panics" | "skips" };
  /** Where it is counted how often something went wrong already. */
  readonly countDir?: string;
};

export function readTroubles(): MigrationTroubles {
  return JSON.parse(process.env.SU_LAB_TROUBLES ?? "{}") as MigrationTroubles;
}

/** Does the batch from `from` to `to` go wrong now? Counts across processes. */
export function strikes(
  { failAt, countDir }: MigrationTroubles,
  from: number,
  to: number,
): "panics" | "skips" | undefined {
  if (!failAt || !countDir || failAt.message < from || failAt.message >= to) return undefined;
  for (let time = 0; time < failAt.times; time++) {
    try {
      closeSync(openSync(join(countDir, `failed-${failAt.message}-${time}`), "wx"));
      return failAt.how;
    } catch {
      // This one was used up by an earlier attempt.
    }
  }
  return undefined;
}

export async function workFor({ batchMs }: MigrationTroubles): Promise<void> {
  if (batchMs) await delay(batchMs);
}

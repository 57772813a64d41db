import { throwIfStopped } from "../failed.ts";
import { partitionsOf } from "../load/sweep.ts";
import { type EraDatabase, tableIn } from "../schema/era-database.ts";

export type Optimized = { readonly partitions: number; readonly partsBefore: number };

/** Merges every partition that has several parts into one, table by table. Readers are not disturbed. */
export async function optimizeTables(
  target: EraDatabase,
  options: {
    readonly signal?: AbortSignal | undefined;
    readonly onProgress?: ((done: number, total: number, note: string) => void) | undefined;
  } = {},
): Promise<Optimized> {
  const many = (await partitionsOf(target, undefined)).filter(({ parts }) => parts > 1);
  for (const [index, { table, partition, era }] of many.entries()) {
    throwIfStopped(options.signal);
    options.onProgress?.(index, many.length, `${table}, era ${era}`);
    await target.clickhouse.command(`OPTIMIZE TABLE ${tableIn(target, table)} PARTITION ID '${partition}' FINAL`);
  }
  options.onProgress?.(many.length, many.length, "done");
  return { partitions: many.length, partsBefore: many.reduce((sum, { parts }) => sum + parts, 0) };
}

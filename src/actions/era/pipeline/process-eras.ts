import type { Failure } from "../../../domain/failure.ts";
import { Gate } from "../download/gate.ts";
import { sweepLeftovers } from "../load/sweep.ts";
import { inParallel } from "../parallel.ts";
import { pause } from "../retry.ts";
import type { EraFile } from "../source/source.ts";
import { type EraResult, type ProcessOptions, processEra } from "./process-era.ts";

export type ProcessSummary = {
  /** In the order of the eras. */
  readonly eras: readonly EraResult[];
  readonly durationMs: number;
  /** Why the work ended before all eras were tried, if it did. */
  readonly stoppedBy: Failure | undefined;
};

/** Troubles that every further era would meet as well. */
const ENDS_ALL = new Set([
  ...["stopped", "disk-full", "file-permission", "clickhouse-unreachable", "clickhouse-access"],
  ...["clickhouse-certificate", "era-source-certificate"],
  ...["era-source-credentials", "era-source-refused", "era-database-network", "era-database-values"],
]);

/** Downloads run this many eras ahead of the loads: enough to hide the network, few enough for the disk. */
const AHEAD = 2;
const TAKEN_POLL_MS = 1000;

/**
 * Downloads, loads and cleans up the given eras, after what killed loaders left was removed. An era that fails does not stop the others, unless the reason would stop
 * them as well. Eras that another loader holds are waited for at the end: done by it, or by us when it gave up.
 */
export async function processEras(files: readonly EraFile[], options: ProcessOptions): Promise<ProcessSummary> {
  const began = performance.now();
  const results = new Map<number, EraResult>();
  const loads = new Gate(options.jobs);
  let stoppedBy: Failure | undefined;
  const taken: EraFile[] = [];

  const settle = (file: EraFile, result: EraResult) => {
    results.set(file.era, result);
    options.onResult?.(result, results.size, files.length);
    if (result.kind === "failed" && ENDS_ALL.has(result.failure.code)) stoppedBy ??= result.failure;
  };
  const first = async (file: EraFile) => {
    const result = await processEra(file, options, loads);
    if (result.kind === "taken") {
      options.log?.(`era ${file.era} is being loaded by ${result.by}: looked at again later`);
      taken.push(file);
    } else settle(file, result);
  };
  const width = options.download.inPlace ? options.jobs : options.jobs + AHEAD;
  const { target } = options;
  if (target !== undefined) {
    for (const thing of await sweepLeftovers(target, options.owner))
      options.log?.(`removed ${thing}, left by an earlier load`);
  }
  await inParallel(files, width, first, () => stoppedBy !== undefined);
  for (const file of taken) {
    if (stoppedBy !== undefined) break;
    settle(file, await waitFor(file, options, loads));
  }
  for (const file of files) {
    if (!results.has(file.era)) results.set(file.era, { kind: "not-started", era: file.era, name: file.name });
  }
  const eras = files.map(({ era }) => results.get(era)!);
  return { eras, durationMs: performance.now() - began, stoppedBy };
}

async function waitFor(file: EraFile, options: ProcessOptions, loads: Gate): Promise<EraResult> {
  for (;;) {
    const result = await processEra(file, options, loads);
    if (result.kind !== "taken") return result;
    options.onWait?.(file.era, result.by);
    const stopped = await pause(TAKEN_POLL_MS * (0.5 + Math.random()), options.signal).then(
      () => false,
      () => true,
    );
    if (stopped) return { kind: "not-started", era: file.era, name: file.name };
  }
}

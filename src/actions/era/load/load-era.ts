import { faultPoint } from "../../../lib/fault-point.ts";
import { type DatasetName, decodeEra, type EraSummary } from "../decode/index.ts";
import { throwIfStopped } from "../failed.ts";
import { pause } from "../retry.ts";
import type { EraDatabase } from "../schema/era-database.ts";
import type { Lease } from "./lease.ts";
import { afterFailure, commit, draftRow } from "./load-record.ts";
import type { Owner } from "./owner.ts";
import { demandCounts, type Load, publish, Staging } from "./staging.ts";
import { attemptsBefore, publishedLoads, type StateRow, writeState } from "./state-rows.ts";
import { sweepEra } from "./sweep.ts";

export type LoadEraOptions = {
  readonly target: EraDatabase;
  readonly era: number;
  /** The file on disk. */
  readonly path: string;
  /** Its name at the source, which says network, era and root. */
  readonly fileName: string;
  /** Where it came from, for the record. */
  readonly source: string;
  readonly datasets: readonly DatasetName[];
  /** Load although it is complete; readers keep the old rows until the new ones are all there. */
  readonly force: boolean;
  /** The file came without its state: the checks that need it cannot be made. */
  readonly stateSkipped: boolean;
  readonly owner: Owner;
  readonly chunkBytes?: number | undefined;
  /** Rows per insert at most. Default: as many as a chunk has. */
  readonly insertRows?: number | undefined;
  readonly workers?: number | undefined;
  readonly signal?: AbortSignal | undefined;
  readonly log?: ((line: string) => void) | undefined;
  readonly onProgress?: ((done: number, total: number) => void) | undefined;
};

export type LoadedEra = {
  /** `already`: complete before, nothing was done. */
  readonly kind: "loaded" | "already";
  readonly rows: { readonly [dataset in DatasetName]?: number };
  readonly totalRows: number;
  readonly fileBytes: number;
  readonly nativeBytes: number;
  readonly durationMs: number;
  /** Of it, time in which an insert was under way. */
  readonly insertMs: number;
};

/** Readers plan a query in milliseconds; one that planned on the old rows must not meet a set of loads without them. */
const SETTLE_MS = 300;

/**
 * Loads one era under its lease, all or nothing:
 *
 * A1 rows go into staging tables, then per table at one instant into the tables, where no reader sees them;
 * A2 one insert into `era_completion` makes all tables' rows visible, and in place of an earlier load's;
 * A3 before that insert nothing visible has changed, whatever ends this process; after it nothing is missing;
 * A4 what a load leaves behind is removed by the next holder of the lease, never by anybody else.
 *
 * Throws `Failed`, EraFormatError or the file system's error, after the failure was recorded and the staging removed.
 * After success the staging tables, and the rows of a load that was replaced, are still there: `tidyEra` removes them.
 */
export async function loadEra(lease: Lease, options: LoadEraOptions): Promise<LoadedEra> {
  const { target, era } = options;
  const before = await publishedLoads(target, era);
  const datasets = options.datasets.filter((dataset) => options.force || !before.has(dataset));
  if (datasets.length === 0) return { ...NOTHING, kind: "already" };
  for (const removed of await sweepEra(target, era))
    options.log?.(`era ${era}: removed ${removed}, left by an earlier load`);
  const load: Load = { target, era, loadId: newLoadId() };
  const attempt = (await attemptsBefore(target, era)) + 1;
  const draft = draftRow(options, datasets, load.loadId, attempt);
  await writeState(target, { ...draft, status: "processing" });
  faultPoint("era.processing");
  try {
    return await carryOut(load, lease, draft, options, before);
  } catch (error) {
    throw await afterFailure(load, draft, options, error);
  }
}

/** After `loadEra`, under the same lease: what is left now, the next load or clean of the era would remove as well. */
export async function tidyEra({ target, era, log }: Pick<LoadEraOptions, "target" | "era" | "log">): Promise<void> {
  await sweepEra(target, era).catch((error) => log?.(`era ${era}: ${String(error)}; removed by the next load of it`));
  faultPoint("era.tidied");
}

async function carryOut(
  load: Load,
  lease: Lease,
  draft: StateRow,
  options: LoadEraOptions,
  before: ReadonlyMap<DatasetName, bigint>,
): Promise<LoadedEra> {
  const signal = options.signal === undefined ? lease.lost : AbortSignal.any([options.signal, lease.lost]);
  const began = performance.now();
  const { summary, insertMs } = await stage(load, draft.datasets, options, signal);
  const rows = summary.rows;
  await demandCounts(load, "staged", rows);
  faultPoint("era.staged");
  throwIfStopped(signal);
  await publish(load, rows, () => faultPoint("era.published"));
  await demandCounts(load, "published", rows);
  if (draft.datasets.some((dataset) => before.has(dataset))) await pause(SETTLE_MS, signal);
  throwIfStopped(signal);
  await lease.demandHeld();
  faultPoint("era.before-commit");
  const durationMs = performance.now() - began;
  const { stateChecked, root = "", bytes } = summary;
  const done = { ...draft, status: "completed", rows, root, stateChecked, fileBytes: bytes, durationMs } as const;
  await commit(load, done, options);
  faultPoint("era.committed");
  // The era is complete from here on; what is left to remove, the next load or clean would remove as well.
  await sweepEra(load.target, load.era).catch((error) =>
    options.log?.(`era ${load.era}: ${String(error)}; removed later`),
  );
  const { totalRows, nativeBytes } = summary;
  return { kind: "loaded", rows, totalRows, fileBytes: bytes, nativeBytes, durationMs, insertMs };
}

/** While ClickHouse works on one, another is on its way to it, and a third ends or begins. */
const INSERTS_AT_ONCE = 3;

async function stage(
  load: Load,
  datasets: readonly DatasetName[],
  options: LoadEraOptions,
  signal: AbortSignal,
): Promise<{ summary: EraSummary; insertMs: number }> {
  const staging = new Staging(load, datasets);
  let insertMs = 0;
  try {
    const summary = await decodeEra(
      options.path,
      {
        network: load.target.network,
        era: load.era,
        fileName: options.fileName,
        values: load.target.values,
        datasets,
        state: options.stateSkipped ? "optional" : "required",
        constantColumns: [{ name: "load_id", type: "UInt64", value: load.loadId }],
        signal,
        sinkCalls: INSERTS_AT_ONCE,
        ...(options.chunkBytes === undefined ? {} : { chunkBytes: options.chunkBytes }),
        ...(options.workers === undefined ? {} : { workers: options.workers }),
        onProgress: (progress) => options.onProgress?.(progress.bytes, progress.totalBytes),
      },
      async (chunk) => {
        const from = performance.now();
        await staging.add(chunk, signal, options.insertRows);
        insertMs += performance.now() - from;
        faultPoint("era.chunk");
      },
    );
    await staging.ready();
    return { summary, insertMs };
  } finally {
    await staging.quiet();
  }
}

/** Unique within a database and readable as a time: milliseconds of the epoch, then five random digits. */
function newLoadId(): bigint {
  return BigInt(Date.now()) * 100_000n + BigInt(Math.floor(Math.random() * 100_000));
}

const NOTHING = { rows: {}, totalRows: 0, fileBytes: 0, nativeBytes: 0, durationMs: 0, insertMs: 0 } as const;

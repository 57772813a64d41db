import { rm } from "node:fs/promises";
import type { Failure } from "../../../domain/failure.ts";
import { faultPoint } from "../../../lib/fault-point.ts";
import type { DatasetName } from "../decode/index.ts";
import { type DownloadOptions, downloadEra, type LocalEra } from "../download/download-era.ts";
import type { Gate } from "../download/gate.ts";
import { outcomeOf, toFailure } from "../failed.ts";
import { claimEra, type Lease } from "../load/lease.ts";
import { type LoadedEra, loadEra, tidyEra } from "../load/load-era.ts";
import type { Owner } from "../load/owner.ts";
import { publishedLoads } from "../load/state-rows.ts";
import type { EraDatabase } from "../schema/era-database.ts";
import type { EraFile, EraSource } from "../source/source.ts";

export type ProcessOptions = {
  readonly source: EraSource;
  /** Undefined: download only. */
  readonly target: EraDatabase | undefined;
  readonly datasets: readonly DatasetName[];
  readonly force: boolean;
  readonly download: Omit<DownloadOptions, "onProgress" | "signal" | "log"> & { readonly inPlace: boolean };
  /** Delete a downloaded file once its era is complete. */
  readonly cleanUp: boolean;
  /** Eras loaded at once. */
  readonly jobs: number;
  readonly workers?: number | undefined;
  readonly chunkBytes?: number | undefined;
  readonly insertRows?: number | undefined;
  readonly owner: Owner;
  readonly signal?: AbortSignal | undefined;
  readonly log?: ((line: string) => void) | undefined;
  readonly onDownload?: ((era: number, done: number, total: number | undefined) => void) | undefined;
  readonly onLoad?: ((era: number, done: number, total: number) => void) | undefined;
  readonly onWait?: ((era: number, by: string) => void) | undefined;
  readonly onResult?: ((result: EraResult, done: number, total: number) => void) | undefined;
};

export type EraResult = { readonly era: number; readonly name: string } & (
  | { readonly kind: "loaded"; readonly loaded: LoadedEra; readonly fetchedBytes: number; readonly durationMs: number }
  | { readonly kind: "downloaded"; readonly path: string; readonly sizeBytes: number; readonly fetchedBytes: number }
  /** Complete before, by us or by another loader. */
  | { readonly kind: "already" }
  | { readonly kind: "failed"; readonly failure: Failure }
  | { readonly kind: "taken"; readonly by: string }
  | { readonly kind: "not-started" }
);

/** One era from its source into the database, under its lease from before the download until after the commit. */
export async function processEra(file: EraFile, options: ProcessOptions, loads: Gate): Promise<EraResult> {
  const base = { era: file.era, name: file.name };
  const result = await outcomeOf<EraResult>(async () => {
    const { target } = options;
    if (target === undefined) {
      const { path, sizeBytes, fetchedBytes } = await download(file, options);
      return { ...base, kind: "downloaded", path, sizeBytes, fetchedBytes };
    }
    const claimed = await claimEra(target, file.era, options.owner, options.signal);
    if (claimed.kind === "taken") return { ...base, kind: "taken", by: claimed.by };
    faultPoint("era.leased");
    try {
      return { ...base, ...(await loadUnderLease(claimed.lease, target, file, options, loads)) };
    } finally {
      await claimed.lease.release().catch((error) => options.log?.(`era ${file.era}: ${String(error)}`));
    }
  }, options.signal);
  return result.kind === "ok" ? result.value : { ...base, kind: "failed", failure: result.failure };
}

type Loaded = Pick<Extract<EraResult, { kind: "loaded" }>, "loaded" | "fetchedBytes" | "durationMs"> & {
  kind: "loaded";
};

async function loadUnderLease(
  lease: Lease,
  target: EraDatabase,
  file: EraFile,
  options: ProcessOptions,
  loads: Gate,
): Promise<Loaded | { kind: "already" }> {
  const began = performance.now();
  if (!options.force && (await isComplete(target, file.era, options.datasets))) return { kind: "already" };
  const local = await download(file, options);
  const loaded = await loads.run(() => loadOnceMore(lease, target, file, local, options));
  // The next era may be loaded meanwhile.
  if (loaded.kind === "loaded") await tidyEra({ target, era: file.era, log: options.log });
  if (options.cleanUp && local.owner === "download") await rm(local.path, { force: true });
  if (loaded.kind === "already") return { kind: "already" };
  return { kind: "loaded", loaded, fetchedBytes: local.fetchedBytes, durationMs: performance.now() - began };
}

/** A bad file of ours is deleted, so that no later try meets it; one that was there before is fetched and tried once more. */
async function loadOnceMore(
  lease: Lease,
  target: EraDatabase,
  file: EraFile,
  local: LocalEra,
  options: ProcessOptions,
) {
  try {
    return await loadEra(lease, loadOptions(target, file, local, options));
  } catch (error) {
    const bad = toFailure(error, options.signal).code === "era-format" && local.owner === "download";
    if (!bad) throw error;
    await rm(local.path, { force: true });
    if (local.fetchedBytes > 0) throw error;
    options.log?.(`era ${file.era}: the file that was here is damaged, it is fetched again`);
    return await loadEra(lease, loadOptions(target, file, await download(file, options), options));
  }
}

function loadOptions(target: EraDatabase, file: EraFile, local: LocalEra, options: ProcessOptions) {
  const { datasets, force, owner, workers, chunkBytes, insertRows, signal, log, onLoad } = options;
  return {
    target,
    era: file.era,
    path: local.path,
    fileName: file.name,
    source: options.source.shown,
    stateSkipped: local.stateSkipped,
    ...{ datasets, force, owner, workers, chunkBytes, insertRows, signal, log },
    onProgress: (done: number, total: number) => onLoad?.(file.era, done, total),
  };
}

function download(file: EraFile, options: ProcessOptions): Promise<LocalEra> {
  const { signal, log, onDownload } = options;
  const onProgress = (done: number, total: number | undefined) => onDownload?.(file.era, done, total);
  return downloadEra(options.source, file, { ...options.download, signal, log, onProgress });
}

/** Asked under the lease and before the download: another loader may have done it since the plan was made. */
async function isComplete(target: EraDatabase, era: number, datasets: readonly DatasetName[]): Promise<boolean> {
  const published = await publishedLoads(target, era);
  return datasets.every((dataset) => published.has(dataset));
}

import type { Failure } from "../../domain/failure.ts";
import { type Outcome, outcomeOf } from "./failed.ts";
import { makeOwner } from "./load/owner.ts";
import { withDatabase } from "./open-database.ts";
import { type EraPlan, planEras } from "./pipeline/plan.ts";
import type { ProcessOptions } from "./pipeline/process-era.ts";
import { type ProcessSummary, processEras } from "./pipeline/process-eras.ts";
import { formatRange } from "./range.ts";
import { migrationStates } from "./schema/migrate.ts";
import {
  cleanUpOf,
  datasetsOf,
  downloadDirOf,
  downloadGate,
  type EraInput,
  insertRowsOf,
  networkOf,
  rangeOf,
  retriesOf,
  type Surroundings,
  sourceOf,
} from "./settings.ts";
import type { Listing } from "./source/source.ts";
import { checkEra, type EraCheck } from "./state/check.ts";
import { type Cleaned, cleanEras, cleanFailedEras } from "./state/clean.ts";
import { type Optimized, optimizeTables } from "./state/optimize.ts";
import { type EraReport, eraReport } from "./state/status.ts";

/** What every operation may be given beside its input: where to say things, and when to stop. */
export type EraCall = Surroundings & {
  readonly signal?: AbortSignal | undefined;
  readonly log?: ((line: string) => void) | undefined;
};

/** What a source has. */
export function discover(input: EraInput, call: EraCall): Promise<Outcome<Listing>> {
  return outcomeOf(() => list(input, call), call.signal);
}

export type PlanInput = EraInput & {
  readonly force?: boolean | undefined;
  readonly downloadOnly?: boolean | undefined;
};

/** What a source has, compared with what the database has. */
export function plan(input: PlanInput, call: EraCall): Promise<Outcome<EraPlan>> {
  return outcomeOf(async () => {
    const listing = await list(input, call);
    const options = { datasets: datasetsOf(input), force: input.force === true };
    if (input.downloadOnly) return planEras(listing, undefined, options);
    return withDatabase(input, call, "any", call.log, async (target) => {
      // Looking changes nothing: where there are no tables yet, nothing is complete.
      const states = await migrationStates(target);
      const ready = states.every(({ state }) => state === "applied");
      return planEras(listing, ready ? target : undefined, options);
    });
  }, call.signal);
}

export type ProcessInput = PlanInput & {
  readonly downloadDir?: string | undefined;
  readonly cleanUp?: boolean | undefined;
  readonly skipState?: boolean | undefined;
  readonly jobs?: number | undefined;
  readonly workers?: number | undefined;
  readonly chunkBytes?: number | undefined;
};

export type ProcessNews = Pick<ProcessOptions, "onDownload" | "onLoad" | "onWait" | "onResult"> & {
  readonly onPlan?: ((plan: EraPlan) => void) | undefined;
};

export type Processed = { readonly plan: EraPlan; readonly summary: ProcessSummary };

/** Discovers, downloads and loads. Ok also when eras failed: the summary names them. */
export function processRange(input: ProcessInput, call: EraCall, news: ProcessNews = {}): Promise<Outcome<Processed>> {
  return outcomeOf(async () => {
    const source = sourceOf(input, call);
    const listing = await list(input, call);
    const datasets = datasetsOf(input);
    const planning = { datasets, force: input.force === true };
    const carryOut = async (target: Parameters<typeof planEras>[1]): Promise<Processed> => {
      const planned = await planEras(listing, target, planning);
      news.onPlan?.(planned);
      const summary = await processEras(planned.todo, {
        source,
        target,
        ...planning,
        download: {
          directory: downloadDirOf(input.downloadDir, call),
          skipState: input.skipState === true,
          retries: retriesOf(call.env),
          gate: downloadGate(call.env),
          inPlace: source.open === undefined,
        },
        cleanUp: cleanUpOf(input.cleanUp, call.env),
        jobs: input.jobs ?? 1,
        workers: input.workers,
        chunkBytes: input.chunkBytes,
        insertRows: insertRowsOf(call.env),
        owner: makeOwner(),
        signal: call.signal,
        log: call.log,
        ...news,
      });
      return { plan: planned, summary };
    };
    if (input.downloadOnly) return carryOut(undefined);
    return withDatabase(input, call, "create", call.log, carryOut);
  }, call.signal);
}

/** Whether looking again is no use: what was asked for cannot work, as it would have said at the first look. */
export function isHopeless({ retryable }: Failure, looksBefore: number): boolean {
  return retryable === false && looksBefore === 0;
}

/** State per era and rows per dataset; without a range of all eras. */
export function status(input: EraInput, call: EraCall): Promise<Outcome<EraReport>> {
  return outcomeOf(
    () =>
      withDatabase(input, call, "demand", call.log, (target) =>
        eraReport(target, input.range === undefined ? undefined : rangeOf(input)),
      ),
    call.signal,
  );
}

/** Compares what readers see of each era of a closed range with what was recorded. */
export function check(input: EraInput & { hashes?: boolean }, call: EraCall): Promise<Outcome<EraCheck[]>> {
  return outcomeOf(
    () =>
      withDatabase(input, call, "demand", call.log, async (target) => {
        const range = rangeOf(input);
        const report = range.to === undefined ? await eraReport(target, range) : undefined;
        const last = range.to ?? report?.eras.at(-1)?.era ?? range.from;
        const checks: EraCheck[] = [];
        for (let era = range.from; era <= last; era++) {
          checks.push(await checkEra(target, era, datasetsOf(input), { hashes: input.hashes === true }));
        }
        return checks;
      }),
    call.signal,
  );
}

/** Removes every trace of the range, or only failed and interrupted loads. */
export function clean(input: EraInput & { failedOnly?: boolean }, call: EraCall): Promise<Outcome<Cleaned>> {
  return outcomeOf(
    () =>
      withDatabase(input, call, "demand", call.log, (target) => {
        const options = { owner: makeOwner(), signal: call.signal, log: call.log };
        const range = input.failedOnly && input.range === undefined ? { from: 0, to: undefined } : rangeOf(input);
        return (input.failedOnly ? cleanFailedEras : cleanEras)(target, range, options);
      }),
    call.signal,
  );
}

export function optimize(
  input: EraInput,
  call: EraCall,
  onProgress?: (done: number, total: number, note: string) => void,
): Promise<Outcome<Optimized>> {
  return outcomeOf(
    () =>
      withDatabase(input, call, "demand", call.log, (target) =>
        optimizeTables(target, { signal: call.signal, onProgress }),
      ),
    call.signal,
  );
}

async function list(input: EraInput, call: EraCall): Promise<Listing> {
  const [source, network, range] = [sourceOf(input, call), networkOf(input, call), rangeOf(input)];
  call.log?.(`looking for ${network.name} ${formatRange(range)} in ${source.shown}`);
  return source.list({ network: network.name, range, signal: call.signal, log: call.log });
}

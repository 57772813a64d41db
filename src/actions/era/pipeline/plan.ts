import type { DatasetName } from "../decode/index.ts";
import type { EraDatabase } from "../schema/era-database.ts";
import type { EraFile, Listing } from "../source/source.ts";
import { type EraState, readEraStates } from "../state/era-states.ts";

/** What there is, what is done and what is to do. */
export type EraPlan = {
  readonly listing: Listing;
  readonly todo: readonly EraFile[];
  /** Eras of the listing that readers see already, with every dataset asked for. */
  readonly complete: readonly number[];
  /** Eras to do that failed before or were interrupted. */
  readonly troubled: readonly EraState[];
  /** Eras that another loader works on now. */
  readonly busy: readonly number[];
  /** Of what is to do; undefined when the source does not tell sizes. */
  readonly bytes: number | undefined;
  /** From the speed of earlier loads into this database; undefined when there were none or sizes are unknown. */
  readonly estimateMs: number | undefined;
};

export type PlanOptions = {
  readonly datasets: readonly DatasetName[];
  readonly force: boolean;
};

/** Compares a listing with a database. Without a database (download only) everything is to do. */
export async function planEras(
  listing: Listing,
  target: EraDatabase | undefined,
  options: PlanOptions,
): Promise<EraPlan> {
  const { files } = listing;
  if (target === undefined) return planOf(listing, files, new Map());
  const first = files[0]?.era ?? 0;
  const states = await readEraStates(target, { from: first, to: files.at(-1)?.era ?? first });
  const byEra = new Map(states.map((state) => [state.era, state]));
  const todo = files.filter(({ era }) => options.force || !hasAll(byEra.get(era), options.datasets));
  return planOf(listing, todo, byEra);
}

function planOf(listing: Listing, todo: readonly EraFile[], states: ReadonlyMap<number, EraState>): EraPlan {
  const doing = new Set(todo.map(({ era }) => era));
  const known = todo.every(({ sizeBytes }) => sizeBytes !== undefined);
  const bytes = known ? todo.reduce((sum, { sizeBytes = 0 }) => sum + sizeBytes, 0) : undefined;
  const rate = bytesPerMs([...states.values()]);
  return {
    listing,
    todo,
    complete: listing.files.map(({ era }) => era).filter((era) => !doing.has(era)),
    troubled: [...states.values()].filter(
      ({ era, condition }) => doing.has(era) && (condition === "failed" || condition === "interrupted"),
    ),
    busy: [...states.values()]
      .filter(({ era, worker }) => doing.has(era) && worker !== undefined)
      .map(({ era }) => era),
    bytes,
    estimateMs: bytes === undefined || rate === undefined ? undefined : Math.round(bytes / rate),
  };
}

function hasAll(state: EraState | undefined, datasets: readonly DatasetName[]): boolean {
  return datasets.every((dataset) => state?.visible.includes(dataset) === true);
}

/** Of the last twenty completed loads. */
function bytesPerMs(states: readonly EraState[]): number | undefined {
  const done = states.filter(({ condition, durationMs }) => condition === "completed" && durationMs > 0).slice(-20);
  const spent = done.reduce((sum, { durationMs }) => sum + durationMs, 0);
  return spent === 0 ? undefined : done.reduce((sum, { fileBytes }) => sum + fileBytes, 0) / spent;
}

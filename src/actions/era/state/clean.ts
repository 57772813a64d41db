import { DATASET_NAMES } from "../decode/index.ts";
import { fail } from "../failed.ts";
import { claimEra } from "../load/lease.ts";
import { type Owner, ownerText } from "../load/owner.ts";
import { publishedLoads, type StateRow, writeState } from "../load/state-rows.ts";
import { partitionsOf, stagingTables, sweepEra, sweepLeftovers } from "../load/sweep.ts";
import { type EraRange, isInRange } from "../range.ts";
import { type EraDatabase, tableIn } from "../schema/era-database.ts";
import { readEraStates } from "./era-states.ts";

export type CleanOptions = {
  readonly owner: Owner;
  readonly signal?: AbortSignal | undefined;
  readonly log?: ((line: string) => void) | undefined;
  readonly onProgress?: ((done: number, total: number) => void) | undefined;
};

export type Cleaned = { readonly eras: readonly number[]; readonly removed: number };

/** Takes all data of the eras in the range away: first from the readers' sight, then from the disk. */
export async function cleanEras(target: EraDatabase, range: EraRange, options: CleanOptions): Promise<Cleaned> {
  const eras = (await erasWithTraces(target)).filter((era) => isInRange(range, era));
  return eachUnderLease(target, eras, options, async (era) => {
    await writeState(target, cleanedRow(era, options.owner));
    return sweepEra(target, era);
  });
}

/**
 * Clears failed and interrupted loads away. An era that readers see from an earlier load keeps that load and is completed
 * again; any other is as if it had never been tried.
 */
export async function cleanFailedEras(target: EraDatabase, range: EraRange, options: CleanOptions): Promise<Cleaned> {
  const states = await readEraStates(target, range);
  const bad = states
    .filter(({ condition }) => condition === "failed" || condition === "interrupted")
    .map(({ era }) => era);
  const cleaned = await eachUnderLease(target, bad, options, async (era) => {
    if ((await publishedLoads(target, era)).size > 0) await restoreCompleted(target, era);
    else await writeState(target, cleanedRow(era, options.owner));
    return sweepEra(target, era);
  });
  return { eras: cleaned.eras, removed: cleaned.removed + (await sweepLeftovers(target, options.owner)).length };
}

async function eachUnderLease(
  target: EraDatabase,
  eras: readonly number[],
  options: CleanOptions,
  clean: (era: number) => Promise<string[]>,
): Promise<Cleaned> {
  let removed = 0;
  for (const [index, era] of eras.entries()) {
    const claimed = await claimEra(target, era, options.owner, options.signal);
    if (claimed.kind === "taken") {
      const hint = "wait until it has ended (runsheet era status), then clean again";
      throw fail("era-leased", `era ${era} is being loaded by ${claimed.by}`, { hint });
    }
    try {
      const things = await clean(era);
      for (const thing of things) options.log?.(`era ${era}: removed ${thing}`);
      removed += things.length;
    } finally {
      await claimed.lease.release();
    }
    options.onProgress?.(index + 1, eras.length);
  }
  return { eras, removed };
}

/** Every era of which anything is there: a state, rows, or staging tables. */
async function erasWithTraces(target: EraDatabase): Promise<number[]> {
  const states = (await readEraStates(target)).filter(({ condition }) => condition !== "cleaned");
  const partitions = await partitionsOf(target, undefined);
  const staged = (await stagingTables(target, undefined)).map((table) => Number(table.split("_")[1]));
  const eras = [...states.map(({ era }) => era), ...partitions.map(({ era }) => era), ...staged];
  return [...new Set(eras)].toSorted((a, b) => a - b);
}

function cleanedRow(era: number, owner: Owner): StateRow {
  return {
    era,
    status: "cleaned",
    loadId: 0n,
    attempt: 1,
    datasets: DATASET_NAMES,
    rows: {},
    error: "",
    fileName: "",
    fileBytes: 0,
    root: "",
    source: "",
    stateChecked: false,
    startedAtMs: Date.now(),
    durationMs: 0,
    owner: ownerText(owner),
  };
}

/** The last completed row once more, so that it is the latest: the same load, the same counts. */
async function restoreCompleted(target: EraDatabase, era: number): Promise<void> {
  const table = tableIn(target, "era_completion");
  await target.clickhouse.command(
    `INSERT INTO ${table}
     SELECT * REPLACE (greatest(toUInt64(toUnixTimestamp64Nano(now64(9))),
       (SELECT max(insert_version) + 1 FROM ${table} WHERE era_number = {era:UInt32})) AS insert_version)
     FROM ${table} WHERE era_number = {era:UInt32} AND status = 'completed'
     ORDER BY insert_version DESC LIMIT 1`,
    { params: { era }, settings: { async_insert: 0 } },
  );
}

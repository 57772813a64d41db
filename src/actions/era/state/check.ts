import { DATASETS, type DatasetName } from "../decode/index.ts";
import { publishedLoads } from "../load/state-rows.ts";
import { partitionsOf, stagingTables } from "../load/sweep.ts";
import { type EraDatabase, tableIn } from "../schema/era-database.ts";
import { viewOf } from "../schema/tables.ts";
import { type EraState, readEraStates } from "./era-states.ts";

export type EraCheck = {
  readonly era: number;
  /** `complete`: readers see exactly the rows that were recorded, of all datasets asked for. */
  readonly verdict: "complete" | "incomplete" | "absent";
  readonly state: EraState | undefined;
  readonly problems: readonly string[];
  /** Harmless: what an interrupted load left, unseen by readers. */
  readonly leftovers: readonly string[];
  readonly rows: { readonly [dataset: string]: number };
  /** Content per dataset, independent of the order of rows; equal content has equal hashes. Only when asked for. */
  readonly hashes: { readonly [dataset: string]: string };
};

/** Compares what readers see of an era with what its loads recorded. */
export async function checkEra(
  target: EraDatabase,
  era: number,
  datasets: readonly DatasetName[],
  options: { readonly hashes?: boolean } = {},
): Promise<EraCheck> {
  const [state] = await readEraStates(target, { from: era, to: era });
  const recorded = await recordedRows(target, era);
  const seen = await seenRows(target, era, datasets, options.hashes === true);
  const problems = datasets.flatMap((dataset) => {
    const [wanted, found] = [recorded.get(dataset), seen.get(dataset)];
    if (wanted === undefined) return [`${dataset}: not loaded`];
    const wrong =
      found?.rows === wanted ? [] : [`${dataset}: ${found?.rows ?? 0} rows are seen, ${wanted} were loaded`];
    return found?.twice === 0 || found === undefined ? wrong : [...wrong, `${dataset}: ${found.twice} rows twice`];
  });
  const verdict = recorded.size === 0 ? "absent" : problems.length === 0 ? "complete" : "incomplete";
  return {
    era,
    verdict,
    state,
    problems: verdict === "absent" ? [] : problems,
    leftovers: await leftoversOf(target, era),
    rows: Object.fromEntries(datasets.map((dataset) => [dataset, seen.get(dataset)?.rows ?? 0])),
    hashes: Object.fromEntries(
      datasets.flatMap((dataset) => {
        const hash = seen.get(dataset)?.hash;
        return hash === undefined ? [] : [[dataset, hash]];
      }),
    ),
  };
}

/** Rows per dataset as the commits recorded them, of the loads that readers see. */
async function recordedRows(target: EraDatabase, era: number): Promise<Map<DatasetName, number>> {
  const rows = await target.clickhouse.rows<{ dataset: DatasetName; rows: string }>(
    `SELECT p.dataset AS dataset, c.dataset_rows[p.dataset] AS rows
     FROM ${tableIn(target, "era_published")} AS p
     INNER JOIN (SELECT load_id, dataset_rows FROM ${tableIn(target, "era_completion")}
       WHERE era_number = {era:UInt32} AND status = 'completed') AS c ON c.load_id = p.load_id
     WHERE p.era_number = {era:UInt32}`,
    { params: { era } },
  );
  return new Map(rows.map((row) => [row.dataset, Number(row.rows)]));
}

type Seen = { readonly rows: number; readonly twice: number; readonly hash: string | undefined };

async function seenRows(
  target: EraDatabase,
  era: number,
  datasets: readonly DatasetName[],
  withHashes: boolean,
): Promise<Map<DatasetName, Seen>> {
  const { slotsPerEra } = target.network.preset;
  const [first, end] = era === 0 ? [0, 0] : [(era - 1) * slotsPerEra, era * slotsPerEra];
  const selects = DATASETS.filter(({ name }) => datasets.includes(name)).map(({ name, columns, orderBy }) => {
    const hash = withHashes ? `hex(sum(sipHash64(${columns.map((column) => column.name).join(", ")})))` : "''";
    return `SELECT '${name}' AS dataset, count() AS rows, count() - uniqExact(${orderBy.join(", ")}) AS twice, ${hash} AS hash
      FROM ${tableIn(target, viewOf(name))} WHERE slot >= {first:UInt64} AND slot < {end:UInt64}`;
  });
  const rows = await target.clickhouse.rows<{ dataset: DatasetName; rows: string; twice: string; hash: string }>(
    selects.join("\nUNION ALL "),
    { params: { first, end } },
  );
  return new Map(
    rows.map((row) => {
      const seen = { rows: Number(row.rows), twice: Number(row.twice), hash: withHashes ? row.hash : undefined };
      return [row.dataset, seen];
    }),
  );
}

async function leftoversOf(target: EraDatabase, era: number): Promise<string[]> {
  const published = await publishedLoads(target, era);
  const hidden = (await partitionsOf(target, era)).filter(({ table, loadId }) => published.get(table) !== loadId);
  return [
    ...(await stagingTables(target, era)).map((table) => `staging table ${table}`),
    ...hidden.map(({ table, loadId, rows }) => `${rows} rows of load ${loadId} in ${table}`),
  ];
}

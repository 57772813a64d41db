import { randomInt } from "node:crypto";
import { setTimeout as sleep } from "node:timers/promises";
import { openClickHouse } from "../../../../src/actions/era/clickhouse/open-clickhouse.ts";
import type { DatasetName } from "../../../../src/actions/era/decode/index.ts";
import { tableIn } from "../../../../src/actions/era/schema/era-database.ts";
import { viewOf } from "../../../../src/actions/era/schema/tables.ts";

export type Expected = { readonly [era: number]: { readonly [dataset: string]: number } };

/** What is wrong with what readers saw; empty when every read saw whole eras only. */
export type Readers = { stop(): Promise<{ readonly reads: number; readonly wrong: readonly string[] }> };

/**
 * Reads views again and again while something else loads. An era may be absent until it was seen once (`present`: at no
 * time); from then on it must be there, and always with all its rows, never twice.
 */
export function startReaders(
  url: string,
  database: string,
  slotsPerEra: number,
  expected: Expected,
  datasets: readonly DatasetName[],
  present: boolean,
): Readers {
  let over = false;
  let reads = 0;
  const wrong: string[] = [];
  const reader = async (first: number) => {
    const clickhouse = await openClickHouse({ kind: "http", url, user: "default", password: "" });
    const seen = new Map<string, Set<number>>(
      datasets.map((dataset) => [dataset, new Set(present ? eras(expected) : [])]),
    );
    for (let turn = first; !over; turn++) {
      const dataset = datasets[turn % datasets.length]!;
      const sql = `SELECT intDiv(slot, ${slotsPerEra}) + 1 AS era, count() AS n, uniqExact(slot) AS slots
        FROM ${tableIn({ database }, viewOf(dataset))} GROUP BY era`;
      const rows = await clickhouse.rows<{ era: string; n: string }>(sql);
      reads++;
      const found = new Map(rows.map((row) => [Number(row.era), Number(row.n)]));
      for (const [era, n] of found) {
        if (n !== expected[era]?.[dataset])
          wrong.push(`${dataset} of era ${era}: ${n} rows instead of ${expected[era]?.[dataset]}`);
      }
      for (const era of seen.get(dataset)!) if (!found.has(era)) wrong.push(`${dataset} of era ${era} disappeared`);
      for (const era of found.keys()) seen.get(dataset)!.add(era);
      // leaves the processors to the loaders; when exactly a read happens does not matter
      await sleep(randomInt(5, 40));
    }
    await clickhouse.close();
  };
  const running = Promise.all([reader(0), reader(1)]);
  return {
    async stop() {
      over = true;
      await running;
      return { reads, wrong };
    },
  };
}

function eras(expected: Expected): number[] {
  return Object.keys(expected).map(Number);
}

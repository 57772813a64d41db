import type { LastRun, PlanRowView, PlanView } from "../shell/app-source.ts";

/** One row of the plan beside what the last run's plan says there. */
export type DiffRow = {
  readonly row: PlanRowView;
  readonly change: "same" | "added" | "changed" | "removed";
  /** What the last run would have done there. */
  readonly before: readonly string[];
};

/** Pure: compares by address; steps that are gone stand where they stood. */
export function diffRows({ rows, last }: PlanView): readonly DiffRow[] {
  if (!last) return rows.map((row) => ({ row, change: "same", before: [] }));
  const before = new Map(last.rows.map((row) => [row.at, row]));
  const now = new Set(rows.map((row) => row.at));
  const out: DiffRow[] = [];
  let next = 0;
  for (const row of rows) {
    for (; next < last.rows.length && last.rows[next]?.at !== row.at; next++) {
      const gone = last.rows[next] as PlanRowView;
      if (now.has(gone.at)) break;
      out.push({ row: gone, change: "removed", before: gone.would });
    }
    if (last.rows[next]?.at === row.at) next++;
    const old = before.get(row.at);
    const change = old === undefined ? "added" : sameWork(old, row) ? "same" : "changed";
    out.push({ row, change, before: old?.would ?? [] });
  }
  for (; next < last.rows.length; next++) {
    const gone = last.rows[next] as PlanRowView;
    if (!now.has(gone.at)) out.push({ row: gone, change: "removed", before: gone.would });
  }
  return out;
}

/** `workers: 4 -> 10`. */
export function paramChanges(params: PlanView["params"], last: LastRun): readonly string[] {
  const before = new Map(last.params);
  const now = new Map(params);
  const names = [...new Set([...now.keys(), ...before.keys()])];
  return names
    .filter((name) => now.get(name) !== before.get(name))
    .map((name) => `${name}: ${before.get(name) ?? "not given"} -> ${now.get(name) ?? "not given"}`);
}

function sameWork(a: PlanRowView, b: PlanRowView): boolean {
  const key = (row: PlanRowView): string => JSON.stringify([row.would, row.effect, row.asks, row.wanted, row.items]);
  return key(a) === key(b);
}

import { statSync } from "node:fs";
import { dirname, join } from "node:path";
import { listRuns, openStateDir, runPaths } from "../../journal/index.ts";
import { readState } from "../session/read-state.ts";
import { tookOf } from "./last-run.ts";

/** Runs that are looked at, the newest first, and how large their journals may be: it is only an estimate. */
const MAX_RUNS = 5;
const MAX_JOURNAL_BYTES = 8 * 1024 * 1024;

/** How long each step of a runbook took in earlier runs that went through, in the middle; in milliseconds by address. */
export async function estimatesFor(
  runDir: string,
  runId: string,
  runbook: string,
): Promise<ReadonlyMap<string, number>> {
  const stateDir = openStateDir(dirname(dirname(runDir)), { create: false });
  const earlier = listRuns(stateDir).flatMap((run) =>
    run.kind === "run" && run.runId !== runId && run.runbook === runbook && run.state.kind === "ended" ? [run] : [],
  );
  const all = new Map<string, number[]>();
  for (const run of earlier.slice(0, MAX_RUNS)) {
    // Between two journals the keys get their turn.
    await new Promise((resolve) => setImmediate(resolve));
    for (const [at, ms] of Object.entries(tookIn(join(stateDir.runs, run.runId))))
      all.set(at, [...(all.get(at) ?? []), ms]);
  }
  return new Map([...all].map(([at, times]) => [at, middle(times)]));
}

function tookIn(runDir: string): { readonly [at: string]: number } {
  try {
    if (statSync(runPaths(runDir).journal).size > MAX_JOURNAL_BYTES) return {};
    return tookOf(readState(runDir).state);
  } catch {
    // A record that cannot be read any more tells nothing.
    return {};
  }
}

function middle(times: readonly number[]): number {
  return [...times].sort((a, b) => a - b)[times.length >> 1] as number;
}

import { readdirSync, renameSync, rmSync } from "node:fs";
import { join } from "node:path";
import { faultPoint } from "../../lib/fault-point.ts";
import { type ListedRun, listRun, listRuns } from "../list-runs.ts";
import { acquireLock } from "../lock.ts";
import { syncDirectory } from "../private-files.ts";
import { lstatOrNothing, runPaths } from "../run-dir.ts";
import type { StateDir } from "../state-dir.ts";

export type PruneRules = {
  /** Only runs that did not change for this long. */
  readonly olderThanMs?: number;
  /** The newest runs that stay whatever their age. */
  readonly keep?: number;
  /** Say what would go and leave it. */
  readonly dryRun?: boolean;
  readonly nowMs?: number;
};

export type Pruned = {
  readonly removed: readonly string[];
  readonly kept: readonly { readonly runId: string; readonly why: string }[];
};

/**
 * Removes ended runs that are old enough. Never one that is owned, paused, interrupted, in doubt or unreadable. A run is
 * renamed first and then deleted, so that no half of a run is ever taken for a run. With neither age nor number, nothing
 * goes.
 */
export async function pruneRuns(stateDir: StateDir, rules: PruneRules): Promise<Pruned> {
  const removed: string[] = [];
  const kept: { runId: string; why: string }[] = [];
  for (const [index, run] of listRuns(stateDir).entries()) {
    const why = reasonToKeep(run, index, rules) ?? (rules.dryRun ? undefined : await remove(stateDir, run, rules));
    if (why === undefined) removed.push(run.runId);
    else kept.push({ runId: run.runId, why });
  }
  if (!rules.dryRun) sweep(stateDir, rules.nowMs ?? Date.now());
  return { removed, kept };
}

function reasonToKeep(run: ListedRun, index: number, rules: PruneRules): string | undefined {
  const { olderThanMs, keep, nowMs = Date.now() } = rules;
  if (run.kind === "unreadable") return "it cannot be read";
  if (run.state.kind !== "ended")
    return run.activity === "resting" ? `it is ${run.state.kind}` : `it is ${run.activity}`;
  if (run.inDoubt > 0) return "an attempt of it is in doubt";
  if (run.released > 0) return "an attempt of it has not ended";
  if (olderThanMs === undefined && keep === undefined) return "no age and no number was given";
  if (keep !== undefined && index < keep) return `it is among the newest ${keep}`;
  if (olderThanMs !== undefined && nowMs - run.updatedWallMs < olderThanMs) return "it is not old enough";
  return undefined;
}

async function remove(stateDir: StateDir, listed: ListedRun, rules: PruneRules): Promise<string | undefined> {
  const lock = await acquireLock(runPaths(listed.dir).lock);
  if (!lock) return "another process owns it";
  try {
    // Now that nobody can take it any more: is it still what it was?
    const run = listRun(listed.dir, listed.runId);
    const why = run ? reasonToKeep(run, Number.POSITIVE_INFINITY, rules) : "it is gone";
    if (why !== undefined) return why;
    renameSync(listed.dir, join(stateDir.runs, `${trash}${listed.runId}`));
    syncDirectory(stateDir.runs);
    faultPoint("journal.prune.renamed");
  } finally {
    lock.release();
  }
  rmSync(join(stateDir.runs, `${trash}${listed.runId}`), { recursive: true, force: true });
  return undefined;
}

const trash = ".trash-";

/** What an earlier prune or creation left when it was killed. A creation lasts milliseconds. */
function sweep(stateDir: StateDir, nowMs: number): void {
  for (const entry of readdirSync(stateDir.runs, { withFileTypes: true })) {
    const path = join(stateDir.runs, entry.name);
    const abandoned = entry.name.startsWith(".new-") && nowMs - (lstatOrNothing(path)?.mtimeMs ?? nowMs) > 3_600_000;
    if (abandoned || entry.name.startsWith(trash)) rmSync(path, { recursive: true, force: true });
  }
}

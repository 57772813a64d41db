import { findRun, listRuns, type StateDir } from "../../journal/index.ts";
import { UsageError } from "./usage-error.ts";

/** The directory of a run given by id or by the beginning of one. */
export function runDirOf(stateDir: StateDir, runId: string): { readonly runId: string; readonly runDir: string } {
  const exact = findRun(stateDir, runId);
  if (exact) return { runId, runDir: exact };
  const like = listRuns(stateDir).filter((run) => run.runId.startsWith(runId));
  const [only] = like;
  if (only && like.length === 1) return { runId: only.runId, runDir: only.dir };
  if (like.length > 1)
    throw new UsageError(`${runId} could be ${like.map((run) => run.runId).join(", ")}`, "write more of it");
  throw new UsageError(`there is no run ${runId} in ${stateDir.path}`, "runsheet runs");
}

/** The last run that waits to be gone on with. */
export function lastResumable(stateDir: StateDir): { readonly runId: string; readonly runDir: string } {
  for (const run of listRuns(stateDir)) {
    if (run.kind !== "run" || run.activity === "running" || run.state.kind === "ended") continue;
    return { runId: run.runId, runDir: run.dir };
  }
  throw new UsageError(`no interrupted run in ${stateDir.path}`, "runsheet runs");
}

/** The run that changed last. */
export function lastRun(stateDir: StateDir): { readonly runId: string; readonly runDir: string } {
  const [run] = listRuns(stateDir);
  if (run) return { runId: run.runId, runDir: run.dir };
  throw new UsageError(`there are no runs in ${stateDir.path}`, "runsheet run replay-plan");
}

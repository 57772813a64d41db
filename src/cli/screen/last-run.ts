import { join } from "node:path";
import type { RunState } from "../../domain/state.ts";
import type { StateDir } from "../../journal/index.ts";
import type { LastRun, RunEntry } from "../../tui/shell/app-source.ts";
import { planRows } from "../session/plan-rows.ts";
import { readState } from "../session/read-state.ts";
import { loadStored } from "../session/stored-runbook.ts";
import { UsageError } from "../session/usage-error.ts";
import { paramTexts } from "./value-text.ts";

/** What the last run of a runbook would do by its own copy and parameters; `undefined` when that cannot be read. */
export async function lastRunOf(stateDir: StateDir, run: RunEntry | undefined): Promise<LastRun | undefined> {
  if (!run) return undefined;
  try {
    const runDir = join(stateDir.runs, run.runId);
    const { state } = readState(runDir);
    const loaded = await loadStored(runDir, state);
    return {
      runId: run.runId,
      endedMs: run.changedMs,
      result: run.stand.kind === "ended" ? run.stand.result : run.stand.kind,
      sha256: loaded.sha256,
      params: paramTexts(loaded.runbook.params, state.params),
      rows: await planRows(loaded, state.params, { probe: false, typedSecrets: {} }),
      tookMs: tookOf(state),
    };
  } catch (error) {
    // An old run may have been carried out by a plugin that is gone, or its files may have been taken away.
    if (error instanceof UsageError) return undefined;
    throw error;
  }
}

/** How long each step took that has ended. */
export function tookOf(state: RunState): { readonly [at: string]: number } {
  const took: { [at: string]: number } = Object.create(null);
  for (const step of state.steps.values())
    if (step.endedMs !== undefined) took[step.at] = step.endedMs - step.startedMs;
  return took;
}

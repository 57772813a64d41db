import { existsSync } from "node:fs";
import { resolve } from "node:path";
import { fingerprintsOf, planOf } from "../../domain/plan.ts";
import { isImpossible, needsAcceptance, planChanges } from "../../domain/plan-change.ts";
import type { RunState } from "../../domain/state.ts";
import { createProcesses } from "../../process/index.ts";
import { fingerprint, formatDiagnostics } from "../../runbook/index.ts";
import type { BookChange, Stand, Standing } from "../../tui/shell/app-source.ts";
import { type Loaded, load } from "../session/load.ts";
import { readState } from "../session/read-state.ts";
import { loadStored } from "../session/stored-runbook.ts";
import { secretFields } from "./book-source.ts";
import { standOf } from "./run-entries.ts";
import { stepTexts } from "./step-text.ts";

const TAIL_LINES = 12;

/** Where a run stands that waits to be gone on with, and whether its runbook's file has changed since. */
export async function standingOf(runId: string, runDir: string, withFile?: string): Promise<Standing> {
  const { state, alive } = readState(runDir);
  const stand = standOf(state, alive);
  const loaded = await loadStored(runDir, state);
  const ended = state.status.kind === "ended";
  return {
    runId,
    runbook: state.created?.runbook ?? "",
    file: withFile ?? loaded.file,
    stand,
    facts: factsOf(state),
    lastLines: await lastLines(runDir, state, stand),
    secrets: secretFields(loaded),
    change: ended ? undefined : await changeOf(state, loaded, withFile ?? loaded.file),
  };
}

function factsOf(state: RunState): readonly string[] {
  const { created, totals, owner } = state;
  const done = `${totals.steps.done} steps done${totals.steps.skipped ? `, ${totals.steps.skipped} skipped` : ""}`;
  const when = new Date(state.createdMs).toISOString().slice(0, 16).replace("T", " ");
  return [
    `started ${when}Z by ${created?.actor.user}@${created?.actor.host}${created?.lab ? "  LAB" : ""}`,
    `${done}; last carried on by ${owner?.actor.user ?? "nobody"}`,
  ];
}

async function lastLines(runDir: string, state: RunState, stand: Stand): Promise<readonly string[]> {
  const at = stand.kind === "failed" || stand.kind === "doubt" ? stand.at : undefined;
  const last = at === undefined ? undefined : state.steps.get(at)?.last;
  if (last === undefined || last.sensitive) return [];
  const processes = createProcesses();
  try {
    return await processes.tail(resolve(runDir, last.dir), TAIL_LINES);
  } finally {
    processes.close();
  }
}

async function changeOf(state: RunState, stored: Loaded, file: string): Promise<BookChange | undefined> {
  if (!existsSync(file)) return undefined;
  const { result, actionOf } = await load(file, { lenient: true });
  if (result.kind !== "ok") {
    const text = formatDiagnostics(result.diagnostics, { relativeTo: process.cwd() });
    return { file, impossible: ["the file has problems now:", ...text.split("\n")], steps: [] };
  }
  if (result.sha256 === stored.sha256) return undefined;
  const now: Loaded = { ...result, file, actionOf };
  const changes = planChanges(state, fingerprintsOf(planOf(now.runbook, state.params, now.sha256, fingerprint)));
  const [before, after] = [stepTexts(stored), stepTexts(now)];
  const begun = changes
    .filter(isImpossible)
    .map((change) => `${change.pattern}: begun and not settled; settle it with the old text first`);
  return {
    file,
    impossible: begun,
    steps: changes.map((change) => ({
      ...change,
      before: before.get(change.pattern) ?? [],
      after: after.get(change.pattern) ?? [],
      needsAcceptance: needsAcceptance(change),
    })),
  };
}

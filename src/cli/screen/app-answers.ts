import { listRun, type StateDir } from "../../journal/index.ts";
import type {
  BookSource,
  CarryOnHow,
  OpenRun,
  ReportFormat,
  Result,
  RunEntry,
  RunRecord,
  Standing,
} from "../../tui/shell/app-source.ts";
import { actorHere } from "../session/actor.ts";
import { startDetached } from "../session/detached.ts";
import { runDirOf } from "../session/find-run.ts";
import type { Intent } from "../session/intent.ts";
import { backToLab } from "../session/practice.ts";
import { GRACE_MS, openBook } from "./book-source.ts";
import { exportReport, recordOf } from "./record.ts";
import { takeSeat } from "./run-source.ts";
import { standingOf } from "./standing.ts";
import { tried, withOwnEnv } from "./tried.ts";

export function bookFor(stateDir: StateDir, file: string, runs: readonly RunEntry[]): Promise<Result<BookSource>> {
  return tried(() => openBook(stateDir, file, runs));
}

export function runFor(stateDir: StateDir, runId: string, readOnly: boolean): Promise<Result<OpenRun>> {
  const actor = actorHere("screen");
  return tried(() => takeSeat({ ...runDirOf(stateDir, runId), actor, readOnly }));
}

export function standingFor(stateDir: StateDir, runId: string, withFile?: string): Promise<Result<Standing>> {
  return tried(() => standingOf(runId, runDirOf(stateDir, runId).runDir, withFile));
}

export function recordFor(stateDir: StateDir, runId: string): Promise<Result<RunRecord>> {
  return tried(() => recordOf(runId, runDirOf(stateDir, runId).runDir));
}

export function reportFor(stateDir: StateDir, runId: string, format: ReportFormat): Promise<Result<string>> {
  return tried(() => exportReport(runId, runDirOf(stateDir, runId).runDir, format));
}

/** Starts an executor on a run that waits. */
export function carryOn(stateDir: StateDir, runId: string, how: CarryOnHow): Promise<Result<undefined>> {
  return tried(() => withOwnEnv(() => startAgain(stateDir, runId, how)));
}

async function startAgain(stateDir: StateDir, runId: string, how: CarryOnHow): Promise<undefined> {
  const { runDir } = runDirOf(stateDir, runId);
  const row = listRun(runDir, runId);
  // A practice run goes on in its own lab, or not at all.
  if (row?.kind === "run" && row.lab) backToLab(runDir, row.runbook ?? "RUNBOOK");
  await startDetached({
    stateDir: stateDir.path,
    runDir,
    runId,
    actor: actorHere("screen"),
    engine: { stepMode: false, graceMs: GRACE_MS, acceptContext: how.acceptContext ?? false },
    intent: intentOf(how),
    givenSecrets: how.secrets ?? {},
    policy: { answers: {}, approve: [], yes: false },
  });
  return undefined;
}

function intentOf({ kind, acceptChanged = [], withFile }: CarryOnHow): Intent {
  if (kind === "retry") return { kind: "retry", items: undefined };
  return { kind: "resume", acceptChanged, ...(withFile === undefined ? {} : { file: withFile }) };
}

import { hostname } from "node:os";
import { join, resolve } from "node:path";
import { listRun, type StateDir } from "../../journal/index.ts";
import { listNamedRunbooks } from "../../runbook/index.ts";
import type { AppSource, BookEntry, CarryOnHow } from "../../tui/shell/app-source.ts";
import { actorHere } from "../session/actor.ts";
import { startDetached } from "../session/detached.ts";
import { runDirOf } from "../session/find-run.ts";
import type { Intent } from "../session/intent.ts";
import { runbookDirs, shippedRunbooks } from "../session/load.ts";
import { backToLab } from "../session/practice.ts";
import { GRACE_MS, openBook } from "./book-source.ts";
import { exportReport, recordOf } from "./record.ts";
import { createRunEntries } from "./run-entries.ts";
import { takeSeat } from "./run-source.ts";
import { standingOf } from "./standing.ts";
import { tried, withOwnEnv } from "./tried.ts";

/** The program as the screen sees it. */
export function createAppSource(stateDir: StateDir): AppSource {
  const runs = createRunEntries(stateDir);
  const dirOf = (runId: string): string => runDirOf(stateDir, runId).runDir;
  const actor = actorHere("screen");
  return {
    user: actor.user,
    host: hostname(),
    stateDir: stateDir.path,
    runs,
    runbooks: listBooks,
    openBook: (file) => tried(() => openBook(stateDir, file, runs())),
    openRun: (runId, { readOnly }) => tried(() => takeSeat({ runDir: dirOf(runId), runId, actor, readOnly })),
    standing: (runId, withFile) => tried(() => standingOf(runId, dirOf(runId), withFile)),
    carryOn: (runId, how) => tried(() => withOwnEnv(() => carryOnRun(stateDir, runId, dirOf(runId), how))),
    record: (runId) => tried(() => recordOf(runId, dirOf(runId))),
    exportReport: (runId, format) => tried(() => exportReport(runId, dirOf(runId), format)),
  };
}

/** Runbooks here and in `runbooks/` here, then those that come with the program. */
async function listBooks(): Promise<readonly BookEntry[]> {
  const here = resolve(".");
  const found = await listNamedRunbooks([...new Set([here, ...runbookDirs()])]);
  const entries = found.map(({ name, file, title = "", description = "", lab }): BookEntry => {
    const shipped = file.startsWith(shippedRunbooks) && !file.startsWith(`${here}/runbooks/`);
    return { name, file, title, description, lab: lab !== undefined, shipped };
  });
  return [...entries.filter((entry) => !entry.shipped), ...entries.filter((entry) => entry.shipped)];
}

async function carryOnRun(stateDir: StateDir, runId: string, runDir: string, how: CarryOnHow): Promise<undefined> {
  const row = listRun(join(runDir), runId);
  // A practice run goes on in its own lab, or not at all.
  if (row?.kind === "run" && row.lab && row.state.kind !== "new") backToLab(runDir, row.runbook ?? "RUNBOOK");
  const intent: Intent =
    how.kind === "retry"
      ? { kind: "retry", items: undefined }
      : {
          kind: "resume",
          acceptChanged: how.acceptChanged ?? [],
          ...(how.withFile === undefined ? {} : { file: how.withFile }),
        };
  await startDetached({
    stateDir: stateDir.path,
    runDir,
    runId,
    actor: actorHere("screen"),
    engine: { stepMode: false, graceMs: GRACE_MS, acceptContext: how.acceptContext ?? false },
    intent,
    givenSecrets: how.secrets ?? {},
    policy: { answers: {}, approve: [], yes: false },
  });
  return undefined;
}

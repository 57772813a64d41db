import { hostname } from "node:os";
import { resolve } from "node:path";
import type { StateDir } from "../../journal/index.ts";
import type { AppSource, BookEntry } from "../../tui/shell/app-source.ts";
import { actorHere } from "../session/actor.ts";
import { createRunEntries } from "./run-entries.ts";

/** The program as the screen sees it. What the first frame does not need is loaded when it is asked for. */
export function createAppSource(stateDir: StateDir): AppSource {
  const runs = createRunEntries(stateDir);
  const actor = actorHere("screen");
  const answers = () => import("./app-answers.ts");
  return {
    user: actor.user,
    host: hostname(),
    stateDir: stateDir.path,
    runs,
    runbooks: listBooks,
    openBook: async (file) => (await answers()).bookFor(stateDir, file, runs()),
    openRun: async (runId, { readOnly }) => (await answers()).runFor(stateDir, runId, readOnly),
    standing: async (runId, withFile) => (await answers()).standingFor(stateDir, runId, withFile),
    carryOn: async (runId, how) => (await answers()).carryOn(stateDir, runId, how),
    record: async (runId) => (await answers()).recordFor(stateDir, runId),
    exportReport: async (runId, format) => (await answers()).reportFor(stateDir, runId, format),
  };
}

/** Runbooks here and in `runbooks/` here, then those that come with the program. */
async function listBooks(): Promise<readonly BookEntry[]> {
  const [{ listNamedRunbooks }, { runbookDirs, shippedRunbooks }] = await Promise.all([
    import("../../runbook/index.ts"),
    import("../session/load.ts"),
  ]);
  const here = resolve(".");
  const found = await listNamedRunbooks([...new Set([here, ...runbookDirs()])]);
  const entries = found.map(({ name, file, title = "", description = "", lab }): BookEntry => {
    const shipped = file.startsWith(shippedRunbooks) && !file.startsWith(`${here}/runbooks/`);
    return { name, file, title, description, lab: lab !== undefined, shipped };
  });
  return [...entries.filter((entry) => !entry.shipped), ...entries.filter((entry) => entry.shipped)];
}

import { SecretsPage } from "../form/secrets-page.ts";
import { TimelinePage } from "../history/timeline-page.ts";
import { ChangePage } from "../plan/change-page.ts";
import type { AppSource, CarryOnHow, Standing } from "../shell/app-source.ts";
import type { NewDialog, PageOption } from "../shell/page-dialog.ts";
import type { Shell } from "../shell/shell.ts";
import { nearPath } from "../shell/words.ts";
import { standWords } from "./home-rows.ts";

/** Shows a run until it is left. Returns what to tell when that is not possible. */
export async function openRun(
  shell: Shell,
  source: AppSource,
  runId: string,
  readOnly = false,
): Promise<readonly string[] | undefined> {
  const opened = await shell.during(`opening run ${runId}`, source.openRun(runId, { readOnly }));
  if (opened.kind === "failed") return opened.lines;
  try {
    await shell.showRun(opened.value.source);
  } finally {
    opened.value.close();
  }
  return undefined;
}

type Ask = (question: NewDialog) => Promise<string | undefined>;

/** A run that waits to be gone on with: what happened, and what can be done. */
export async function resolveRun(
  shell: Shell,
  source: AppSource,
  runId: string,
  ask: Ask,
): Promise<readonly string[] | undefined> {
  const found = await shell.during(`reading run ${runId}`, source.standing(runId));
  if (found.kind === "failed") return found.lines;
  const standing = found.value;
  const choice = await ask(questionOf(standing));
  switch (choice) {
    case "resume":
    case "retry":
      return goOn(shell, source, standing, { kind: choice });
    case "accept-context":
      return goOn(shell, source, standing, { kind: "resume", acceptContext: true });
    case "change":
      compareChange(shell, source, standing);
      return undefined;
    case "look": {
      const record = await shell.during(`reading run ${runId}`, source.record(runId));
      if (record.kind === "failed") return record.lines;
      shell.open(new TimelinePage(shell, source, record.value));
      return undefined;
    }
    default:
      return undefined;
  }
}

/** A run that is to go on with another text of its runbook: first what differs. */
export async function changeRun(
  shell: Shell,
  source: AppSource,
  runId: string,
  withFile: string,
): Promise<readonly string[] | undefined> {
  const found = await shell.during(`reading run ${runId}`, source.standing(runId, withFile));
  if (found.kind === "failed") return found.lines;
  if (!found.value.change) return goOn(shell, source, found.value, { kind: "resume" });
  compareChange(shell, source, found.value);
  return undefined;
}

function compareChange(shell: Shell, source: AppSource, standing: Standing): void {
  const carry = (acceptChanged: readonly string[]): Promise<readonly string[] | undefined> =>
    goOn(shell, source, standing, { kind: "resume", withFile: standing.file, acceptChanged });
  shell.open(new ChangePage(shell, standing, carry));
}

/** Pure. The first option changes nothing and has the focus. */
export function questionOf(standing: Standing): NewDialog {
  const { stand, runId, runbook, change } = standing;
  const leave: PageOption = { id: "leave", label: "leave it as it is" };
  const look: PageOption = { id: "look", label: "look at what happened: steps on a time axis, output" };
  const changed: PageOption[] = change
    ? [{ id: "change", label: "the runbook's file has changed: compare, and go on with the new text" }]
    : [];
  const lines = [
    standWords(stand),
    ...standing.facts,
    ...(standing.lastLines.length > 0 ? ["", ...standing.lastLines.map((line) => `| ${line}`)] : []),
    ...(change
      ? ["", `${nearPath(change.file)} reads differently now; the run keeps its own copy unless you say otherwise.`]
      : []),
  ];
  return {
    title: `${runbook}  ${runId}`,
    tone: toneOf(standing),
    lines,
    options: [leave, ...goOnOptions(standing), ...changed, look],
  };
}

function toneOf({ stand }: Standing): "danger" | "doubt" | "ask" {
  return stand.kind === "doubt" ? "doubt" : stand.kind === "context" ? "danger" : "ask";
}

function goOnOptions({ stand }: Standing): readonly PageOption[] {
  switch (stand.kind) {
    case "failed":
      return stand.ended
        ? [{ id: "retry", label: "try again what failed" }]
        : [{ id: "resume", label: `go on: ${stand.at} is tried again` }];
    case "doubt":
      return [{ id: "resume", label: "go on: the question what became of it opens" }];
    case "asks":
      return [{ id: "resume", label: "go on: the question opens" }];
    case "context":
      return [
        { id: "resume", label: `look again: ${stand.name} has been set back to ${stand.expected}` },
        { id: "accept-context", label: `go on with ${stand.name} ${stand.actual} from now on`, typed: stand.actual },
      ];
    case "new":
      return [{ id: "resume", label: "start it now" }];
    default:
      return [{ id: "resume", label: "go on where it stopped" }];
  }
}

async function goOn(
  shell: Shell,
  source: AppSource,
  standing: Standing,
  how: CarryOnHow,
): Promise<readonly string[] | undefined> {
  const carry = async (secrets: Readonly<Record<string, string>>): Promise<readonly string[] | undefined> => {
    const begun = await shell.during("starting its executor", source.carryOn(standing.runId, { ...how, secrets }));
    if (begun.kind === "failed") return begun.lines;
    shell.home();
    return openRun(shell, source, standing.runId);
  };
  if (standing.secrets.length === 0) return carry({});
  shell.open(new SecretsPage(shell, standing, carry));
  return undefined;
}

import { resolve } from "node:path";
import { planOf } from "../../domain/plan.ts";
import { fold } from "../../domain/reduce.ts";
import { isOwned, readJournal } from "../../journal/index.ts";
import { writeFileAtomically } from "../../lib/atomic-file.ts";
import { fingerprint } from "../../runbook/index.ts";
import type { AttemptSpan, ReportFormat, RunRecord } from "../../tui/shell/app-source.ts";
import { outputFile } from "../session/output-file.ts";
import { reportText } from "../session/report-text.ts";
import { loadStored } from "../session/stored-runbook.ts";
import { paramTexts } from "./value-text.ts";

/** Attempts of one run that are drawn; the report and the journal have all. */
const MAX_ATTEMPTS = 20_000;

/** One run from its journal, for the time axis and comparisons. */
export async function recordOf(runId: string, runDir: string): Promise<RunRecord> {
  const reader = readJournal(runDir);
  try {
    const state = fold(reader.read());
    const loaded = await loadStored(runDir, state);
    return {
      runId,
      plan: planOf(loaded.runbook, state.params, loaded.sha256, fingerprint),
      state,
      attempts: attemptsOf(reader.read()),
      params: paramTexts(loaded.runbook.params, state.params),
      logPath: (dir) => outputFile(runDir, state, dir, "out"),
    };
  } finally {
    reader.close();
  }
}

function attemptsOf(events: ReturnType<ReturnType<typeof readJournal>["read"]>): readonly AttemptSpan[] {
  const spans = new Map<string, AttemptSpan>();
  for (const event of events) {
    if (event.type === "attempt-released" && spans.size < MAX_ATTEMPTS) {
      const { at, n, wallMs } = event;
      spans.set(`${at} ${n}`, { at, n, fromMs: wallMs, toMs: undefined, ok: undefined });
    }
    if (event.type !== "attempt-ended") continue;
    const span = spans.get(`${event.at} ${event.n}`);
    const ok = event.outcome.kind === "ok" ? true : event.outcome.kind === "in-doubt" ? undefined : false;
    if (span) spans.set(`${event.at} ${event.n}`, { ...span, toMs: event.wallMs, ok });
  }
  return [...spans.values()];
}

const ENDINGS: { readonly [format in ReportFormat]: string } = {
  markdown: "md",
  html: "html",
  json: "json",
  junit: "xml",
};

/** Writes a report into the current folder and tells its path. */
export async function exportReport(runId: string, runDir: string, format: ReportFormat): Promise<string> {
  const path = resolve(`runsheet-${runId}.${ENDINGS[format]}`);
  await writeFileAtomically(path, await reportText(runDir, format, { alive: isOwned(runDir) }));
  return path;
}

import { readdirSync, statSync } from "node:fs";
import { join } from "node:path";
import type { RunState } from "../../domain/state.ts";
import { type ListedRun, listRun, runIdProblem, runPaths, type StateDir } from "../../journal/index.ts";
import type { RunEntry, Stand } from "../../tui/shell/app-source.ts";
import { readState } from "../session/read-state.ts";

/** Journals that are folded anew in one look: those of runs that somebody has to look at. */
const MAX_FOLDED = 100;

/**
 * The runs of a state directory for the home screen. A journal is opened only when it moved since the last look or somebody
 * owns the run, and folded only where its row does not say enough.
 */
export function createRunEntries(stateDir: StateDir): () => readonly RunEntry[] {
  const stands = new Map<string, { readonly seq: number; readonly activity: string; readonly stand: Stand }>();
  const list = createList(stateDir);
  return () => {
    const ended = new Set<string>();
    let folded = 0;
    return list().map((run) => {
      if (run.kind === "unreadable") return unreadable(run);
      const known = stands.get(run.runId);
      const fresh = known && known.seq === run.seq && known.activity === run.activity;
      let stand = fresh ? known.stand : plainStand(run);
      if (!stand && folded < MAX_FOLDED) {
        folded++;
        stand = foldedStand(run);
      }
      stand ??= { kind: "paused", why: "see its record" };
      stands.set(run.runId, { seq: run.seq, activity: run.activity, stand });
      const entry = entryOf(run, stand, ended.has(run.runbookFile ?? ""));
      if (run.state.kind === "ended") ended.add(run.runbookFile ?? "");
      return entry;
    });
  };
}

/** The listed runs, the last changed first. */
function createList(stateDir: StateDir): () => readonly ListedRun[] {
  let known = new Map<string, { readonly print: string; readonly run: ListedRun }>();
  return () => {
    const next = new Map<string, { readonly print: string; readonly run: ListedRun }>();
    for (const runId of runIds(stateDir)) {
      const dir = join(stateDir.runs, runId);
      const { journal } = runPaths(dir);
      const print = `${modified(journal)} ${modified(`${journal}-wal`)}`;
      const before = known.get(runId);
      // An owner that dies leaves no trace in the files: while somebody owns a run, it is asked again.
      const run = before?.print === print && !isActive(before.run) ? before.run : listRun(dir, runId);
      if (run) next.set(runId, { print, run });
    }
    known = next;
    return [...next.values()]
      .map(({ run }) => run)
      .sort((a, b) => changed(b) - changed(a) || (a.runId < b.runId ? 1 : -1));
  };
}

function runIds(stateDir: StateDir): readonly string[] {
  try {
    return readdirSync(stateDir.runs).filter((name) => runIdProblem(name) === undefined);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return [];
    throw error;
  }
}

function changed(run: ListedRun): number {
  return run.kind === "run" ? run.updatedWallMs : 0;
}

function isActive(run: ListedRun): boolean {
  return run.kind === "run" && run.activity !== "resting";
}

function modified(path: string): string {
  const stat = statSync(path, { throwIfNoEntry: false });
  return stat ? `${stat.mtimeMs}.${stat.size}` : "-";
}

function unreadable(run: Extract<ListedRun, { kind: "unreadable" }>): RunEntry {
  return {
    runId: run.runId,
    runbook: "",
    file: undefined,
    lab: false,
    by: "",
    startedMs: 0,
    changedMs: 0,
    stand: { kind: "unreadable", message: run.failure.message, hint: run.failure.hint ?? "runsheet state doctor" },
    needsYou: true,
    counts: { done: 0, skipped: 0, failed: 0 },
  };
}

type Row = Extract<ListedRun, { kind: "run" }>;

/** Where the row says enough. */
function plainStand({ state, activity, openPrompts, inDoubt }: Row): Stand | undefined {
  if (state.kind === "new") return { kind: "new" };
  if (state.kind === "ended" && state.result !== "failed")
    return { kind: "ended", result: state.result, exitCode: state.exitCode };
  if (activity === "interrupted" && openPrompts === 0 && inDoubt === 0) return { kind: "interrupted" };
  return undefined;
}

function foldedStand(run: Row): Stand {
  try {
    return standOf(readState(run.dir).state, run.activity === "running");
  } catch (error) {
    return { kind: "unreadable", message: (error as Error).message, hint: "runsheet state doctor" };
  }
}

/** Where a run stands, from its fold. `alive`: a process owns it now. */
export function standOf(state: RunState, alive: boolean): Stand {
  const { status } = state;
  const doubt = [...state.steps.values()].find(
    ({ phase }) => (phase.kind === "asking" ? phase.after : phase).kind === "in-doubt",
  );
  if (doubt) return { kind: "doubt", at: doubt.at, live: alive };
  const open = [...state.prompts.values()].map(({ prompt }) => prompt);
  const question = open.find((prompt) => prompt.purpose !== "failure");
  if (question) {
    const why = question.expects.kind === "approval" && question.expects.typed !== undefined ? "typed" : "confirm";
    return { kind: "asks", at: question.at, title: question.title, why, live: alive };
  }
  const [failed] = open;
  if (failed && alive) return { kind: "asks", at: failed.at, title: failed.title, why: "failed", live: true };
  if (state.pinConflict && !alive) return { kind: "context", ...pick(state.pinConflict) };
  if (status.kind === "ended") {
    if (status.result !== "failed") return { kind: "ended", result: status.result, exitCode: status.exitCode };
    return { kind: "failed", ...failureOf(state), ended: true };
  }
  if (alive) return running(state);
  if (failed || (status.kind === "paused" && status.reason.kind === "failed")) {
    return { kind: "failed", ...failureOf(state), ended: false };
  }
  if (status.kind === "paused") return { kind: "paused", why: pauseWords(status.reason) };
  return status.kind === "new" ? { kind: "new" } : { kind: "interrupted" };
}

function pick({ name, expected, actual }: { name: string; expected: string; actual: string }) {
  return { name, expected, actual };
}

function running(state: RunState): Stand {
  const top = Object.keys(state.fingerprints).filter((pattern) => !pattern.includes("/"));
  const done = top.filter((at) => state.steps.get(at)?.phase.kind === "ended").length;
  const [at = ""] = [...state.open].slice(-1);
  return { kind: "running", at, done, total: top.length };
}

function failureOf(state: RunState): { readonly at: string; readonly message: string } {
  for (const step of state.steps.values()) {
    const phase = step.phase.kind === "asking" ? step.phase.after : step.phase;
    if (phase.kind === "halted" || phase.kind === "failed") return { at: step.at, message: phase.failure.message };
    if (phase.kind === "ended" && phase.result.kind === "failed")
      return { at: step.at, message: phase.result.failure.message };
  }
  return { at: "", message: "" };
}

function pauseWords(reason: { readonly kind: string }): string {
  const given = reason as {
    kind: string;
    signal?: string;
    actor?: { user: string };
    at?: string;
    failure?: { message: string };
  };
  switch (given.kind) {
    case "signal":
      return `by ${given.signal}`;
    case "stopped":
      return `stopped by ${given.actor?.user ?? "somebody"}`;
    case "until":
      return `${given.at} has ended, as was wished`;
    case "refused":
      return given.failure?.message ?? "refused";
    case "disk-full":
      return "the disk is full";
    default:
      return given.kind.replaceAll("-", " ");
  }
}

/** A failed run needs nobody any more when a later run of the same runbook has come to its end. */
function entryOf(run: Row, stand: Stand, superseded: boolean): RunEntry {
  const over = stand.kind === "ended" || (stand.kind === "failed" && stand.ended && superseded);
  return {
    runId: run.runId,
    runbook: run.runbook ?? "",
    file: run.runbookFile,
    lab: run.lab,
    by: run.startedBy?.user ?? "",
    startedMs: run.createdWallMs,
    changedMs: run.updatedWallMs,
    stand,
    needsYou: !over && stand.kind !== "running",
    counts: run.steps,
  };
}

import { readFileSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import type { Failure } from "../../domain/failure.ts";
import type { JsonObject } from "../../domain/json.ts";
import type { GivenAnswers } from "../../headless/index.ts";
import { listRuns, type StateDir } from "../../journal/index.ts";
import { fillLabFile, type LabFile, readLabFile } from "../../lab/lab-file.ts";
import { type LabOutcome, labStatus, startLabProcess, stopLab } from "../../lab/lab-process.ts";
import { findLab, type LabState } from "../../lab/state-file.ts";
import { answersOf } from "./answers.ts";
import { UsageError } from "./usage-error.ts";

/** What a practice run is started with: the lab's parameters and the answers that get a headless one through. */
export type Practice = {
  readonly params: JsonObject;
  /** `-p name=value` that are not the lab's business. */
  readonly pairs: readonly string[];
  readonly answers: GivenAnswers;
  /** Writes into the run's directory in which lab it practises. */
  remember(runDir: string): void;
};

export type PractiseOptions = {
  readonly scenario?: string | undefined;
  /** The operator's `-p name=value`. */
  readonly pairs: readonly string[];
  readonly quiet: boolean;
};

/** `practice.json` of a run: a lab that was started later in the same place is not the lab of this run. */
type Remembered = {
  readonly dir: string;
  readonly startedAt: string;
  readonly env: Readonly<Record<string, string>>;
  readonly answers: JsonObject;
};

/** The lab of a state directory. */
export function labDir(stateDir: StateDir): string {
  return join(stateDir.path, "lab");
}

/**
 * Starts the lab that a runbook needs (or finds it running), and puts its programs first in this process's PATH, so that
 * nothing real is reached. Commands inherit that. Of the operator's parameters it takes those that lab.yaml leaves to be
 * chosen, and those whose value is the lab's own (`-p units='${{ lab.… }}'`).
 */
export async function practise(
  stateDir: StateDir,
  runbookFile: string,
  { scenario, pairs, quiet }: PractiseOptions,
): Promise<Practice> {
  const read = readLabFile(dirname(runbookFile));
  if (read.kind === "failed") throw refused(read.failure);
  const { file } = read;
  const { state, fresh } = await labFor(stateDir, file, scenario);
  const { chosen, others } = choose(file, pairs);
  const values = (await labStatus(state.dir))?.values ?? state.values;
  const outcome = fillLabFile(file, values, chosen);
  if (outcome.kind === "failed") throw refused(outcome.failure);
  const { params, env, answers } = outcome.filled;
  const remembered: Remembered = {
    dir: state.dir,
    startedAt: state.startedAt,
    env: { ...state.env, ...env },
    answers,
  };
  Object.assign(process.env, remembered.env);
  if (!quiet) {
    const trouble = state.scenario === null ? "" : `, with the trouble ${state.scenario}`;
    process.stderr.write(`LAB: ${fresh ? "started" : "runs"} in ${state.dir}${trouble}; nothing real is touched\n`);
    process.stderr.write("LAB: it stays up for further practice until: runsheet lab down\n");
  }
  return {
    params,
    pairs: others,
    answers: answersOf(answers, "lab.yaml"),
    remember: (runDir) =>
      writeFileSync(join(runDir, practiceFile), `${JSON.stringify(remembered, undefined, 2)}\n`, { mode: 0o600 }),
  };
}

/**
 * For a practice run that goes on: this process is led back into the run's own lab. When that lab is gone, so is all that
 * the run did, and going on would reach for real programs: refused with code 6.
 */
export function backToLab(runDir: string, runbook: string): GivenAnswers {
  const { dir, startedAt, env, answers } = remembered(runDir) ?? { dir: "", startedAt: "", env: {}, answers: {} };
  const found = dir === "" ? undefined : findLab(dir);
  if (found?.kind !== "running" || found.state.startedAt !== startedAt) {
    throw new UsageError(
      "the lab in which this run practised is gone, and with it all that the run did there",
      `runsheet run ${runbook} --lab`,
      6,
    );
  }
  Object.assign(process.env, env);
  return answersOf(answers, "lab.yaml");
}

const practiceFile = "practice.json";

async function labFor(
  stateDir: StateDir,
  file: LabFile,
  scenario: string | undefined,
): Promise<{ readonly state: LabState; readonly fresh: boolean }> {
  const dir = labDir(stateDir);
  const before = findLab(dir);
  const start = () =>
    startLabProcess({ dir, parts: file.parts, forRun: true, ...(scenario === undefined ? {} : { scenario }) });
  let started: LabOutcome = await start();
  if (started.kind === "failed" && before.kind === "running" && isOver(stateDir, before.state)) {
    const stopped = await stopLab(dir);
    started = stopped.kind === "failed" ? stopped : await start();
  }
  if (started.kind === "failed") throw refused(started.failure);
  const fresh = before.kind !== "running" || before.state.startedAt !== started.state.startedAt;
  return { state: started.state, fresh };
}

/** A lab that was started for a practice run, and no run in it goes on or waits: each has ended, or failed as practised. */
function isOver(stateDir: StateDir, { forRun, startedAt }: LabState): boolean {
  return (
    forRun &&
    !listRuns(stateDir).some(
      (run) =>
        run.kind === "run" &&
        !(run.state.kind === "ended" || (run.state.kind === "paused" && run.state.exitCode === 1)) &&
        remembered(run.dir)?.startedAt === startedAt,
    )
  );
}

function remembered(runDir: string): Remembered | undefined {
  try {
    return JSON.parse(readFileSync(join(runDir, practiceFile), "utf8")) as Remembered;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return undefined;
    throw error;
  }
}

function choose(file: LabFile, pairs: readonly string[]) {
  const chosen: Record<string, string> = {};
  const others: string[] = [];
  for (const pair of pairs) {
    const [, name = "", value = ""] = /^([^=]+)=(.*)$/s.exec(pair) ?? [];
    if (file.choices.includes(name) || /^\$\{\{\s*lab\.[\w.-]+\s*\}\}$/.test(value)) chosen[name] = value;
    else others.push(pair);
  }
  return { chosen, others };
}

function refused({ message, hint }: Failure): UsageError {
  return new UsageError(message, hint);
}

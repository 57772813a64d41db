import { dirname, join } from "node:path";
import type { Failure } from "../../domain/failure.ts";
import type { JsonObject } from "../../domain/json.ts";
import type { GivenAnswers } from "../../headless/index.ts";
import type { StateDir } from "../../journal/index.ts";
import { fillLabFile, readLabFile } from "../../lab/lab-file.ts";
import { startLabProcess } from "../../lab/lab-process.ts";
import { answersOf } from "./answers.ts";
import { UsageError } from "./usage-error.ts";

/** What a practice run is started with: the lab's parameters and the answers that get a headless one through. */
export type Practice = { readonly params: JsonObject; readonly answers: GivenAnswers };

/** The lab of a state directory. */
export function labDir(stateDir: StateDir): string {
  return join(stateDir.path, "lab");
}

/**
 * Starts the lab that a runbook needs (or finds it running), and puts its programs first in this process's PATH, so that
 * nothing real is reached. Commands inherit that.
 */
export async function practise(
  stateDir: StateDir,
  runbookFile: string,
  scenario: string | undefined,
): Promise<Practice> {
  const read = readLabFile(dirname(runbookFile));
  if (read.kind === "failed") throw refused(read.failure);
  const started = await startLabProcess({
    dir: labDir(stateDir),
    parts: read.file.parts,
    ...(scenario === undefined ? {} : { scenario }),
  });
  if (started.kind === "failed") throw refused(started.failure);
  const filled = fillLabFile(read.file, started.state.values);
  if (filled.kind === "failed") throw refused(filled.failure);
  Object.assign(process.env, started.state.env, filled.filled.env);
  return { params: filled.filled.params, answers: answersOf(filled.filled.answers, "lab.yaml") };
}

function refused({ message, hint }: Failure): UsageError {
  return new UsageError(message, hint);
}

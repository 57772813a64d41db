import type { ChildProcess } from "node:child_process";
import type { ProcessIdentity } from "../domain/attempt.ts";
import type { Failure } from "../domain/failure.ts";
import type { AttemptRequest, GatedAttempt } from "../domain/ports.ts";
import { faultPoint } from "../lib/fault-point.ts";
import type { Attempt } from "./attempt.ts";
import { attemptPaths, createAttemptDir } from "./attempt-dir.ts";
import { attemptIdPattern } from "./exit-record.ts";
import { identityOf } from "./identity.ts";
import { gateOf, launch, type Workshop } from "./launch.ts";
import { occupation } from "./occupation.ts";
import type { OutputWatch } from "./output-watch.ts";
import { runningAttempt } from "./running.ts";
import { requestProblem, startFailure } from "./start-failure.ts";

/** What becomes of an attempt once its gate is open. */
export type Aftercare = { readonly outputs: OutputWatch; readonly lingerMs: number };

export type Prepared =
  | { readonly kind: "ready"; readonly attempt: GatedAttempt }
  | { readonly kind: "failed"; readonly failure: Failure };

/**
 * Starts the wrapper of an attempt, which then waits at its gate. The FIFO that says "alive" is handed to it at birth, so
 * from the moment it exists its attempt can be found.
 */
export async function prepare(workshop: Workshop, aftercare: Aftercare, request: AttemptRequest): Promise<Prepared> {
  const { attemptId } = request;
  if (!attemptIdPattern.test(attemptId)) throw new Error(`not an attempt id: ${attemptId}`);
  const paths = attemptPaths(request.dir);
  const problem = requestProblem(request) ?? (await occupation(paths));
  if (problem) return { kind: "failed", failure: problem };
  try {
    faultPoint("process.before-dir");
    createAttemptDir(paths);
    await workshop.fifos.place(paths.alive);
    const child = await launch(workshop, request, paths);
    const exited = new Promise<void>((resolve) => {
      child.once("exit", () => resolve());
    });
    const attempt = { attemptId, paths, identity: identityOrAbandon(child) };
    faultPoint("process.gated");
    return { kind: "ready", attempt: gated(attempt, child, exited, aftercare) };
  } catch (error) {
    return { kind: "failed", failure: startFailure(request, error as NodeJS.ErrnoException) };
  }
}

function identityOrAbandon(child: ChildProcess): ProcessIdentity {
  try {
    // A child that nobody has waited for keeps its entry, even when it has ended.
    return identityOf(child.pid as number) as ProcessIdentity;
  } catch (error) {
    gateOf(child).destroy();
    throw error;
  }
}

function gated(
  attempt: Attempt & { readonly identity: ProcessIdentity },
  child: ChildProcess,
  exited: Promise<void>,
  { outputs, lingerMs }: Aftercare,
): GatedAttempt {
  const gate = gateOf(child);
  gate.on("error", () => {});
  return {
    identity: attempt.identity,
    release: () => {
      faultPoint("process.before-go");
      gate.write("go\n");
      faultPoint("process.after-go");
      return runningAttempt(attempt, exited, outputs.begin(attempt.paths), lingerMs);
    },
    abandon: async () => {
      gate.destroy();
      await exited;
    },
  };
}

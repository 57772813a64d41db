import { resolve } from "node:path";
import type { Move } from "../domain/next-moves.ts";
import type { LastAttempt } from "../domain/state.ts";
import { awaitEnd } from "./attempt-command.ts";
import type { Task } from "./perform.ts";
import type { Run } from "./run.ts";
import { awaitReady } from "./service.ts";

/** An earlier executor released this attempt and ended. Its command may run on, may have ended, or be lost. */
export async function adopt(run: Run, { at, node, n }: Extract<Move, { kind: "adopt" }>, task: Task): Promise<void> {
  const last = run.state.steps.get(at)?.last as LastAttempt;
  if (node.step.body.kind === "uses") {
    const evidence = ["the executor ended while the action ran inside it"];
    return run.record([{ type: "attempt-ended", at, n, outcome: { kind: "in-doubt", evidence }, observedLate: true }]);
  }
  const attempt = await run.processes.adopt({
    dir: resolve(run.runDir, last.dir),
    attemptId: last.attemptId,
    ...(last.identity ? { identity: last.identity } : {}),
  });
  if (node.step.body.kind === "service") return awaitReady(run, at, node, n, attempt, task, true);
  return awaitEnd(run, at, node, n, attempt, task, true);
}

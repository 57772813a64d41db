import { join } from "node:path";
import type { ActionContext } from "../domain/action.ts";
import { type Address, attemptDirName } from "../domain/address.ts";
import type { Evaluated } from "../domain/expressions.ts";
import { nodeAt } from "../domain/plan.ts";
import { directoryOf } from "./directory.ts";
import type { Run } from "./run.ts";
import { scopeOf } from "./scope.ts";

/** What one attempt of an action may use of its surroundings. */
export function actionContext(
  run: Run,
  at: Address,
  attempt: {
    readonly attemptId: string;
    readonly n: number;
    readonly signal: AbortSignal;
    log(line: string): void;
  },
): Evaluated<ActionContext> {
  const scope = scopeOf(run, at);
  const cwd = directoryOf(run, at, scope);
  if (cwd.kind === "failed") return cwd;
  const env: { [name: string]: string | undefined } = { ...run.env };
  for (const [name, template] of Object.entries(nodeAt(run.plan, at)?.step.env ?? {})) {
    const value = run.expressions.text(template, scope);
    if (value.kind === "failed") return value;
    env[name] = value.value;
  }
  const { n } = attempt;
  const context: ActionContext = {
    signal: attempt.signal,
    attemptId: attempt.attemptId,
    stepKey: `${run.state.created?.runId}/${at}`,
    cwd: cwd.value,
    scratchDir: join(run.runDir, "scratch", attemptDirName(at, 0)),
    env,
    progress: (progress) =>
      run.live({
        kind: "progress",
        at,
        n,
        progress: progress.note === undefined ? progress : { ...progress, note: run.mask(progress.note) },
      }),
    log: (line) => {
      const masked = run.mask(line);
      attempt.log(masked);
      if (!nodeAt(run.plan, at)?.step.sensitive) run.live({ kind: "log", at, n, line: masked });
    },
    checkpoint: (value) => run.record([{ type: "checkpoint-saved", at, value }]),
    lastCheckpoint: run.state.steps.get(at)?.checkpoint,
    secret: (name) => {
      const value = run.secrets[name];
      if (value === undefined) throw new Error(`secret "${name}" is not declared in the runbook`);
      return value;
    },
  };
  return { kind: "ok", value: context };
}

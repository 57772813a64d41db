import type { RunOutcome } from "../domain/ports.ts";
import type { Actor } from "../domain/prompt.ts";
import { createReporter, type GivenAnswers } from "../headless/index.ts";
import { listRun, type StateDir } from "../journal/index.ts";
import type { GlobalOptions } from "./global-options.ts";
import { attachPlain } from "./plain/attach.ts";
import type { RunOptions } from "./run-options.ts";
import { actorHere } from "./session/actor.ts";
import { readAnswers } from "./session/answers.ts";
import { type ExecutorOrder, startDetached } from "./session/detached.ts";
import { executeRun } from "./session/executor.ts";
import { eventsFor, type Intent, skipsFor } from "./session/intent.ts";
import { policyFor } from "./session/policy.ts";
import { backToLab } from "./session/practice.ts";
import { readState } from "./session/read-state.ts";
import { loadStored } from "./session/stored-runbook.ts";
import { typedSecrets } from "./session/typed-secrets.ts";
import { onTerminal, wantsScreen } from "./terminal.ts";

export type CarryOn = {
  readonly stateDir: StateDir;
  readonly runId: string;
  readonly runDir: string;
  readonly intent: Intent;
  readonly givenSecrets: Readonly<Record<string, string>>;
  readonly paramFiles?: readonly string[];
  /** Of `lab.yaml`: what gets a headless practice run through. */
  readonly practiceAnswers?: GivenAnswers;
  readonly options: GlobalOptions & RunOptions;
};

/** Runs the executor: on a terminal as a process of its own with a screen attached, else in the foreground. */
export async function carryOn(request: CarryOn): Promise<number> {
  const { options } = request;
  const terminal = onTerminal(options);
  const practiceAnswers = request.practiceAnswers ?? practiceGoesOn(request);
  // On a terminal a practice run asks like a real one: that is what is practised.
  const prepared = terminal ? {} : (practiceAnswers ?? {});
  const answers: GivenAnswers = { ...prepared, ...(options.answers ? await readAnswers(options.answers) : {}) };
  const engine = {
    stepMode: options.step,
    graceMs: options.grace * 1000,
    acceptContext: options.acceptContext,
    ...(options.until === undefined ? {} : { until: options.until }),
  };
  const { stateDir, runDir, runId, intent } = request;
  const paramFiles = request.paramFiles ?? [];
  const screen = wantsScreen(options);
  const actor = actorHere(screen ? "screen" : terminal ? "plain" : "headless");
  const policy = { answers, approve: options.approve, yes: options.yes };
  const event = options.events ? { event: (json: string) => void process.stdout.write(`${json}\n`) } : {};
  if (terminal) {
    // Asked here, while there is a terminal: the executor will have none.
    const loaded = await loadStored(runDir, readState(runDir).state);
    const givenSecrets = await typedSecrets(loaded, request.givenSecrets, paramFiles, true);
    const order: ExecutorOrder = {
      stateDir: stateDir.path,
      runDir,
      runId,
      actor,
      engine,
      intent,
      givenSecrets,
      policy,
    };
    // What draws is loaded while the executor starts: in this order, for a moment the environment is not what it inherits.
    await Promise.all([startDetached(order), screen && import("./screen.ts").then((it) => it.loadRunScreen())]);
    if (screen) return onScreen(request, actor);
    const outcome = await attachPlain({ runDir, runId, actor, readOnly: false, quiet: options.quiet, ...event });
    return tellOutcome(runId, outcome, options);
  }
  const outcome = await executeRun({
    stateDir,
    runDir,
    runId,
    actor,
    engine,
    givenSecrets: request.givenSecrets,
    paramFiles,
    waitForPeople: false,
    frontEnds: [
      createReporter({ line: (line) => void process.stderr.write(`${line}\n`), quiet: options.quiet, ...event }),
      policyFor(policy, actor),
    ],
    before: (state) => eventsFor(intent, runDir, state, actor),
    beforeWithPlan: (state, plan) => skipsFor(intent, state, plan),
  });
  return tellOutcome(runId, outcome, options);
}

/** A run that was started with --lab goes on in its own lab, or not at all. */
function practiceGoesOn({ intent, runDir, runId }: CarryOn): GivenAnswers | undefined {
  const run = intent.kind === "run" ? undefined : listRun(runDir, runId);
  return run?.kind === "run" && run.lab ? backToLab(runDir, run.runbook ?? "RUNBOOK") : undefined;
}

async function onScreen({ runDir, runId, options }: CarryOn, actor: Actor): Promise<number> {
  const { attachScreen, decideOnScreen } = await import("./screen.ts");
  const outcome = await attachScreen({ runDir, runId, actor, readOnly: false, color: options.color });
  const differs = outcome.exitCode === 6 && readState(runDir).state.pinConflict !== undefined;
  return differs ? decideOnScreen({ runId, runDir }, options) : tellOutcome(runId, outcome, options);
}

/** Summary and next commands on stderr; with `--json` the result object on stdout. */
export function tellOutcome(runId: string, outcome: RunOutcome, options: GlobalOptions): number {
  const { exitCode, summary, next, failure } = outcome;
  if (options.json)
    process.stdout.write(
      `${JSON.stringify({ run: runId, exitCode, summary, next, ...(failure ? { failure } : {}) })}\n`,
    );
  if (!options.quiet || exitCode !== 0) {
    process.stderr.write(`${summary}\n`);
    for (const command of next) process.stderr.write(`  next: ${command}\n`);
  }
  return exitCode;
}

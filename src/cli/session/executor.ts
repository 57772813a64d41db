import { randomUUID } from "node:crypto";
import type { Event } from "../../domain/event.ts";
import type { Json } from "../../domain/json.ts";
import { type Plan, planOf } from "../../domain/plan.ts";
import { type FrontEnd, JournalError, type RunOutcome } from "../../domain/ports.ts";
import type { Actor } from "../../domain/prompt.ts";
import { reduce } from "../../domain/reduce.ts";
import type { RunState } from "../../domain/state.ts";
import { createControl, type EngineOptions, execute, type StopKind } from "../../engine/index.ts";
import { acquireMutex, type Mutex, openJournal, type StateDir } from "../../journal/index.ts";
import { createMask } from "../../lib/mask.ts";
import { startLink } from "../../link/index.ts";
import { createProcesses, identityOf } from "../../process/index.ts";
import { createExpressions, fingerprint, valueProblem } from "../../runbook/index.ts";
import { realClock, realFiles } from "./files.ts";

import type { Loaded } from "./load.ts";
import type { GivenPolicy } from "./policy.ts";
import { backToLab } from "./practice.ts";
import { foldOwned, restAgain } from "./rest.ts";
import { resolveSecrets } from "./secrets.ts";
import { listenToSignals } from "./signals.ts";
import { loadStored } from "./stored-runbook.ts";
import { typedSecrets } from "./typed-secrets.ts";
import { UsageError } from "./usage-error.ts";
import { version } from "./version.ts";

export type ExecutorOptions = {
  readonly stateDir: StateDir;
  readonly runDir: string;
  readonly runId: string;
  readonly actor: Actor;
  readonly engine: EngineOptions;
  /** Prompts wait for people (an executor of its own) or end the run with code 5 (batch). */
  readonly waitForPeople: boolean;
  readonly frontEnds: readonly FrontEnd[];
  /** What the front ends were told, for the executor that takes over when a screen edits parameters. */
  readonly policy?: GivenPolicy;
  /** Secrets that were typed, by name. */
  readonly givenSecrets: Readonly<Record<string, string>>;
  /** Files in which secret parameters may stand. */
  readonly paramFiles?: readonly string[];
  /** What the caller decided about the run before it goes on: steps to be done again, a changed plan. */
  before(state: RunState): Promise<readonly Event[]>;
  /** The same, for what depends on the plan. */
  beforeWithPlan?(state: RunState, plan: Plan): readonly Event[];
};

/**
 * Takes the run and carries it on in this process until it ends or pauses. The one function behind run, resume, retry and
 * undo, headless or detached.
 *
 * Throws `JournalError` (73-76) and `UsageError`; nothing was started then.
 */
export async function executeRun(options: ExecutorOptions): Promise<RunOutcome> {
  const journal = await openJournal(options.runDir, {
    actor: options.actor,
    identity: identityOf(process.pid) as NonNullable<ReturnType<typeof identityOf>>,
    version: version(),
  });
  let mutex: Mutex | undefined;
  const { state, rested } = foldOwned(journal);
  const processes = createProcesses();
  try {
    // Whoever started this process, and with whatever environment: a practice run reaches its lab only.
    if (state.created?.lab) backToLab(options.runDir, state.created.runbook);
    const apply = async (events: readonly Event[]): Promise<void> => {
      for (const event of events.length > 0 ? await journal.append(events) : []) reduce(state, event);
    };
    await apply(await options.before(state));
    const loaded = await loadStored(options.runDir, state);
    const expressions = createExpressions();
    const plan = planOf(loaded.runbook, state.params, loaded.sha256, fingerprint);
    await apply(options.beforeWithPlan?.(state, plan) ?? []);
    const secrets = await resolveSecrets(loaded.runbook, {
      expressions,
      processes,
      params: state.params,
      given: await typedSecrets(loaded, options.givenSecrets, options.paramFiles ?? [], false),
    });
    const mask = createMask(Object.values(secrets));
    const weak = mask.weak.map((index) => Object.keys(secrets)[index]);
    if (weak.length > 0) {
      throw new UsageError(
        `secret ${weak.join(", ")} is shorter than 4 characters and could not be hidden`,
        "use a longer one",
      );
    }
    mutex = await takeMutex(options, loaded, state.params, expressions);
    const control = createControl();
    const stop = (kind: StopKind, actor: Actor): void =>
      control.stop({
        kind,
        reason: { kind: "stopped", actor, now: kind === "now" },
        exitCode: kind === "now" ? 143 : 130,
      });
    const link = await startLink({
      runDir: options.runDir,
      runId: options.runId,
      lastSeq: () => state.seq,
      waitForPeople: options.waitForPeople,
      stop,
      request: async (request, actor) => {
        if (request.kind === "order" && options.policy) {
          return { kind: "ok", value: { engine: options.engine, policy: options.policy } as unknown as Json };
        }
        return (await control.desk.serve?.(request, actor)) ?? { kind: "failed", problem: "the run has not begun yet" };
      },
    });
    const frontEnds = [...options.frontEnds, link];
    // What was recorded before the engine began: who took the run, and of a fresh one its first event.
    for (const event of journal.read(journal.acquired.seq === 2 ? 1 : journal.acquired.seq)) {
      for (const frontEnd of frontEnds) frontEnd.notify(event, state);
    }
    const forget = listenToSignals(control);
    try {
      return await execute({
        plan,
        state,
        journal,
        processes,
        files: realFiles,
        expressions,
        clock: realClock,
        frontEnds,
        control,
        actionOf: loaded.actionOf,
        secrets,
        mask: mask.text,
        valueProblem,
        runDir: options.runDir,
        actor: options.actor,
        env: declaredEnv(loaded),
        options: options.engine,
        random: Math.random,
        newId: randomUUID,
      });
    } finally {
      forget();
    }
  } catch (error) {
    // Nothing was begun: the run rests as before, and `resume` finds it.
    if (!(error instanceof UsageError) && !isTakenMutex(error)) throw error;
    await journal.append([restAgain(rested, options.actor)]);
    throw error;
  } finally {
    mutex?.release();
    journal.close();
    processes.close();
  }
}

function isTakenMutex(error: unknown): boolean {
  return error instanceof JournalError && error.exitCode === 75;
}

async function takeMutex(
  options: ExecutorOptions,
  loaded: Loaded,
  params: RunState["params"],
  expressions: ReturnType<typeof createExpressions>,
): Promise<Mutex | undefined> {
  if (!loaded.runbook.mutex) return undefined;
  const scope = { params, steps: {}, context: {}, env: declaredEnv(loaded), run: {}, secrets: {} };
  const key = expressions.text(loaded.runbook.mutex, scope as never);
  if (key.kind === "failed") throw new Error(key.failure.message);
  return acquireMutex(options.stateDir, key.value, { runId: options.runId, actor: options.actor, pid: process.pid });
}

function declaredEnv(loaded: Loaded): Record<string, string | undefined> {
  return Object.fromEntries(loaded.runbook.env.map((name) => [name, process.env[name]]));
}

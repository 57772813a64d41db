import { setImmediate } from "node:timers/promises";
import type { Event } from "../../src/domain/event.ts";
import type { Plan } from "../../src/domain/plan.ts";
import type { RunOutcome } from "../../src/domain/ports.ts";
import { type Actor, type Answer, answerProblem, type Prompt } from "../../src/domain/prompt.ts";
import { fold } from "../../src/domain/reduce.ts";
import type { RunState } from "../../src/domain/state.ts";
import { type Control, createControl, execute } from "../../src/engine/index.ts";
import { brokenInvariants } from "../rig/state-invariants.ts";
import { simExpressions } from "./sim-runbook.ts";
import type { SimWorld } from "./sim-world.ts";

export const actor: Actor = { user: "op", host: "h", via: "sim" };

export type Execution = {
  outcome: RunOutcome | undefined;
  error: unknown;
  readonly state: RunState;
  readonly control: Control;
};

/** Starts an executor on the world as it stands; `answer` plays the operator, `before` is what it was started for. */
export function executeIn(
  world: SimWorld,
  plan: Plan,
  answer: (prompt: Prompt) => Answer | undefined,
  probe: (command: string) => number = () => 0,
  before: readonly Event[] = [],
): Execution {
  const journal = world.journal();
  world.append(
    {
      type: "owner-acquired",
      epoch: journal.epoch,
      actor,
      identity: { pid: 1, startTicks: "1", bootId: "b", pidNamespace: "n" },
      version: "0",
    },
    journal.epoch,
  );
  for (const event of before) world.append(event, journal.epoch);
  const state = fold(world.events);
  const control = createControl();
  const execution: Execution = { outcome: undefined, error: undefined, state, control };
  const generation = world.generation;
  execute({
    plan,
    state,
    journal,
    processes: world.processesPort(probe),
    files: world.files(),
    expressions: simExpressions,
    clock: world.clock(),
    control,
    frontEnds: [
      {
        notify: (event, now) => {
          const broken = brokenInvariants(now, event);
          if (broken.length > 0) execution.error ??= new Error(broken.join("\n"));
        },
        ask: (prompt) =>
          new Promise((resolve) => {
            const given = answer(prompt);
            if (given && answerProblem(prompt, given)) throw new Error(`sim answer: ${answerProblem(prompt, given)}`);
            world.later(1, () => resolve(given && { answer: given, actor }), generation);
          }),
        close: async () => {},
      },
    ],
    actionOf: () => undefined,
    secrets: {},
    mask: (text) => text,
    valueProblem: () => undefined,
    runDir: "/sim/run",
    actor,
    env: {},
    options: { stepMode: false, graceMs: 10, acceptContext: false },
    random: world.random,
    newId: () => world.newId(),
  }).then(
    (outcome) => {
      execution.outcome = outcome;
    },
    (error: unknown) => {
      execution.error = error;
    },
  );
  return execution;
}

/** Lets the world go on until the executor has ended, or `crashAt` things have happened. */
export async function runUntil(
  world: SimWorld,
  execution: Execution,
  crashAt = Number.POSITIVE_INFINITY,
): Promise<"ended" | "crash"> {
  for (let count = 0; ; count++) {
    await setImmediate();
    if (execution.error) throw execution.error;
    if (execution.outcome) return "ended";
    if (count >= crashAt) return "crash";
    if (!world.step()) {
      await setImmediate();
      if (execution.outcome) return "ended";
      if (execution.error) throw execution.error;
      throw new Error("the executor waits for nothing that could happen");
    }
    if (count > 20_000) throw new Error("the run does not end");
  }
}

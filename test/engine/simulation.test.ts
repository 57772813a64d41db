import { expect, test } from "vitest";
import { eventsFor, type Intent } from "../../src/cli/session/intent.ts";
import { nodeAt, type PlanNode, planOf } from "../../src/domain/plan.ts";
import type { Answer, Prompt } from "../../src/domain/prompt.ts";
import { fold } from "../../src/domain/reduce.ts";
import { trials } from "../rig/trials.ts";
import { actor, executeIn, runUntil } from "./sim-run.ts";
import { randomSteps, runbookOf } from "./sim-runbook.ts";
import { randomOf, SimWorld } from "./sim-world.ts";

const SCHEDULES = Number(process.env.RUNSHEET_SCHEDULES ?? 2_000);
const FIRST = Number(process.env.RUNSHEET_SEED ?? Math.floor(Math.random() * 1e9));

/** One run with crashes at random instants, carried to its end; throws when a promise of the engine is broken. */
async function simulate(seed: number): Promise<void> {
  const random = randomOf(seed ^ 0x5eed);
  const plan = planOf(runbookOf(randomSteps(random)), {}, "sha", () => "f");
  const failing = 0.15 * random();
  const world = new SimWorld(seed, (_command, tries) => {
    const effectAtMs = Math.floor(random() * 10);
    const exitCode = tries === 0 && random() < failing ? 3 : 0;
    return { effectAtMs, endAtMs: effectAtMs + 1 + Math.floor(random() * 10), exitCode };
  });
  world.append(
    {
      type: "run-created",
      runId: "r",
      runbook: "sim",
      runbookFile: "/sim",
      runbookSha256: "sha",
      fingerprints: {},
      params: {},
      lab: false,
      actor,
      version: "0",
    },
    0,
  );
  const done = (command: string) => world.ledger.some((line) => line.command === command && line.exitCode === 0);
  const probe = (command: string) => (done(command.replace("check", "do")) ? 0 : 1);
  const operator = (prompt: Prompt): Answer => {
    if (prompt.purpose === "confirm") return { kind: "approve" };
    if (prompt.purpose === "pilot") return { kind: "choose", choice: "go-on" };
    if (prompt.purpose === "failure") {
      const choice = (["retry", "retry", "retry", "skip", "stop"] as const)[Math.floor(random() * 5)] ?? "retry";
      return { kind: "choose", choice, reason: "so it is" };
    }
    const attemptId = fold(world.events).steps.get(prompt.at)?.last?.attemptId;
    const did = world.ledger.some((line) => line.attemptId === attemptId && line.exitCode === 0);
    return { kind: "choose", choice: did ? "done" : "not-done", reason: "looked" };
  };
  let intent: Intent = { kind: "run" };
  for (let life = 0; ; life++) {
    const before = await eventsFor(intent, "/sim/run", fold(world.events), actor);
    intent = { kind: "run" };
    const execution = executeIn(world, plan, operator, probe, before);
    const crashAt = life < 12 ? Math.floor(random() * 60) : Number.POSITIVE_INFINITY;
    const ended = await runUntil(world, execution, crashAt);
    if (ended === "crash") {
      world.crash(random() < 0.3);
      continue;
    }
    expect(fold(world.events), "state = fold(events)").toEqual(execution.state);
    const last = world.events.at(-1);
    if (last?.type === "run-ended" && last.exitCode === 0) break;
    if (![1, 3, 4].includes(execution.outcome?.exitCode ?? -1)) {
      throw new Error(`ended with ${JSON.stringify(execution.outcome)}`);
    }
    // What failed, or was stopped at, is done again until nothing is left.
    intent = last?.type === "run-ended" ? { kind: "retry", items: undefined } : { kind: "resume", retryFailed: true };
  }
  if (process.env.RUNSHEET_TRACE) for (const event of world.events) console.log(JSON.stringify(event));
  checkLedger(world, plan);
}

/** Every step that the plan asks for, items as they were frozen; what is inside a skipped step is not asked for. */
function addressesOf(world: SimWorld, node: PlanNode, at: string, results: ReadonlyMap<string, string>): string[] {
  const here = at === "" ? [] : [at];
  if (node.kind === "leaf" || results.get(at) === "skipped") return here;
  const inside = (child: PlanNode, name: string) =>
    addressesOf(world, child, at === "" ? name : `${at}/${name}`, results);
  if (node.kind === "group") return [...here, ...node.children.flatMap((child) => inside(child, child.id))];
  const frozen = world.events.flatMap((event) => (event.type === "items-frozen" && event.at === at ? event.items : []));
  return [...here, ...frozen.flatMap(({ key }) => inside(node.body, key))];
}

/** Nothing lost, nothing twice, nothing announced that did not happen, one end per release. */
function checkLedger(world: SimWorld, plan: ReturnType<typeof planOf>): void {
  const results = new Map<string, string>();
  for (const event of world.events) if (event.type === "step-ended") results.set(event.at, event.result.kind);
  for (const at of addressesOf(world, plan.root, "", results)) {
    expect(["done", "skipped"], `the run ended well, and ${at}`).toContain(results.get(at));
  }
  const releases = new Map<string, { at: string; ends: string[] }>();
  const byKey = new Map<string, string>();
  for (const event of world.events) {
    if (event.type === "attempt-released") {
      releases.set(event.attemptId, { at: event.at, ends: [] });
      byKey.set(`${event.at}#${event.n}`, event.attemptId);
    }
    if (event.type === "attempt-ended") {
      const id = byKey.get(`${event.at}#${event.n}`);
      if (id === undefined) throw new Error(`an end without a release: ${event.at}`);
      releases.get(id)?.ends.push(event.outcome.kind);
      if (event.outcome.kind === "ok") {
        expect(world.ledger.filter((line) => line.attemptId === id)).toHaveLength(1);
      }
    }
  }
  for (const { at, ends } of releases.values()) expect(ends, `ends of ${at}`).toHaveLength(1);
  const successes = new Map<string, number>();
  for (const line of world.ledger) {
    const at = releases.get(line.attemptId)?.at;
    if (at === undefined) throw new Error(`ran without a durable release: ${line.command}`);
    if (line.exitCode === 0) successes.set(at, (successes.get(at) ?? 0) + 1);
  }
  for (const [at, count] of successes) {
    const node = nodeAt(plan, at);
    const harmless = node?.step.effect === "read" || node?.step.idempotent;
    if (!harmless) expect(count, `${at} ran twice`).toBe(1);
  }
}

test(`no interleaving of crashes loses or repeats a step (${SCHEDULES} schedules from seed ${FIRST})`, {
  timeout: 600_000,
}, async () => {
  trials(SCHEDULES);
  for (let seed = FIRST; seed < FIRST + SCHEDULES; seed++) {
    try {
      await simulate(seed);
    } catch (error) {
      throw new Error(`seed ${seed}: ${(error as Error).message}`, { cause: error });
    }
  }
});

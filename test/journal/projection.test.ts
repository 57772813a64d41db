import { expect, test } from "vitest";
import type { RecordedEvent, RunCreated } from "../../src/domain/event.ts";
import { planOf } from "../../src/domain/plan.ts";
import type { Answer, Prompt } from "../../src/domain/prompt.ts";
import { fold } from "../../src/domain/reduce.ts";
import { startReplay } from "../../src/journal/care/replay-rows.ts";
import { openJournal } from "../../src/journal/index.ts";
import { listRun } from "../../src/journal/list-runs.ts";
import { readRunRow } from "../../src/journal/run-row.ts";
import { executeIn, runUntil } from "../engine/sim-run.ts";
import { randomSteps, runbookOf } from "../engine/sim-runbook.ts";
import { SimWorld } from "../engine/sim-world.ts";
import { actor, created, done, owner, stepEvents } from "./events.ts";
import { long, newRun, own, refusal } from "./rig.ts";
import { seed, seeded } from "./strace.ts";

/** What the engine really records, with crashes at any instant, failures, retries, doubts and questions. */
async function simulatedEvents(seedOfRun: number): Promise<readonly RecordedEvent[]> {
  const random = seeded(seedOfRun);
  const plan = planOf(runbookOf(randomSteps(random)), {}, "sha", () => "f");
  const world = new SimWorld(seedOfRun, (_command, tries) => {
    const effectAtMs = Math.floor(random() * 10);
    return { effectAtMs, endAtMs: effectAtMs + 5, exitCode: tries === 0 && random() < 0.15 ? 3 : 0 };
  });
  world.append({ ...created("r"), params: {} } satisfies RunCreated, 0);
  const operator = (prompt: Prompt): Answer => {
    if (prompt.purpose === "confirm") return { kind: "approve" };
    if (prompt.purpose === "pilot") return { kind: "choose", choice: "go-on" };
    if (prompt.purpose === "failure") return { kind: "choose", choice: random() < 0.5 ? "retry" : "skip", reason: "r" };
    return { kind: "choose", choice: random() < 0.5 ? "rerun" : "not-done", reason: "looked" };
  };
  for (let life = 0; life < 15; life++) {
    const execution = executeIn(world, plan, operator, () => 1);
    const crashAt = life < 10 ? Math.floor(random() * 60) : 5000;
    if ((await runUntil(world, execution, crashAt)) !== "crash") break;
    world.crash(random() < 0.3);
  }
  return world.events;
}

function retries(event: RecordedEvent): boolean {
  return event.type === "prompt-answered" && (event.answer as { choice?: string }).choice === "retry";
}

test(`rows follow from whatever the engine records, at every event (seed ${seed})`, async () => {
  for (let run = 0; run < (long ? 2000 : 100); run++) {
    const events = await simulatedEvents(seed + run);
    const replay = startReplay({ runId: "r", appVersion: "0", createdWallMs: 0, machineId: "m" });
    for (const event of events) {
      const { seq, wallMs, epoch } = event;
      const row = { seq, wallMs, monoMs: 0, bootId: "b", epoch, actor: "a", body: JSON.stringify(event) };
      expect(() => replay.apply({ row, hash: "0".repeat(64) }), `seed ${seed}, run ${run}, event ${seq}`).not.toThrow();
    }
    const row = readRunRow(replay.finish());
    const state = fold(events);
    expect(row, `seed ${seed}, run ${run}`).toMatchObject({
      openPrompts: state.prompts.size,
      runbookSha256: state.runbookSha256,
      state: state.status.kind === "running" ? { kind: "active" } : state.status,
      // What is tried again stops counting in the fold at once, and in the rows when it ends again.
      ...(events.some(retries) ? {} : { steps: state.totals.steps, items: state.totals.items }),
    });
    replay.close();
  }
}, 600_000);

test("the run's row tells what the run is and goes on with, and questions that were withdrawn are not open", async () => {
  const run = newRun();
  const journal = await own(run);
  const prompt = { id: "a#1", at: "a", purpose: "confirm", severity: "plain", title: "", text: "", hash: "h" } as const;
  const changed = { runbookSha256: "cd", fingerprints: {}, accepted: [], params: {}, actor };
  await journal.append([
    { type: "plan-changed", ...changed },
    { type: "prompt-opened", prompt: { ...prompt, evidence: [], expects: { kind: "approval" } } },
  ]);
  const row = () => listRun(run.dir, run.runId);
  const told = { runbook: "bp-switch", runbookFile: "/srv/bp-switch/runbook.yaml", lab: false, startedBy: actor };
  expect(row()).toMatchObject({ ...told, runbookSha256: "cd", openPrompts: 1 });
  const withdrawn = { type: "prompt-withdrawn", promptId: "a#1", at: "a", why: "stopped" } as const;
  await journal.append([withdrawn]);
  expect(row()).toMatchObject({ openPrompts: 0 });
  expect((await refusal(journal.append([withdrawn]))).message).toContain("no open prompt a#1");
});

test("items are counted as items by the next owner, too", async () => {
  const run = newRun();
  const first = await openJournal(run.dir, owner);
  const items = [{ key: "x", value: "x" }];
  const limits = { complete: true, concurrency: 1, maxFailures: 0, pilot: 0 };
  await first.append([{ type: "items-frozen", at: "each", from: 0, items, ...limits }]);
  first.close();
  const second = await own(run);
  await second.append([{ type: "step-started", at: "each" }, ...stepEvents("each/x"), done("each")]);
  expect(listRun(run.dir, run.runId)).toMatchObject({ steps: { done: 1 }, items: { done: 1 } });
});

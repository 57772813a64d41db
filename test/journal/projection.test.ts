import { expect, test } from "vitest";
import type { RecordedEvent, RunCreated } from "../../src/domain/event.ts";
import { planOf } from "../../src/domain/plan.ts";
import type { Answer, Prompt } from "../../src/domain/prompt.ts";
import { fold } from "../../src/domain/reduce.ts";
import { startReplay } from "../../src/journal/care/replay-rows.ts";
import { readRunRow } from "../../src/journal/run-row.ts";
import { executeIn, runUntil } from "../engine/sim-run.ts";
import { randomSteps, runbookOf } from "../engine/sim-runbook.ts";
import { SimWorld } from "../engine/sim-world.ts";
import { created } from "./events.ts";
import { long } from "./rig.ts";
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
      state: state.status.kind === "running" ? { kind: "active" } : state.status,
      // What is tried again stops counting in the fold at once, and in the rows when it ends again.
      ...(events.some(retries) ? {} : { steps: state.totals.steps, items: state.totals.items }),
    });
    replay.close();
  }
}, 600_000);

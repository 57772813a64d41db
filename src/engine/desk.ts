import type { Address } from "../domain/address.ts";
import type { Json } from "../domain/json.ts";
import { nodeAt } from "../domain/plan.ts";
import type { Actor } from "../domain/prompt.ts";
import type { RunReply, RunRequest } from "../domain/run-request.ts";
import { askProbe, placeOf } from "./probe.ts";
import type { Run } from "./run.ts";
import { checkAction } from "./settle.ts";

/** Does what a screen asks for beside answers and stops. Never throws for what can be expected. */
export async function serve(run: Run, request: RunRequest, actor: Actor): Promise<RunReply> {
  switch (request.kind) {
    case "retry-now":
      return retryNow(run, request.at, actor);
    case "retry-items":
      return retryItems(run, request, actor);
    case "probe":
      return ok(await probeLines(run, request.at));
    case "order":
      return no("it was told nothing");
    case "place": {
      const place = placeOf(run, request.at);
      if (place.kind === "failed") return no(place.failure.message);
      const { cwd, env } = place.value;
      const shown = Object.fromEntries(Object.entries(env).map(([name, value]) => [name, run.mask(value)]));
      return ok({ cwd, env: shown, secrets: Object.keys(run.secrets) });
    }
  }
}

/** Ends the delay before a step's next try. */
async function retryNow(run: Run, at: Address, actor: Actor): Promise<RunReply> {
  const hurry = run.delays.get(at);
  const phase = run.state.steps.get(at)?.phase;
  if (!hurry || phase?.kind !== "waiting") return no(`${at} does not wait to be tried again`);
  await run.record([{ type: "retry-scheduled", at, n: phase.n, delayMs: 0, actor }]);
  hurry.abort();
  return ok(null);
}

/** Puts failed items back in line while their fan-out is still going on. */
async function retryItems(
  run: Run,
  { at, keys }: Extract<RunRequest, { kind: "retry-items" }>,
  actor: Actor,
): Promise<RunReply> {
  const step = run.state.steps.get(at);
  const fan = step?.fan;
  const runId = run.state.created?.runId;
  if (!step || !fan) return no(`${at} has no items`);
  if (step.phase.kind === "asking") return no(`${at} asks what to do about it: answer that`);
  if (step.phase.kind !== "started" || run.control.request || run.state.halted.size > 0) {
    return no(`${at} is not going on any more: runsheet retry ${runId}`);
  }
  // What decides the fan-out's own end is under way and cannot be called back.
  if (run.inFlight.has(at)) return no(`${at} is just coming to its end: look again in a moment`);
  const failed = new Set([...fan.failures.keys()].map((position) => fan.keys[position] as string));
  const encoded = [...fan.positions]
    .filter(([, position]) => failed.has(fan.keys[position] as string))
    .map(([key]) => key);
  const items = keys === "failed" ? encoded : encoded.filter((key) => keys.includes(key));
  if (items.length === 0) return no(`no item of ${at} has failed`);
  await run.record([{ type: "step-reopened", at, items, actor }]);
  run.wake();
  return ok(items.length);
}

/** What verify, guard and the action's own check say now, each with what it printed. */
async function probeLines(run: Run, at: Address): Promise<string[]> {
  const node = nodeAt(run.plan, at);
  if (node?.kind !== "leaf") return [`${at} has no probes`];
  const { step } = node;
  const lines: string[] = [];
  for (const [name, probe] of [
    ["verify", step.verify?.probe],
    ["guard", step.guard],
  ] as const) {
    if (!probe) continue;
    const verdict = await askProbe(run, at, probe);
    const words = { yes: "says it is done", no: "says it is not done", unknown: "could not tell" }[verdict.kind];
    lines.push(`${name} ${words}: ${verdict.note}`);
  }
  if (step.body.kind === "uses") {
    const found = await checkAction(run, at, step.body);
    const words = { done: "found its work done", "not-done": "found it not done", unknown: "cannot tell" }[found.kind];
    lines.push(`${step.body.action} ${words}${found.kind === "unknown" ? "" : `: ${found.reason}`}`);
  }
  if (lines.length === 0) return ["the step has no verify and no guard: look at the world yourself (! opens a shell)"];
  return lines.map(run.mask);
}

function ok(value: Json): RunReply {
  return { kind: "ok", value };
}

function no(problem: string): RunReply {
  return { kind: "failed", problem };
}

import { enableCompileCache } from "node:module";
import { lean } from "../../../src/cli/screen/lean.ts";
import { planOf } from "../../../src/domain/plan.ts";
import type { RunOutcome } from "../../../src/domain/ports.ts";
import { freezeItems } from "../../../src/domain/reduce-items.ts";
import type { Step } from "../../../src/domain/runbook.ts";
import { emptyState, ITEM, newStep, type RunState } from "../../../src/domain/state.ts";
import type { RunSource } from "../../../src/tui/run-source.ts";
import { runbookOf, stepOf, text } from "../../engine/sim-runbook.ts";

/** A screen on a run that is made up: `child.ts LOG STEPS ITEMS`. Items end and news come as in a busy run. */
const [log = "", steps = "0", items = "0"] = process.argv.slice(2);
enableCompileCache();
const NEWS_EVERY_MS = 50;
const ITEMS_PER_NEWS = 100;

const runbook = runbookOf(made(), { name: "bench", title: text("Bench") });
const state = begun();
const listeners = new Set<() => void>();
if (Number(items) > 0) setInterval(moveOn, NEWS_EVERY_MS);
const source: RunSource = {
  runId: "r-bench",
  plan: planOf(runbook, {}, "sha", () => "f"),
  state,
  readOnly: false,
  subscribe: (listener) => {
    listeners.add(listener);
    return () => listeners.delete(listener);
  },
  progressOf: () => undefined,
  answer: async () => undefined,
  stop: async () => undefined,
  ended: new Promise<RunOutcome>(() => {}),
  readValue: () => ({ kind: "failed", problem: "" }),
  logPath: () => log,
};
const { openScreen } = await lean(() => import("../../../src/tui/screen.ts"));
await openScreen({
  source,
  input: process.stdin,
  terminal: process.stdout as never,
  env: process.env,
  noColor: false,
  strayFile: "/dev/null",
});
process.exit(0);

function made(): Step[] {
  const fan = (n: number) => (n === 1 && Number(items) > 0 ? { forEach: {} as never } : {});
  return Array.from({ length: Number(steps) }, (_, n) => stepOf(`step-${n}`, { kind: "confirm" }, fan(n)));
}

function begun(): RunState {
  const made = emptyState();
  made.createdMs = Date.now();
  made.status = { kind: "running" };
  const first = newStep("step-0", Date.now());
  first.phase = { kind: "released", n: 1 };
  first.last = { n: 1, attemptId: "a", dir: "d", identity: undefined, effect: "read", releasedMs: Date.now() };
  made.steps.set(first.at, first);
  made.open.add(first.at);
  if (Number(items) === 0) return made;
  const fanned = newStep("step-1", Date.now());
  freezeItems(fanned, {
    type: "items-frozen",
    at: fanned.at,
    from: 0,
    items: Array.from({ length: Number(items) }, (_, n) => ({ key: `item-${n}`, value: n })),
    complete: true,
    concurrency: 10,
    maxFailures: 1_000,
    pilot: 0,
  });
  made.steps.set(fanned.at, fanned);
  return made;
}

/** Some items end; now and then one fails. */
function moveOn(): void {
  const fan = state.steps.get("step-1")?.fan;
  if (!fan) return;
  for (let left = ITEMS_PER_NEWS; left > 0 && fan.next < fan.keys.length; left--) {
    const failed = fan.next % 5_000 === 4_999;
    fan.status[fan.next] = failed ? ITEM.failed : ITEM.done;
    if (failed) fan.failures.set(fan.next, { code: "exit-code", message: "exit code 1" });
    fan.counts[failed ? "failed" : "done"]++;
    fan.next++;
  }
  for (const listener of listeners) listener();
}

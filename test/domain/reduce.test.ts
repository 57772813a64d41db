import { describe, expect, test } from "vitest";
import type { Event } from "../../src/domain/event.ts";
import type { Answer } from "../../src/domain/prompt.ts";
import type { RunState, StepState } from "../../src/domain/state.ts";
import { actor, created, done, end, release } from "../journal/events.ts";
import {
  acquired,
  answered,
  asked,
  begun,
  doubt,
  endedFailed,
  failed,
  failure,
  frozen,
  halted,
  reopened,
  started,
  stateAfter,
} from "./rig.ts";

const broke = (at: string) => [release(at), end(at, 1, failed)];

function stepIn(state: RunState, at: string): StepState {
  const step = state.steps.get(at);
  if (!step) throw new Error(`no step ${at}`);
  return step;
}

const stateOf = (...events: readonly Event[]) => stateAfter(...begun(), ...events);
const step = (at: string, ...events: readonly Event[]) => stepIn(stateOf(...events), at);

describe("the run", () => {
  test("is what its first event says, and belongs to who took it last", () => {
    const fresh = stateAfter();
    expect([fresh.status, fresh.seq, fresh.ended]).toEqual([{ kind: "new" }, 0, false]);
    const state = stateAfter({ ...created("r"), params: { big: { $int: "9007199254740993" } } }, acquired(1));
    expect(state.created?.runId).toBe("r");
    expect(state.createdMs).toBe(1000);
    expect(state.params.big).toBe(9007199254740993n);
    expect(state.fingerprints).toEqual({ "replace-target": "f1" });
    expect(state.runbookSha256).toBe("ab".repeat(32));
    expect(state.owner?.actor).toEqual(actor);
    expect([state.seq, state.lastMs, state.status.kind]).toEqual([2, 2000, "running"]);
  });

  test("is paused or ended until somebody takes it again", () => {
    const pause: Event = { type: "run-paused", reason: { kind: "disk-full" }, exitCode: 74 };
    expect(stateOf(pause).status).toEqual({ kind: "paused", reason: { kind: "disk-full" }, exitCode: 74 });
    expect(stateOf(pause).ended).toBe(false);
    expect(stateOf(pause, acquired(2)).status).toEqual({ kind: "running" });
    const over = stateOf({ type: "run-ended", result: "done", exitCode: 0 });
    expect([over.status, over.ended]).toEqual([{ kind: "ended", result: "done", exitCode: 0 }, true]);
  });

  test("remembers its surroundings, and that they differ until that is accepted or taken by another", () => {
    const taken: Event = { type: "context-taken", pins: { cluster: "blue" } };
    const differs: Event = {
      type: "context-differs",
      at: "a",
      name: "cluster",
      expected: "blue",
      actual: "green",
    };
    const accepted: Event = { type: "context-accepted", pins: { cluster: "green" }, actor };
    expect(stateOf(taken).pins).toEqual({ cluster: "blue" });
    expect(stateOf(taken, differs).pinConflict).toMatchObject({ actual: "green" });
    expect(stateOf(taken, differs).pins).toEqual({ cluster: "blue" });
    expect(stateOf(taken, differs, acquired(2)).pinConflict).toBeUndefined();
    const state = stateOf(taken, differs, accepted);
    expect([state.pins, state.pinConflict]).toEqual([{ cluster: "green" }, undefined]);
  });

  test("goes on with the text and parameters that were accepted", () => {
    const changed = { runbookSha256: "cd", fingerprints: { b: "f2" }, accepted: [], params: { n: 2 }, actor };
    const state = stateOf({ type: "plan-changed", ...changed });
    expect(state).toMatchObject({ runbookSha256: "cd", fingerprints: { b: "f2" }, params: { n: 2 } });
    expect(state.generation).toBeGreaterThan(stateOf().generation);
  });

  test("goes back through what is done and had effects, last first, whatever had stopped it", () => {
    const read = release("look", 1, { effect: "read" });
    const way = [release("a"), end("a"), done("a"), read, end("look"), done("look"), release("b"), end("b"), done("b")];
    const state = stateOf(...way, started("c"), halted("c"), { type: "run-ended", result: "failed", exitCode: 1 });
    expect(state.doneOrder).toEqual(["a", "b"]);
    expect([...state.halted]).toEqual(["c"]);
    const back: Event = { type: "undo-started", steps: ["b", "a"], actor };
    const undone = stateOf(
      ...way,
      started("c"),
      halted("c"),
      { type: "run-ended", result: "failed", exitCode: 1 },
      back,
    );
    expect([undone.undo, [...undone.halted], undone.ended]).toEqual([["b", "a"], [], false]);
    expect(undone.generation).toBeGreaterThan(state.generation);
  });

  test("counts steps as steps, items as items, and what is inside of items not at all", () => {
    const item = [started("each/x"), release("each/x/a"), end("each/x/a"), done("each/x/a"), done("each/x")];
    const state = stateOf(release("a"), end("a"), done("a"), started("each"), frozen("each", ["x", "y"]), ...item);
    expect(state.totals).toEqual({
      steps: { done: 1, failed: 0, skipped: 0 },
      items: { done: 1, failed: 0, skipped: 0 },
    });
  });
});

describe("a step", () => {
  test("has begun and ended when its events say so, with what it gave", () => {
    const over = step("a", release("a"), end("a"), { ...done("a"), outputs: { n: 3 } } as Event);
    expect([over.startedMs, over.endedMs, over.outputs]).toEqual([3000, 5000, { n: 3 }]);
    expect(over.last).toMatchObject({ n: 1, releasedMs: 3000, dir: "attempts/a.1", effect: "mutate" });
    expect(over.last).not.toHaveProperty("sensitive");
    const sensitive = step("a", release("a", 1, { sensitive: true }));
    expect(sensitive.last).toHaveProperty("sensitive", true);
    expect([...stateOf(release("a")).open]).toEqual(["a"]);
    expect([...stateOf(release("a"), end("a"), done("a")).open]).toEqual([]);
  });

  test("counts its attempts for ever and its tries until it is opened again", () => {
    const tried = [release("a"), end("a", 1, failed), release("a", 2), end("a", 2, failed)];
    expect(step("a", ...tried)).toMatchObject({ attempts: 2, tries: 2, exitCode: 7 });
    expect(step("a", ...tried, release("a", 3), end("a", 3))).toMatchObject({ attempts: 3, exitCode: 0 });
    expect(step("a", ...tried, endedFailed("a"), reopened("a"))).toMatchObject({
      attempts: 2,
      tries: 0,
      phase: { kind: "started" },
      endedMs: undefined,
    });
  });

  test("does not count an attempt that never started, and one in doubt no longer once it is to be done again", () => {
    expect(step("a", release("a"), end("a", 1, { kind: "not-started" }))).toMatchObject({
      attempts: 1,
      tries: 0,
      phase: { kind: "started" },
    });
    const settled = { type: "doubt-resolved", at: "a", n: 1, by: "operator", reason: "r", actor } as const;
    const inDoubt = [release("a"), end("a", 1, doubt)];
    expect(step("a", ...inDoubt).phase).toEqual({
      kind: "in-doubt",
      n: 1,
      evidence: ["nobody knows"],
      interrupted: false,
    });
    expect(step("a", ...inDoubt, { ...settled, as: "rerun" })).toMatchObject({ tries: 0, phase: { kind: "waiting" } });
    expect(step("a", ...inDoubt, { ...settled, as: "done" })).toMatchObject({ tries: 1, phase: { kind: "succeeded" } });
  });

  test("that we ended ourselves is in doubt and says so", () => {
    const cancelled = step("a", release("a"), end("a", 1, { kind: "cancelled", reason: "SIGTERM" }));
    expect(cancelled.phase).toEqual({ kind: "in-doubt", n: 1, evidence: ["ended by us: SIGTERM"], interrupted: true });
  });

  test("that is to be tried again says after what, and begins its delay anew with a new executor", () => {
    const retry: Event = { type: "retry-scheduled", at: "a", n: 1, delayMs: 500 };
    const waiting = { kind: "waiting", n: 1, delayMs: 500, failure };
    const events = [release("a"), end("a", 1, failed), retry];
    expect(step("a", ...events).phase).toEqual({ ...waiting, sinceMs: 5000 });
    expect(step("a", ...events, acquired(2)).phase).toEqual({ ...waiting, sinceMs: 6000 });
  });

  test("asks its guard again when another executor has it, and when an operator opens it again", () => {
    const guarded: Event = { type: "guard-checked", at: "a" };
    expect(step("a", started("a"), guarded).guarded).toBe(true);
    expect(step("a", started("a"), guarded, acquired(2)).guarded).toBe(false);
    const over = [started("a"), guarded, release("a"), end("a", 1, failed), endedFailed("a")];
    expect(step("a", ...over, reopened("a")).guarded).toBe(false);
    const item = over.map((event): Event => ({ ...event, at: "each/x" }) as Event);
    const items = [started("each"), frozen("each", ["x"]), ...item];
    expect(step("each/x", ...items, reopened("each", ["x"])).guarded).toBe(false);
  });

  test("that failed without an attempt says why", () => {
    const state = stateOf(started("a"), { type: "step-failed", at: "a", n: 0, failure });
    expect(stepIn(state, "a").phase).toMatchObject({ kind: "failed", failure });
  });

  test("that stopped the run stops it until it is opened again or ends", () => {
    const stopped = [release("a"), end("a", 1, failed), halted("a")];
    expect([...stateOf(...stopped).halted]).toEqual(["a"]);
    expect([...stateOf(...stopped, reopened("a")).halted]).toEqual([]);
    expect([...stateOf(...stopped, endedFailed("a")).halted]).toEqual([]);
  });

  test("opens the groups around it with it, and the run", () => {
    const events = [started("g"), release("g/a"), end("g/a", 1, failed), endedFailed("g/a"), endedFailed("g")];
    const over = [...events, { type: "run-ended", result: "failed", exitCode: 1 } as const];
    expect(stateOf(...over).totals.steps.failed).toBe(2);
    const again = stateOf(...over, reopened("g/a"));
    expect([...again.open].sort()).toEqual(["g", "g/a"]);
    expect([again.ended, again.totals.steps.failed]).toEqual([false, 0]);
    expect(again.generation).toBeGreaterThan(stateOf(...over).generation);
    // Who opens it has decided already: `--step` does not ask again, a confirmation does.
    expect(stepIn(again, "g/a")).toMatchObject({ cleared: true, approved: undefined });
  });

  test("asks for its confirmation again when an operator opens it again", () => {
    const approved = [started("a"), asked("a", "confirm"), answered("a", { kind: "approve" })];
    expect(step("a", ...approved, ...broke("a"), endedFailed("a"), reopened("a")).approved).toBeUndefined();
  });

  test("opens a group that stopped the run, and leaves one alone that asks about something else", () => {
    const inside = [started("g"), ...broke("g/a"), endedFailed("g/a")];
    const state = stateOf(...inside, halted("g"), reopened("g/a"));
    expect([[...state.halted], stepIn(state, "g").phase.kind]).toEqual([[], "started"]);
    const asking = stateOf(...inside, asked("g", "failure"), reopened("g/a"));
    expect([[...asking.prompts.keys()], stepIn(asking, "g").phase.kind]).toEqual([["g#1"], "asking"]);
  });

  test("keeps its last checkpoint", () => {
    const saved: Event = { type: "checkpoint-saved", at: "a", value: { next: 7 } };
    expect(step("a", release("a"), saved).checkpoint).toEqual({ next: 7 });
  });

  test("that is a service runs from its readiness to its end", () => {
    const ready: Event = { type: "service-ready", at: "a", n: 1 };
    expect([...stateOf(release("a"), ready).services.values()]).toMatchObject([{ at: "a", n: 1, last: { n: 1 } }]);
    const gone: Event = { type: "service-ended", at: "a", n: 1, wanted: true };
    expect([...stateOf(release("a"), ready, gone).services.keys()]).toEqual([]);
  });
});

describe("a question", () => {
  const approve = { kind: "approve" } as const;
  const choose = (choice: "retry" | "stop" | "go-on" | "skip"): Answer => ({ kind: "choose", choice, reason: "r" });
  const broken = [release("a"), end("a", 1, failed)];

  test("is open until it is answered or withdrawn, and its step stands where it stood", () => {
    const open = stateOf(...broken, asked("a", "failure"));
    expect([...open.prompts.keys()]).toEqual(["a#1"]);
    expect(stepIn(open, "a")).toMatchObject({ prompts: 1, phase: { kind: "asking", after: { kind: "failed" } } });
    expect(open.prompts.get("a#1")?.openedMs).toBe(5000);
    const withdrawn = stateOf(...broken, asked("a", "failure"), {
      type: "prompt-withdrawn",
      promptId: "a#1",
      at: "a",
      why: "stopped",
    });
    expect([...withdrawn.prompts.keys()]).toEqual([]);
    expect(stepIn(withdrawn, "a")).toMatchObject({ prompts: 1, phase: { kind: "failed" } });
  });

  test("that was approved lets the step go on, until it is withdrawn because its text changed", () => {
    const yes = [started("a"), asked("a", "confirm"), answered("a", approve)];
    expect([...stateOf(...yes).prompts.keys()]).toEqual([]);
    expect(step("a", ...yes)).toMatchObject({
      approved: { hash: "hash of a", purpose: "confirm" },
      phase: { kind: "started" },
    });
    const withdrawn: Event = { type: "prompt-withdrawn", promptId: "a#1", at: "a", why: "changed" };
    expect(step("a", ...yes, withdrawn).approved).toBeUndefined();
  });

  test("about a failure that is answered with retry begins a new budget at once", () => {
    const again = step("a", ...broken, asked("a", "failure"), answered("a", choose("retry")));
    expect(again).toMatchObject({ tries: 0, attempts: 1, phase: { kind: "waiting", n: 1, delayMs: 0 } });
  });

  test("about a failed group that is answered with retry looks at its children again", () => {
    const group: Event[] = [started("g"), { type: "step-failed", at: "g", n: 0, failure }, asked("g", "failure")];
    expect(step("g", ...group, answered("g", choose("retry"))).phase).toEqual({ kind: "started" });
  });

  test("about failed items that is answered with retry puts them back in line, with a fresh budget", () => {
    const item = [release("each/x"), end("each/x", 1, failed), endedFailed("each/x")];
    const fine = [release("each/y"), end("each/y"), done("each/y")];
    const list = [started("each"), frozen("each", ["x", "y"]), ...item, ...fine];
    const before = stateOf(...list, asked("each", "failure"));
    expect(stepIn(before, "each").fan?.counts).toEqual({ done: 1, failed: 1, skipped: 0 });
    const state = stateOf(...list, asked("each", "failure"), answered("each", choose("retry")));
    const { fan, phase } = stepIn(state, "each");
    expect([phase.kind, fan?.counts, [...(fan?.again ?? [])]]).toEqual([
      "started",
      { done: 1, failed: 0, skipped: 0 },
      [0],
    ]);
    expect(stepIn(state, "each/x")).toMatchObject({ tries: 0, phase: { kind: "started" } });
    expect([fan?.failures.size, state.totals.items]).toEqual([0, { done: 1, failed: 0, skipped: 0 }]);
  });

  test("about an item that failed is answered with retry for all that failed inside of it, at any depth", () => {
    const inner = [started("o/x/a/p/b"), frozen("o/x/a/p/b", ["q"], { maxFailures: 1 })];
    const q = [release("o/x/a/p/b/q"), end("o/x/a/p/b/q", 1, failed), endedFailed("o/x/a/p/b/q")];
    const passed = [...inner, ...q, done("o/x/a/p/b"), done("o/x/a/p"), done("o/x/a")];
    const list = [frozen("o", ["x"]), started("o/x"), started("o/x/a"), frozen("o/x/a", ["p"]), started("o/x/a/p")];
    const over = [...list, ...passed, endedFailed("o/x"), asked("o", "failure")];
    const state = stateOf(...over, answered("o", choose("retry")));
    for (const at of ["o", "o/x", "o/x/a", "o/x/a/p", "o/x/a/p/b", "o/x/a/p/b/q"]) {
      expect(stepIn(state, at).phase.kind, at).toBe("started");
    }
    expect(stepIn(state, "o/x/a").fan).toMatchObject({ kept: new Set(), again: new Set([0]), counts: { done: 0 } });
    expect(state.totals.items).toEqual({ done: 0, failed: 0, skipped: 0 });
  });

  test("that is put off comes again, except about a failure, where stop is a decision", () => {
    const doubtful = [release("a"), end("a", 1, doubt), asked("a", "doubt"), answered("a", choose("stop"))];
    expect(step("a", ...doubtful).phase.kind).toBe("in-doubt");
    expect(step("a", ...broken, asked("a", "failure"), answered("a", choose("stop"))).phase).toMatchObject({
      kind: "answered",
      purpose: "failure",
      before: { kind: "failed" },
    });
  });

  test("after the pilot or before a step is answered with go on", () => {
    const pilot = [started("each"), frozen("each", ["x", "y"], { pilot: 1 }), asked("each", "pilot")];
    expect(step("each", ...pilot).fan?.pilotPassed).toBe(false);
    expect(step("each", ...pilot, answered("each", choose("go-on"))).fan?.pilotPassed).toBe(true);
    const single = [started("a"), asked("a", "step"), answered("a", choose("go-on"))];
    expect(step("a", ...single)).toMatchObject({ cleared: true, phase: { kind: "started" } });
    expect(step("a", started("a")).cleared).toBe(false);
  });

  test("that was rejected is acted on with what was said", () => {
    const no: Answer = { kind: "reject", reason: "not today" };
    expect(step("a", started("a"), asked("a", "confirm"), answered("a", no)).phase).toEqual({
      kind: "answered",
      purpose: "confirm",
      answer: no,
      before: { kind: "started" },
    });
  });

  test("about a doubt is gone once the doubt is settled; others stay", () => {
    const settled = { type: "doubt-resolved", at: "a", n: 1, by: "probe", reason: "r", actor, as: "rerun" } as const;
    const events = [release("a"), end("a", 1, doubt), asked("a", "doubt"), started("b"), asked("b", "confirm")];
    expect([...stateOf(...events, settled).prompts.keys()]).toEqual(["b#1"]);
  });
});

describe("a fan-out", () => {
  test("may be listed in several events, and is listed anew from the first", () => {
    const page = (from: number, key: string, complete: boolean) =>
      ({ ...frozen("each", [key]), from, complete }) as Extract<Event, { type: "items-frozen" }>;
    const { fan } = step("each", started("each"), page(0, "u", false), page(1, "v/1", true));
    expect(fan).toMatchObject({ keys: ["u", "v/1"], values: ["u", "v/1"], complete: true });
    expect([...(fan?.positions ?? [])]).toEqual([
      ["u", 0],
      ["v%2F1", 1],
    ]);
    expect(fan?.status).toHaveLength(2);
    expect(step("each", page(0, "u", false), page(0, "v", true)).fan?.keys).toEqual(["v"]);
  });

  test("remembers what its items gave and why they failed, not what was inside of those that are done", () => {
    const list = [started("each"), frozen("each", ["u", "v"])];
    const inner = [started("each/u"), frozen("each/u/deep", ["p"]), release("each/u/deep/p"), end("each/u/deep/p")];
    const u = [...inner, done("each/u/deep/p"), done("each/u/deep"), { ...done("each/u"), outputs: { n: 3 } } as Event];
    const v = [release("each/v"), end("each/v", 1, failed), endedFailed("each/v")];
    const state = stateOf(...list, ...u, ...v);
    expect([...state.steps.keys()]).toEqual(["each", "each/v"]);
    expect([...state.inside.keys()]).toEqual(["each/v"]);
    const { fan } = stepIn(state, "each");
    expect(fan?.outputs).toEqual(new Map([[0, { n: 3 }]]));
    expect([fan?.failures, fan?.kept]).toEqual([new Map([[1, failure]]), new Set()]);
    expect(fan?.counts).toEqual({ done: 1, failed: 1, skipped: 0 });
  });

  test("keeps what is inside of an item that is done when failures were passed over in there", () => {
    const list = [started("each"), frozen("each", ["u"]), started("each/u")];
    const inner = [frozen("each/u/deep", ["p"], { maxFailures: 1 }), ...broke("each/u/deep/p")];
    const state = stateOf(...list, ...inner, endedFailed("each/u/deep/p"), done("each/u/deep"), done("each/u"));
    expect([...state.steps.keys()]).toEqual(["each", "each/u", "each/u/deep", "each/u/deep/p"]);
    expect(stepIn(state, "each").fan?.kept).toEqual(new Set([0]));
  });

  test("that is opened again without naming items keeps them as they are", () => {
    const list = [started("each"), frozen("each", ["u", "v"]), ...broke("each/u"), endedFailed("each/u")];
    const state = stateOf(...list, halted("each"), reopened("each"));
    expect([stepIn(state, "each").phase.kind, [...state.halted]]).toEqual(["started", []]);
    expect(stepIn(state, "each").fan?.counts).toEqual({ done: 0, failed: 1, skipped: 0 });
  });

  test("does failed items again that are named, takes back what they counted for, and leaves the others alone", () => {
    const list = [started("each"), frozen("each", ["u", "v", "w", "x"])];
    const u = [...broke("each/u"), endedFailed("each/u")];
    const skipped: Event = { type: "step-ended", at: "each/v", result: { kind: "skipped", why: "rejected" } };
    const w = [release("each/w"), end("each/w"), done("each/w")];
    const named = reopened("each", ["u", "v", "w", "x", "nobody"]);
    const state = stateOf(...list, ...u, skipped, ...w, endedFailed("each"), named);
    const { fan, phase } = stepIn(state, "each");
    expect(fan?.counts).toEqual({ done: 1, failed: 0, skipped: 1 });
    expect([phase.kind, fan?.again, fan?.failures.size]).toEqual(["started", new Set([0]), 0]);
    expect(state.totals).toEqual({
      steps: { done: 0, failed: 0, skipped: 0 },
      items: { done: 1, failed: 0, skipped: 1 },
    });
  });
});

import { describe, expect, test } from "vitest";
import type { Event } from "../../src/domain/event.ts";
import { fingerprintsOf, planOf } from "../../src/domain/plan.ts";
import { isImpossible, needsAcceptance, planChanges } from "../../src/domain/plan-change.ts";
import type { Step } from "../../src/domain/runbook.ts";
import { fingerprint } from "../../src/runbook/index.ts";
import { runbookOf, shell, stepOf, text } from "../engine/sim-runbook.ts";
import { done, end, release } from "../journal/events.ts";
import { answered, asked, begun, doubt, endedFailed, failed, frozen, started, stateAfter } from "./rig.ts";

const run = (id: string, line: string, more: Partial<Step> = {}) =>
  stepOf(id, { kind: "run", command: shell(line) }, more);

function forEach(step: Step): Step {
  const items = { kind: "expression", template: text("items") } as const;
  const maxFailures = { kind: "count", count: 0 } as const;
  return { ...step, forEach: { items, key: text("{key}"), concurrency: 4, maxFailures, pilot: 0, order: "listed" } };
}

const group = (id: string, ...steps: readonly Step[]) => stepOf(id, { kind: "group", parallel: false, steps });

function printsOf(steps: readonly Step[]) {
  return fingerprintsOf(planOf(runbookOf(steps), {}, "sha", fingerprint));
}

/** What an operator is told about a run of `before` that got as far as `events` and shall go on with `after`. */
function told(before: readonly Step[], events: readonly Event[], after: readonly Step[]): string[] {
  const state = stateAfter(...begun(printsOf(before)), ...events);
  return planChanges(state, printsOf(after)).map((change) => {
    const verdict = isImpossible(change) ? "impossible" : needsAcceptance(change) ? "accept" : "fine";
    return `${change.kind} ${change.pattern}: ${change.progress}, ${verdict}`;
  });
}

describe("a run that goes on with another text of its runbook", () => {
  test("hears of steps that were changed, removed and added, by address and not by place", () => {
    const before = [run("a", "one"), run("b", "two"), run("c", "three")];
    const after = [run("c", "three"), run("new", "four"), run("a", "other")];
    expect(told(before, [], after)).toEqual([
      "changed a: untouched, fine",
      "removed b: untouched, fine",
      "added new: untouched, fine",
    ]);
    expect(told(before, [], before.toReversed())).toEqual([]);
  });

  test("keeps what is done only with the operator's word, also for a step that is gone", () => {
    const before = [run("a", "one"), group("g", run("b", "two"), run("c", "three"))];
    const events = [release("a"), end("a"), done("a"), started("g"), release("g/b"), end("g/b"), done("g/b")];
    expect(told(before, events, [run("a", "other"), group("g", run("c", "other"))])).toEqual([
      "changed a: finished, accept",
      "removed g/b: finished, accept",
      "changed g/c: untouched, fine",
    ]);
  });

  test("may change what failed, was skipped or waits for an answer", () => {
    const before = [run("a", "one"), run("b", "two"), stepOf("c", { kind: "confirm" })];
    const events: Event[] = [
      release("a"),
      end("a", 1, failed),
      endedFailed("a"),
      { type: "step-ended", at: "b", result: { kind: "skipped", why: "operator" } },
      started("c"),
    ];
    const after = [run("a", "other"), run("b", "other"), run("c", "other")];
    expect(told(before, events, after)).toEqual([
      "changed a: untouched, fine",
      "changed b: untouched, fine",
      "changed c: untouched, fine",
    ]);
  });

  test("cannot exchange what runs, is in doubt, or ended and is not recorded as a step yet", () => {
    const before = ["a", "b", "c", "d", "e"].map((id) => run(id, "one"));
    const events: Event[] = [
      release("a"),
      ...[release("b"), end("b", 1, doubt)],
      ...[release("c"), end("c", 1, doubt), asked("c", "doubt")],
      ...[release("d"), end("d", 1, doubt), asked("d", "doubt")],
      answered("d", { kind: "choose", choice: "rerun", reason: "looked" }),
      ...[release("e"), end("e")],
    ];
    const after = ["a", "b", "c", "d", "e"].map((id) => run(id, "other"));
    expect(told(before, events, after)).toEqual(
      ["a", "b", "c", "d", "e"].map((id) => `changed ${id}: open, impossible`),
    );
  });
});

describe("a fan-out that goes on with another text of its runbook", () => {
  const single = (line: string) => [forEach(run("each", line))];
  const nested = (first: string, second = "two") => [forEach(group("each", run("a", first), run("b", second)))];
  const listed = [started("each"), frozen("each", ["x", "y"])];

  test("is free to change before its first item", () => {
    expect(told(single("one"), listed, single("other"))).toEqual(["changed each: untouched, fine"]);
    expect(told(nested("one"), listed, nested("other"))).toEqual(["changed each/*/a: untouched, fine"]);
  });

  test("keeps the items that are done only with the operator's word", () => {
    const events = [...listed, release("each/x"), end("each/x"), done("each/x")];
    expect(told(single("one"), events, single("other"))).toEqual(["changed each: finished, accept"]);
    const inside = [...listed, started("each/x"), release("each/x/a"), end("each/x/a"), done("each/x/a")];
    expect(told(nested("one"), inside, nested("other"))).toEqual(["changed each/*/a: finished, accept"]);
    expect(told(nested("one"), inside, nested("one", "other"))).toEqual(["changed each/*/b: untouched, fine"]);
    const all = [...inside, release("each/x/b"), end("each/x/b"), done("each/x/b"), done("each/x")];
    expect(told(nested("one"), all, nested("one", "other"))).toEqual(["changed each/*/b: finished, accept"]);
  });

  test("cannot change what one of its items runs just now, whatever the others have done", () => {
    expect(told(single("one"), [...listed, release("each/x")], single("other"))).toEqual([
      "changed each: open, impossible",
    ]);
    const x = [release("each/x"), end("each/x"), done("each/x")];
    expect(told(single("one"), [...listed, ...x, release("each/y")], single("other"))).toEqual([
      "changed each: open, impossible",
    ]);
    const first = [started("each/x"), release("each/x/a")];
    const second = [started("each/y"), release("each/y/a"), end("each/y/a"), done("each/y/a")];
    for (const events of [
      [...first, ...second],
      [...second, ...first],
    ]) {
      expect(told(nested("one"), [...listed, ...events], nested("other"))).toEqual([
        "changed each/*/a: open, impossible",
      ]);
    }
  });
});

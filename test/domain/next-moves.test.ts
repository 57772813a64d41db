import { describe, expect, test } from "vitest";
import type { Event } from "../../src/domain/event.ts";
import { newCursors, nextMoves } from "../../src/domain/next-moves.ts";
import { planOf, undoAddress } from "../../src/domain/plan.ts";
import type { Answer } from "../../src/domain/prompt.ts";
import type { Retry, Step } from "../../src/domain/runbook.ts";
import { runbookOf, shell, stepOf, text } from "../engine/sim-runbook.ts";
import { actor, done, end, release } from "../journal/events.ts";
import {
  answered,
  asked,
  begun,
  doubt,
  endedFailed,
  failed,
  failure,
  forEach,
  frozen,
  group,
  halted,
  parallel,
  reopened,
  run,
  started,
  stateAfter,
  yes,
} from "./rig.ts";

const retry: Retry = { attempts: 3, delayMs: 10, backoff: 2, maxDelayMs: 100, onExit: [] };
const worked = (at: string, n = 1) => [release(at, n), end(at, n), done(at)];
const broke = (at: string, n = 1) => [release(at, n), end(at, n, failed)];
const skip: Answer = { kind: "choose", choice: "skip", reason: "r" };

/** What may happen now in a run of these steps to which this has happened, as `kind address detail`. */
function movesOf(steps: readonly Step[], events: readonly Event[], stepMode = false): string[] {
  const plan = planOf(runbookOf(steps), {}, "sha", () => "f");
  const { moves, complete } = nextMoves(plan, stateAfter(...begun(), ...events), newCursors(), { stepMode });
  const words = moves.map((move) => {
    const detail = move.kind === "ask" ? ` ${move.purpose}` : move.kind === "attempt" ? ` +${move.delayMs}` : "";
    return `${move.kind} ${move.at}${detail}`;
  });
  return complete ? [...words, "complete"] : words;
}

describe("one step after the other", () => {
  const steps = [run("a"), group("g", [run("b"), run("c")]), run("d")];

  test("each begins when the one before it has ended, and the run is complete when all have", () => {
    expect(movesOf(steps, [])).toEqual(["start a"]);
    expect(movesOf(steps, [started("a")])).toEqual(["attempt a +0"]);
    expect(movesOf(steps, [release("a")])).toEqual(["adopt a"]);
    expect(movesOf(steps, [release("a"), end("a")])).toEqual(["finish a"]);
    expect(movesOf(steps, worked("a"))).toEqual(["start g"]);
    expect(movesOf(steps, [...worked("a"), started("g")])).toEqual(["start g/b"]);
    const inside = [...worked("a"), started("g"), ...worked("g/b"), ...worked("g/c")];
    expect(movesOf(steps, inside)).toEqual(["finish g"]);
    expect(movesOf(steps, [...inside, done("g"), ...worked("d")])).toEqual(["complete"]);
  });

  test("an attempt in doubt is settled before anything else", () => {
    expect(movesOf(steps, [release("a"), end("a", 1, doubt)])).toEqual(["settle a"]);
  });

  test("steps that were passed over stay passed over, and one that is opened again comes first", () => {
    const passed = [run("a", { onFailure: "continue" }), run("b")];
    const over = [...broke("a"), endedFailed("a")];
    expect(movesOf(passed, over)).toEqual(["start b"]);
    expect(movesOf(passed, [...over, ...worked("b"), reopened("a")])).toEqual(["attempt a +0"]);
  });

  test("parallel steps begin together, and the group ends with the last of them", () => {
    const both = [parallel("g", [run("a"), run("b")])];
    expect(movesOf(both, [started("g")])).toEqual(["start g/a", "start g/b"]);
    expect(movesOf(both, [started("g"), ...worked("g/b")])).toEqual(["start g/a"]);
    expect(movesOf(both, [started("g"), ...worked("g/b"), ...worked("g/a")])).toEqual(["finish g"]);
  });

  test("a run that goes back undoes what it was told to, and nothing of what has no way back", () => {
    const undo = { kind: "command", command: shell("back") } as const;
    const undoable = [run("a", { undo }), run("b"), run("c", { undo })];
    const back: Event = { type: "undo-started", steps: ["c", "b", "a"], actor };
    const [a, c] = [undoAddress("a"), undoAddress("c")];
    const way = [...worked("a"), ...worked("b"), ...worked("c"), back];
    expect(movesOf(undoable, way)).toEqual([`start ${c}`]);
    expect(movesOf(undoable, [...way, ...worked(c)])).toEqual([`start ${a}`]);
    expect(movesOf(undoable, [...way, ...worked(c), ...worked(a)])).toEqual(["complete"]);
  });
});

describe("before a step", () => {
  const probe = { kind: "expression", that: text("true") } as const;

  test("--step asks first, then the guard, then the confirmation", () => {
    const steps = [run("a", { guard: probe, confirm: yes })];
    const begins = [started("a")];
    expect(movesOf(steps, begins, true)).toEqual(["ask a step"]);
    const goOn: Answer = { kind: "choose", choice: "go-on" };
    const cleared = [...begins, asked("a", "step"), answered("a", goOn)];
    expect(movesOf(steps, cleared, true)).toEqual(["guard a"]);
    expect(movesOf(steps, begins)).toEqual(["guard a"]);
    const guarded: Event[] = [...begins, { type: "guard-checked", at: "a" }];
    expect(movesOf(steps, guarded)).toEqual(["ask a confirm"]);
    expect(movesOf(steps, [...guarded, asked("a", "confirm")])).toEqual(["ask a confirm"]);
    const approved = [...guarded, asked("a", "confirm"), answered("a", { kind: "approve" })];
    expect(movesOf(steps, approved)).toEqual(["attempt a +0"]);
  });

  test("whatever destroys is asked about although its author did not say so; a group is not, its steps are", () => {
    expect(movesOf([run("a", { effect: "destroy" })], [started("a")])).toEqual(["ask a confirm"]);
    const inside = [group("g", [run("a")], { effect: "destroy" })];
    expect(movesOf(inside, [started("g")])).toEqual(["start g/a"]);
    expect(movesOf([group("g", [run("a")], { confirm: yes })], [started("g")])).toEqual(["ask g confirm"]);
    expect(movesOf([stepOf("a", { kind: "confirm" })], [started("a")])).toEqual(["ask a confirm"]);
  });

  test("a fan-out that destroys is asked about once, not for each item", () => {
    const each = [run("each", { forEach, effect: "destroy" })];
    const listed = [started("each"), frozen("each", ["x"])];
    expect(movesOf(each, listed)).toEqual(["ask each confirm"]);
    const approved = [...listed, asked("each", "confirm"), answered("each", { kind: "approve" })];
    expect(movesOf(each, approved)).toEqual(["attempt each/x +0"]);
  });

  test("an input and a manual step ask, and their answers are acted on", () => {
    const spec = { type: "string", optional: false } as const;
    const input = [stepOf("a", { kind: "input", question: text("?"), spec })];
    expect(movesOf(input, [started("a")])).toEqual(["ask a input"]);
    const given = [started("a"), asked("a", "input"), answered("a", { kind: "value", value: "x" })];
    expect(movesOf(input, given)).toEqual(["act-on-answer a"]);
    const manual = [stepOf("a", { kind: "manual", instruction: text("do") })];
    expect(movesOf(manual, [started("a")])).toEqual(["ask a manual"]);
  });
});

describe("after a failure", () => {
  test("a step is tried again as often as allowed, then the operator is asked, or the run stops", () => {
    expect(movesOf([run("a", { retry })], broke("a"))).toEqual(["schedule-retry a"]);
    const thrice = [...broke("a"), ...broke("a", 2), ...broke("a", 3)];
    expect(movesOf([run("a", { retry })], thrice.slice(0, 4))).toEqual(["schedule-retry a"]);
    expect(movesOf([run("a", { retry })], thrice)).toEqual(["ask a failure"]);
    expect(movesOf([run("a")], broke("a"))).toEqual(["ask a failure"]);
    expect(movesOf([run("a", { onFailure: "stop" })], broke("a"))).toEqual(["halt a"]);
    expect(movesOf([run("a", { onFailure: "continue" })], broke("a"))).toEqual(["fail a"]);
    const due: Event = { type: "retry-scheduled", at: "a", n: 1, delayMs: 30 };
    expect(movesOf([run("a", { retry })], [...broke("a"), due])).toEqual(["attempt a +30"]);
  });

  test("only the named exit codes are tried again, and nothing that cannot help", () => {
    const only = (code: number) => [run("a", { retry: { ...retry, onExit: [code] } })];
    expect(movesOf(only(7), broke("a"))).toEqual(["schedule-retry a"]);
    expect(movesOf(only(9), broke("a"))).toEqual(["ask a failure"]);
    const timeout = [release("a"), end("a", 1, { kind: "failed", failure })];
    expect(movesOf(only(7), timeout)).toEqual(["ask a failure"]);
    expect(movesOf([run("a", { retry })], timeout)).toEqual(["schedule-retry a"]);
    const hopeless = { kind: "failed", failure: { ...failure, retryable: false }, exitCode: 7 } as const;
    expect(movesOf([run("a", { retry })], [release("a"), end("a", 1, hopeless)])).toEqual(["ask a failure"]);
  });

  test("nothing begins while the run stands in front of it; what was released is brought to its end", () => {
    const steps = [parallel("g", [run("a", { onFailure: "stop" }), run("b"), run("c"), run("d")]), run("e")];
    const stopped = [started("g"), ...broke("g/a"), halted("g/a")];
    expect(movesOf(steps, stopped)).toEqual([]);
    expect(movesOf(steps, [...stopped, release("g/b"), release("g/c"), end("g/c"), started("g/d")])).toEqual([
      "adopt g/b",
      "finish g/c",
    ]);
  });

  test("an open question about a group or a fan-out holds back what is inside", () => {
    const inside = [group("g", [run("a")])];
    const noted: Event[] = [started("g"), { type: "step-failed", at: "g", n: 0, failure }];
    expect(movesOf(inside, noted)).toEqual(["ask g failure"]);
    expect(movesOf(inside, [...noted, asked("g", "failure")])).toEqual(["ask g failure"]);
    expect(movesOf(inside, [...noted, asked("g", "failure"), answered("g", skip)])).toEqual(["act-on-answer g"]);
    expect(movesOf([run("each", { forEach })], [started("each"), { ...noted[1], at: "each" } as Event])).toEqual([
      "ask each failure",
    ]);
    const listed = [started("each"), frozen("each", ["x", "y"]), asked("each", "failure")];
    expect(movesOf([run("each", { forEach })], listed)).toEqual(["ask each failure"]);
    expect(movesOf([run("each", { forEach })], [...listed, answered("each", skip)])).toEqual(["act-on-answer each"]);
  });

  test("a failed step ends the group that passes failures over: nothing after it begins", () => {
    const steps = [group("g", [run("a"), run("b")], { onFailure: "continue" })];
    expect(movesOf(steps, [started("g"), ...broke("g/a")])).toEqual(["fail g/a"]);
    expect(movesOf(steps, [started("g"), ...broke("g/a"), endedFailed("g/a")])).toEqual(["fail g"]);
    const both = [parallel("g", [run("a"), run("b")], { onFailure: "continue" })];
    const first = [started("g"), ...broke("g/a"), endedFailed("g/a")];
    expect(movesOf(both, first)).toEqual(["start g/b"]);
    expect(movesOf(both, [...first, ...worked("g/b")])).toEqual(["fail g"]);
  });

  test("a step that its group passes over does not fail the group, and the steps beside the group are left alone", () => {
    const lenient = run("a", { onFailure: "continue" });
    const steps = [parallel("p", [run("z"), group("g", [lenient, run("b")], { onFailure: "continue" })])];
    const inside = [started("p"), started("p/g"), ...broke("p/g/a"), endedFailed("p/g/a")];
    expect(movesOf(steps, inside)).toEqual(["start p/z", "start p/g/b"]);
    const strict = [parallel("p", [run("z"), group("g", [run("a"), run("b")], { onFailure: "continue" })])];
    expect(movesOf(strict, inside)).toEqual(["start p/z", "fail p/g"]);
  });
});

describe("a fan-out", () => {
  const each = [run("each", { forEach })];
  const keys = ["u", "v", "w", "x", "y", "z"];
  const listed = (more: { maxFailures?: number; pilot?: number; concurrency?: number } = {}): Event[] => {
    const { concurrency = 2, ...limits } = more;
    return [started("each"), { ...frozen("each", keys, limits), concurrency } as Event];
  };
  const failedItem = (key: string) => [...broke(`each/${key}`), endedFailed(`each/${key}`)];

  test("lists its items first, then begins as many as may run at a time, in their order", () => {
    expect(movesOf(each, [started("each")])).toEqual(["freeze each"]);
    expect(movesOf(each, [started("each"), { ...frozen("each", ["u"]), complete: false } as Event])).toEqual([
      "freeze each",
    ]);
    expect(movesOf(each, listed())).toEqual(["attempt each/u +0", "attempt each/v +0"]);
    expect(movesOf(each, [...listed(), release("each/u")])).toEqual(["adopt each/u", "attempt each/v +0"]);
    expect(movesOf(each, [...listed(), release("each/v")])).toEqual(["adopt each/v", "attempt each/u +0"]);
    expect(movesOf(each, [...listed(), release("each/u"), release("each/v")])).toEqual([
      "adopt each/u",
      "adopt each/v",
    ]);
    expect(movesOf(each, [...listed(), ...worked("each/u"), release("each/v")])).toEqual([
      "adopt each/v",
      "attempt each/w +0",
    ]);
  });

  test("is finished when the last item has ended, also without any", () => {
    const all = keys.flatMap((key) => worked(`each/${key}`));
    expect(movesOf(each, [...listed(), ...all])).toEqual(["finish each"]);
    expect(movesOf(each, [...listed(), ...all.slice(0, -1)])).toEqual(["finish each/z"]);
    expect(movesOf(each, [started("each"), frozen("each", [])])).toEqual(["finish each"]);
  });

  test("goes on within its budget of failures and begins nothing more beyond it", () => {
    expect(movesOf(each, [...listed({ maxFailures: 1 }), ...failedItem("u")])).toEqual([
      "attempt each/v +0",
      "attempt each/w +0",
    ]);
    const two = [...listed({ maxFailures: 1 }), ...failedItem("u"), ...failedItem("v")];
    expect(movesOf(each, two)).toEqual(["ask each failure"]);
    expect(movesOf(each, [...two, release("each/w")])).toEqual(["adopt each/w"]);
  });

  test("tries a pilot first and asks before the rest", () => {
    const pilot = listed({ pilot: 2, concurrency: 4 });
    expect(movesOf(each, pilot)).toEqual(["attempt each/u +0", "attempt each/v +0"]);
    expect(movesOf(each, [...pilot, ...worked("each/u")])).toEqual(["attempt each/v +0"]);
    const tried = [...pilot, ...worked("each/u"), ...worked("each/v")];
    expect(movesOf(each, [...pilot, ...worked("each/u"), release("each/v")])).toEqual(["adopt each/v"]);
    expect(movesOf(each, tried)).toEqual(["ask each pilot"]);
    const goOn = answered("each", { kind: "choose", choice: "go-on" });
    expect(movesOf(each, [...tried, asked("each", "pilot"), goOn])).toEqual(
      ["w", "x", "y", "z"].map((key) => `attempt each/${key} +0`),
    );
    const whole = [...listed({ pilot: 6 }), ...keys.flatMap((key) => worked(`each/${key}`))];
    expect(movesOf(each, whole)).toEqual(["finish each"]);
  });

  test("does again what is put back in line before it goes on, never more at a time than allowed", () => {
    const some = [...listed({ maxFailures: 5 }), ...["u", "v", "w"].flatMap(failedItem)];
    const again = [...some, reopened("each", ["u", "v", "w"])];
    expect(movesOf(each, again)).toEqual(["attempt each/u +0", "attempt each/v +0"]);
    expect(movesOf(each, [...again, release("each/u", 2)])).toEqual(["adopt each/u", "attempt each/v +0"]);
    const one = [...some, reopened("each", ["v"])];
    expect(movesOf(each, one)).toEqual(["attempt each/v +0", "attempt each/x +0"]);
    const late = [...listed({ maxFailures: 5, concurrency: 4 }), ...failedItem("v"), reopened("each", ["v"])];
    expect(movesOf(each, late)).toEqual(["v", "u", "w", "x"].map((key) => `attempt each/${key} +0`));
  });

  test("goes on with a step inside of an item that is opened again, whatever else has failed", () => {
    const many = [group("each", [run("a"), run("b")], { forEach })];
    const item = (key: string) => [
      started(`each/${key}`),
      ...broke(`each/${key}/a`),
      ...[endedFailed(`each/${key}/a`), endedFailed(`each/${key}`)],
    ];
    const stopped = [...listed(), ...item("u"), ...item("v"), halted("each")];
    expect(movesOf(many, [...stopped, reopened("each/u/a")])).toEqual(["attempt each/u/a +0"]);
  });

  test("of groups begins each item as a step of its own, and a failure inside ends the item", () => {
    const many = [group("each", [run("a"), run("b")], { forEach })];
    expect(movesOf(many, listed())).toEqual(["start each/u", "start each/v"]);
    const begins = [...listed({ concurrency: 1 }), started("each/u")];
    expect(movesOf(many, begins)).toEqual(["start each/u/a"]);
    const inside = [...begins, ...broke("each/u/a")];
    expect(movesOf(many, inside)).toEqual(["fail each/u/a"]);
    expect(movesOf(many, [...inside, endedFailed("each/u/a")])).toEqual(["fail each/u"]);
    const passed = [group("each", [run("a", { onFailure: "continue" }), run("b")], { forEach })];
    const on = [...inside, endedFailed("each/u/a")];
    expect(movesOf(passed, on)).toEqual(["start each/u/b"]);
    expect(movesOf(passed, [...on, ...worked("each/u/b")])).toEqual(["fail each/u"]);
  });
});

test("remembered positions never change what may happen, not even when a step is opened again or the plan changes", () => {
  const plan = planOf(runbookOf([run("a"), run("b"), run("c")]), {}, "sha", () => "f");
  const cursors = newCursors();
  const moves = (events: readonly Event[]) =>
    nextMoves(plan, stateAfter(...begun(), ...events), cursors, { stepMode: false }).moves.map(({ at }) => at);
  const over = [...worked("a"), ...broke("b"), endedFailed("b"), ...worked("c")];
  expect(moves([...worked("a")])).toEqual(["b"]);
  expect(moves(over)).toEqual([]);
  expect(moves([...over, reopened("a")])).toEqual(["a"]);
});

test("remembered positions inside an item are forgotten when it is put back in line", () => {
  const plan = planOf(
    runbookOf([group("each", [run("a"), run("b")], { forEach, onFailure: "stop" })]),
    {},
    "sha",
    () => "f",
  );
  const cursors = newCursors();
  const moves = (events: readonly Event[]) =>
    nextMoves(plan, stateAfter(...begun(), ...events), cursors, { stepMode: false }).moves.map(
      ({ kind, at }) => `${kind} ${at}`,
    );
  const items = [started("each"), frozen("each", ["u"]), started("each/u")];
  const over = [...items, ...broke("each/u/a"), endedFailed("each/u/a")];
  expect(moves(over)).toEqual(["fail each/u"]);
  expect(moves([...over, endedFailed("each/u")])).toEqual(["halt each"]);
  const again = reopened("each", ["u"]);
  expect(moves([...over, endedFailed("each/u"), halted("each"), again])).toEqual(["start each/u"]);
  const begins = [...over, endedFailed("each/u"), halted("each"), again, started("each/u")];
  expect(moves(begins)).toEqual(["attempt each/u/a"]);
});

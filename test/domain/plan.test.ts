import { expect, test } from "vitest";
import {
  fingerprintsOf,
  type GroupNode,
  type LeafNode,
  nodeAt,
  type PlanNode,
  pathTo,
  planOf,
  undoAddress,
  undoNode,
  undoneAddress,
} from "../../src/domain/plan.ts";
import type { Step } from "../../src/domain/runbook.ts";
import { runbookOf, shell, stepOf, text } from "../engine/sim-runbook.ts";
import { forEach, group, parallel, run, yes } from "./rig.ts";

const called = runbookOf([run("inner")], { name: "other" });
const plan = planOf(
  runbookOf([
    run("first", { undo: { kind: "command", command: shell("back") } }),
    group("all", [run("a"), parallel("both", [run("b"), run("c")])]),
    stepOf("other", { kind: "call", runbook: called, with: [["n", { kind: "literal", value: 1 }]] }),
    run("each", { forEach, when: text("true"), confirm: yes, onFailure: "continue" }),
    group("many", [run("x"), run("inside", { forEach })], { forEach }),
  ]),
  { n: 1 },
  "sha",
  (step) => `print of ${step.id}${step.forEach ? " for each" : ""}`,
);

test("every step has an address pattern and a fingerprint of its own, in order of the file", () => {
  expect(fingerprintsOf(plan)).toEqual({
    first: "print of first",
    all: "print of all",
    "all/a": "print of a",
    "all/both": "print of both",
    "all/both/b": "print of b",
    "all/both/c": "print of c",
    other: "print of other",
    "other/inner": "print of inner",
    each: "print of each for each",
    many: "print of many for each",
    "many/*/x": "print of x",
    "many/*/inside": "print of inside for each",
  });
  expect(Object.keys(fingerprintsOf(plan)).at(-1)).toBe("many/*/inside");
  expect([plan.sha256, plan.params]).toEqual(["sha", { n: 1 }]);
});

test("a step is found by its address, whatever the key of its item", () => {
  const way = (address: string) =>
    pathTo(plan, address)?.map(({ node, at, itemKey }) => [node.kind, node.pattern, at, itemKey]);
  expect(way("")).toEqual([["group", "", "", undefined]]);
  expect(way("all/both/c")).toEqual([
    ["group", "", "", undefined],
    ["group", "all", "all", undefined],
    ["group", "all/both", "all/both", undefined],
    ["leaf", "all/both/c", "all/both/c", undefined],
  ]);
  expect(way("many/k%2F1/inside/k2")).toEqual([
    ["group", "", "", undefined],
    ["fan-out", "many", "many", undefined],
    ["group", "many/*", "many/k%2F1", "k%2F1"],
    ["fan-out", "many/*/inside", "many/k%2F1/inside", undefined],
    ["leaf", "many/*/inside/*", "many/k%2F1/inside/k2", "k2"],
  ]);
  for (const nowhere of ["nowhere", "first/deeper", "all/x", "each/k/deeper", "many/k/nowhere"]) {
    expect(pathTo(plan, nowhere), nowhere).toBeUndefined();
  }
});

test("groups know whether they are parallel; a call has its parameters", () => {
  const at = (address: string) => nodeAt(plan, address) as GroupNode;
  expect([at("").parallel, at("all").parallel, at("all/both").parallel, at("other").parallel]).toEqual([
    false,
    false,
    true,
    false,
  ]);
  expect(at("other").call).toEqual({ runbook: called, with: [["n", { kind: "literal", value: 1 }]] });
  expect(at("all")).not.toHaveProperty("call");
});

test("condition and confirmation belong to the fan-out and are not asked for each item", () => {
  const fan = nodeAt(plan, "each") as PlanNode;
  expect(fan.step).toMatchObject({ when: text("true"), confirm: yes });
  const { step } = nodeAt(plan, "each/k") as LeafNode;
  expect([step.when, step.confirm, step.forEach]).toEqual([undefined, undefined, undefined]);
  expect(step.onFailure).toBe("continue");
});

test("the root stops at a failure, and never needs a word of its own", () => {
  expect(plan.root.step).toMatchObject({ effect: "read", idempotent: true, onFailure: "stop", sensitive: false });
});

test("what undoes a step is a step of its own with an address that leads back", () => {
  for (const original of ["first", "many/k%2F1/x", "a/%252F"]) {
    const address = undoAddress(original);
    expect(address.split("/")).toHaveLength(2);
    expect(undoneAddress(address)).toBe(original);
  }
  expect(undoneAddress("~undo")).toBe("");
  const address = undoAddress("first");
  expect(pathTo(plan, address)?.map(({ node, at }) => [node.kind, at])).toEqual([
    ["group", ""],
    ["leaf", address],
  ]);
  expect(nodeAt(plan, undoAddress("all/a"))).toBeUndefined();
  expect(nodeAt(plan, undoAddress("nowhere"))).toBeUndefined();
  expect(nodeAt(plan, "~undo")).toBeUndefined();
  expect(nodeAt(plan, `${address}/deeper`)).toBeUndefined();
});

test("undoing repeats nothing of the step that it undoes but its surroundings", () => {
  const probe = { kind: "expression", that: text("true") } as const;
  const full: Partial<Step> = {
    forEach,
    guard: probe,
    verify: { probe, everyMs: 1, withinMs: 1 },
    confirm: yes,
    when: text("true"),
    preview: shell("preview"),
    effect: "destroy",
    outputs: { n: { kind: "expression", template: text("1") } },
    env: { NAME: text("value") },
    cwd: text("/srv"),
    sensitive: true,
  };
  const undoOf = (undo: Step["undo"]) => {
    const [node] = planOf(runbookOf([run("a", { ...full, ...(undo ? { undo } : {}) })]), {}, "sha", () => "f").root
      .children;
    return undoNode(node as PlanNode, "~undo/a");
  };
  const node = undoOf({ kind: "command", command: shell("back") });
  expect(node).toMatchObject({ kind: "leaf", id: "~undo/a", pattern: "~undo/a", fingerprint: "f" });
  expect(node?.step).toMatchObject({
    body: { kind: "run", command: shell("back") },
    effect: "mutate",
    outputs: {},
    env: { NAME: text("value") },
    cwd: text("/srv"),
    sensitive: true,
  });
  for (const gone of ["guard", "verify", "confirm", "when", "undo", "forEach", "preview"]) {
    expect(node?.step).not.toHaveProperty(gone);
  }
  const tree = { kind: "literal", value: 1 } as const;
  expect(undoOf({ kind: "action", action: "file.move", with: tree })?.step.body).toEqual({
    kind: "uses",
    action: "file.move",
    with: tree,
  });
  expect(undoOf({ kind: "manual", instruction: text("by hand") })?.step.body).toEqual({
    kind: "manual",
    instruction: text("by hand"),
  });
  expect(undoOf(undefined)).toBeUndefined();
});

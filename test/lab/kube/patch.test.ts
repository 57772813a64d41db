import { expect, test } from "vitest";
import { jsonPatch } from "../../../src/lab/kube/patch/json-patch.ts";
import { mergePatch } from "../../../src/lab/kube/patch/merge.ts";
import { strategicPatch } from "../../../src/lab/kube/patch/strategic.ts";
import { isRefusal } from "../../../src/lab/kube/refusal.ts";
import { matchesFields, matchesLabels } from "../../../src/lab/kube/selectors.ts";

test("a merge patch merges maps, removes with null and replaces lists", () => {
  const target = { a: { b: 1, c: 2 }, list: [1, 2] };
  expect(mergePatch(target, { a: { c: null, d: 3 }, list: [3] })).toEqual({ a: { b: 1, d: 3 }, list: [3] });
  expect(target).toEqual({ a: { b: 1, c: 2 }, list: [1, 2] });
});

test("a strategic patch merges containers by name and keeps the others", () => {
  const target = {
    containers: [
      { name: "a", image: "1", env: [{ name: "X", value: "x" }] },
      { name: "b", image: "2" },
    ],
  };
  const patch = {
    containers: [
      { name: "b", image: "3" },
      { name: "a", env: [{ name: "Y", value: "y" }] },
    ],
  };
  expect(strategicPatch(target, patch)).toEqual({
    containers: [
      {
        name: "a",
        image: "1",
        env: [
          { name: "X", value: "x" },
          { name: "Y", value: "y" },
        ],
      },
      { name: "b", image: "3" },
    ],
  });
});

test("a strategic patch obeys delete, replace and element order", () => {
  const target = { containers: [{ name: "a" }, { name: "b" }, { name: "c" }] };
  const patch = {
    $setElementOrder: undefined,
    "$setElementOrder/containers": [{ name: "c" }, { name: "a" }],
    containers: [{ name: "b", $patch: "delete" }],
  };
  expect(strategicPatch(target, patch)).toEqual({ containers: [{ name: "c" }, { name: "a" }] });
  expect(strategicPatch({ template: { a: 1, b: 2 } }, { template: { $patch: "replace", c: 3 } })).toEqual({
    template: { c: 3 },
  });
});

test("a JSON patch is all or nothing", () => {
  const target = { a: [1, 2], b: { "x/y": 1 } };
  expect(
    jsonPatch(target, [
      { op: "add", path: "/a/1", value: 9 },
      { op: "remove", path: "/b/x~1y" },
      { op: "add", path: "/a/-", value: 7 },
    ]),
  ).toEqual({ a: [1, 9, 2, 7], b: {} });
  expect(
    isRefusal(
      jsonPatch(target, [
        { op: "test", path: "/a/0", value: 5 },
        { op: "remove", path: "/b" },
      ]),
    ),
  ).toBe(true);
  expect(isRefusal(jsonPatch(target, [{ op: "replace", path: "/missing/deep", value: 1 }]))).toBe(true);
});

test("selectors understand equality, sets and fields", () => {
  const pod = { metadata: { name: "p", labels: { app: "x", tier: "a" } }, spec: { nodeName: "n1" } };
  for (const yes of ["app=x", "app==x,tier!=b", "app in (x,y),tier", "!gone", "app notin (z)"])
    expect(matchesLabels(pod, yes)).toBe(true);
  for (const no of ["app=y", "tier!=a", "app in (y)", "gone", "!app"]) expect(matchesLabels(pod, no)).toBe(false);
  expect(matchesFields(pod, "spec.nodeName=n1,metadata.name!=q")).toBe(true);
  expect(matchesFields(pod, "spec.nodeName=n2")).toBe(false);
});

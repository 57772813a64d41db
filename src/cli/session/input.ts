import type { ParamSpec } from "../../domain/runbook.ts";
import type { Value } from "../../domain/value.ts";

// TODO(runbook): take both from runbook/ once parameters are there.
export function parseInput(
  _spec: ParamSpec,
  text: string,
): { kind: "ok"; value: Value } | { kind: "bad"; problem: string } {
  return { kind: "ok", value: text };
}

export function valueProblem(_spec: ParamSpec, _value: Value): string | undefined {
  return undefined;
}

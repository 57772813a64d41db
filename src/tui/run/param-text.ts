import type { ParamSpec, Runbook } from "../../domain/runbook.ts";
import { type Value, type ValueMap, valueToJson } from "../../domain/value.ts";
import { hintOf } from "../dialog/dialog-lines.ts";
import type { EditField } from "../dialog/edit.ts";

const UNITS = [
  ["h", 3_600_000],
  ["m", 60_000],
  ["s", 1_000],
] as const;

/** The parameters of a run as text that reads back as the same values. Secrets are not among them. */
export function fieldsOf(runbook: Runbook, params: ValueMap): readonly EditField[] {
  return Object.entries(runbook.params)
    .filter(([, spec]) => spec.type !== "secret")
    .map(([name, spec]) => {
      const text = params[name] === undefined ? "" : paramText(spec, params[name]);
      return { name, hint: hintOf(spec), before: text, text, problem: "" };
    });
}

export function paramText({ type }: ParamSpec, value: Value): string {
  if (type === "duration" && typeof value === "number") {
    const unit = UNITS.find(([, ms]) => value % ms === 0);
    return value !== 0 && unit ? `${value / unit[1]}${unit[0]}` : `${value}ms`;
  }
  if (type === "size") return `${String(value)}B`;
  return typeof value === "object" && value !== null ? JSON.stringify(valueToJson(value)) : String(value);
}

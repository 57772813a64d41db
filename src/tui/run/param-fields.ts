import type { Runbook } from "../../domain/runbook.ts";
import type { EditField } from "../dialog/edit.ts";
import { hintOf } from "../dialog/prompt-parts.ts";

/** The parameters of a run, to be edited. Secrets are not among them. */
export function fieldsOf(
  runbook: Runbook,
  texts: readonly (readonly [name: string, text: string])[],
): readonly EditField[] {
  const known = new Map(texts);
  return Object.entries(runbook.params)
    .filter(([, spec]) => spec.type !== "secret")
    .map(([name, spec]) => {
      const text = known.get(name) ?? "";
      return { name, hint: hintOf(spec), before: text, text, problem: "" };
    });
}

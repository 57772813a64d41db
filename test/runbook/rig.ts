import { z } from "zod";
import type { Action } from "../../src/domain/action.ts";
import { type LoadOptions, type LoadResult, loadRunbook } from "../../src/runbook/index.ts";

function action(kind: string, more: Partial<Action>): Action {
  return {
    kind,
    title: kind,
    description: kind,
    params: z.object({}),
    outputs: z.object({}),
    effect: "mutate",
    repeatable: false,
    preview: () => Promise.resolve({ grade: "described", lines: [] }),
    run: () => Promise.resolve({ kind: "ok", outputs: {} }),
    ...more,
  };
}

/** Actions as a registry would give them, one per property that validation looks at. */
export const testActions: readonly Action[] = [
  action("test.copy", {
    repeatable: true,
    params: z.strictObject({
      from: z.string(),
      to: z.string(),
      concurrency: z.number().int().optional(),
      nested: z.object({ deep: z.object({ list: z.array(z.number()) }) }).optional(),
    }),
    outputs: z.object({ objects: z.number(), name: z.string() }),
  }),
  action("test.once", { params: z.object({ n: z.number() }) }),
  action("test.repeatable", { repeatable: true }),
  action("test.destroy", { effect: "destroy", repeatable: true }),
];

export const testOptions: LoadOptions = {
  actionOf: (kind) => testActions.find((candidate) => candidate.kind === kind),
  actionKinds: testActions.map(({ kind }) => kind),
};

/** Loads a runbook from text, as if it lay at `file`. */
export function loadText(text: string, more: Partial<LoadOptions> = {}, file = "/rb/test.yaml"): Promise<LoadResult> {
  return loadRunbook(file, { ...testOptions, bytes: new TextEncoder().encode(text), ...more });
}

/** The runbook of a text that must be valid. */
export async function runbookOf(text: string) {
  const loaded = await loadText(text);
  if (loaded.kind === "invalid") throw new Error(loaded.diagnostics.map(({ message }) => message).join("\n"));
  return loaded.runbook;
}

/** A runbook with these lines as its steps. */
export function withSteps(steps: string, head = ""): string {
  return `runsheet: 1\nname: test\n${head}steps:\n${steps.replace(/^(?=.)/gm, "  ")}\n`;
}

/** Codes of all problems, in order of the file. */
export async function codesOf(text: string, more: Partial<LoadOptions> = {}): Promise<readonly string[]> {
  const loaded = await loadText(text, more);
  return (loaded.kind === "invalid" ? loaded.diagnostics : loaded.warnings).map(({ code }) => code);
}

import { existsSync } from "node:fs";
import { dirname, join } from "node:path";
import type { Step } from "../../domain/runbook.ts";
import { type ValueMap, valueFromJson } from "../../domain/value.ts";
import type { StateDir } from "../../journal/index.ts";
import { readLabFile } from "../../lab/lab-file.ts";
import { readParamValue, resolveParams } from "../../runbook/index.ts";
import type { ReadValue } from "../../tui/run-source.ts";
import type { BookSource, Field, FieldValues, RunEntry } from "../../tui/shell/app-source.ts";
import { actorHere } from "../session/actor.ts";
import { createRunFor } from "../session/create.ts";
import { startDetached } from "../session/detached.ts";
import { type Loaded, loadForUse } from "../session/load.ts";
import { planRows } from "../session/plan-rows.ts";
import { type Practice, practise } from "../session/practice.ts";
import { readState } from "../session/read-state.ts";
import { secretQuestions } from "../session/typed-secrets.ts";
import { UsageError } from "../session/usage-error.ts";
import { lastRunOf } from "./last-run.ts";
import { tried, withOwnEnv } from "./tried.ts";
import { defaultText, paramTexts, typedText } from "./value-text.ts";

/** A runbook for the form, the plan and the start. */
export async function openBook(stateDir: StateDir, file: string, runs: readonly RunEntry[]): Promise<BookSource> {
  const loaded = await loadForUse(file, { lenient: true });
  const { runbook } = loaded;
  const earlier = runs.find((run) => run.file === file && !run.lab) ?? runs.find((run) => run.file === file);
  const lab = existsSync(join(dirname(file), "lab.yaml"));
  const all = stepsOf(runbook.steps);
  const fields = fieldsOf(loaded, lab, earlier && paramsOf(stateDir, earlier.runId));
  const read = readValue;

  const resolved = (values: FieldValues, practice: Practice | undefined) => {
    const given: Record<string, unknown> = { ...(practice ? (valueFromJson(practice.params) as ValueMap) : {}) };
    for (const { name, declared } of fields) if (!declared && values[name]) given[name] ??= values[name];
    return resolveParams(runbook, given as never, { cwd: process.cwd(), env: process.env });
  };
  const typed = (values: FieldValues): Record<string, string> =>
    Object.fromEntries(
      fields.flatMap(({ name, declared }) => (declared && values[name] ? [[name, values[name]]] : [])),
    );
  const settled = (values: FieldValues, practice: Practice | undefined) => {
    const found = resolved(values, practice);
    if (found.kind === "ok") return { params: found.params, secrets: { ...found.secrets, ...typed(values) } };
    throw new UsageError(
      found.diagnostics.map(({ message, mend }) => `${message}${mend ? `; ${mend}` : ""}`).join("\n"),
    );
  };
  const practiceFor = (values: FieldValues): Promise<Practice> => {
    const pairs = Object.entries(values).flatMap(([name, text]) =>
      text && runbook.params[name] ? [`${name}=${text}`] : [],
    );
    return practise(stateDir, file, { pairs, quiet: true });
  };

  return {
    name: runbook.name,
    file,
    title: runbook.title.source,
    description: runbook.description ?? "",
    lab,
    steps: all.length,
    destructive: all.filter((step) => step.effect === "destroy").length,
    fields,
    readValue: read,
    check: (values, practice) => {
      // The lab's own parameters are known only when it runs.
      if (practice) return [];
      const found = resolved(values, undefined);
      return found.kind === "ok" ? [] : found.diagnostics.map(({ message }) => message);
    },
    plan: (values, { practice, probe }) =>
      tried(() =>
        withOwnEnv(async () => {
          const { params, secrets } = settled(values, practice ? await practiceFor(values) : undefined);
          return {
            runbook: runbook.name,
            sha256: loaded.sha256,
            params: paramTexts(runbook.params, params),
            rows: await planRows(loaded, params, { probe, typedSecrets: secrets }),
            last: await lastRunOf(stateDir, earlier),
          };
        }),
      ),
    start: (values, { practice }) =>
      tried(() =>
        withOwnEnv(async () => {
          const lab = practice ? await practiceFor(values) : undefined;
          const { params, secrets } = settled(values, lab);
          const actor = actorHere("screen");
          const { runId, runDir } = createRunFor(stateDir, loaded, params, { lab: practice, actor });
          lab?.remember(runDir);
          await startDetached({
            stateDir: stateDir.path,
            runDir,
            runId,
            actor,
            engine: { stepMode: false, graceMs: GRACE_MS, acceptContext: false },
            intent: { kind: "run" },
            givenSecrets: secrets,
            policy: { answers: {}, approve: [], yes: false },
          });
          return runId;
        }),
      ),
  };
}

export const GRACE_MS = 10_000;

export const readValue: BookSource["readValue"] = (spec, text): ReadValue => {
  const read = readParamValue(spec, text, process.cwd());
  return read.kind === "ok"
    ? { kind: "ok", value: read.value }
    : { kind: "failed", problem: `${read.message}${read.mend ? `; ${read.mend}` : ""}` };
};

export function fieldsOf(loaded: Loaded, lab: boolean, last: ValueMap | undefined): readonly Field[] {
  const labFile = lab ? readLabFile(dirname(loaded.file)) : undefined;
  const byLab = (name: string): Field["byLab"] => {
    if (labFile?.kind !== "ok" || !(name in labFile.file.params)) return "no";
    return labFile.file.choices.includes(name) ? "offered" : "given";
  };
  const params = Object.entries(loaded.runbook.params).map(([name, spec]): Field => {
    const value = last?.[name];
    return {
      name,
      spec,
      declared: false,
      about: [spec.prompt, spec.description].filter(Boolean).join(" "),
      defaultText: defaultText(spec),
      lastText: value === undefined || spec.type === "secret" ? undefined : typedText(spec, value),
      required: !spec.optional && spec.default === undefined,
      byLab: byLab(name),
    };
  });
  return [...params, ...secretFields(loaded).filter(({ name }) => !loaded.runbook.params[name])];
}

/** Secrets that have to be typed. */
export function secretFields(loaded: Loaded): readonly Field[] {
  return secretQuestions(loaded).map(([name, question]) => ({
    name,
    spec: { type: "secret", optional: false },
    declared: true,
    about: question,
    defaultText: undefined,
    lastText: undefined,
    required: true,
    byLab: "no",
  }));
}

function paramsOf(stateDir: StateDir, runId: string): ValueMap | undefined {
  try {
    return readState(join(stateDir.runs, runId)).state.params;
  } catch {
    return undefined;
  }
}

function stepsOf(steps: readonly Step[]): readonly Step[] {
  return steps.flatMap((step) => {
    if (step.body.kind === "group") return [step, ...stepsOf(step.body.steps)];
    return step.body.kind === "call" ? [step, ...stepsOf(step.body.runbook.steps)] : [step];
  });
}

import { createHash } from "node:crypto";
import { resolve } from "node:path";
import type { Address } from "../domain/address.ts";
import type { Evaluated } from "../domain/expressions.ts";
import type { Failure } from "../domain/failure.ts";
import { overBudgetFailure } from "../domain/next-moves.ts";
import type { PlanNode } from "../domain/plan.ts";
import type { Choice, Expected, Prompt, PromptPurpose } from "../domain/prompt.ts";
import type { Template } from "../domain/runbook.ts";
import type { StepState } from "../domain/state.ts";
import { maskJson } from "./recorder.ts";
import type { Run } from "./run.ts";
import { scopeOf } from "./scope.ts";

const TAIL_LINES = 40;

/** The question as it reads now, masked; its hash is what an answer is bound to (E6). */
export async function buildPrompt(
  run: Run,
  at: Address,
  node: PlanNode,
  purpose: PromptPurpose,
): Promise<Evaluated<Prompt>> {
  const draft = await draftOf(run, at, node, purpose);
  if (draft.kind === "failed") return draft;
  const shown = maskJson(draft.value as never, run.mask) as unknown as Draft;
  const number = (run.state.steps.get(at)?.prompts ?? 0) + 1;
  return { kind: "ok", value: { id: `${at}#${number}`, ...shown, hash: hashOf(shown) } };
}

type Draft = Omit<Prompt, "id" | "hash">;

function hashOf(draft: Draft): string {
  // Evidence grows and changes without changing what is asked; it is shown, but an answer is not bound to it.
  const { evidence: _evidence, ...bound } = draft;
  return createHash("sha256").update(JSON.stringify(bound)).digest("hex");
}

async function draftOf(run: Run, at: Address, node: PlanNode, purpose: PromptPurpose): Promise<Evaluated<Draft>> {
  const title = titleOf(run, at, node);
  if (title.kind === "failed") return title;
  const notes = optionalText(run, at, node.step.notes);
  if (notes.kind === "failed") return notes;
  const base = { at, purpose, title: title.value, severity: "plain" as const, evidence: [] as readonly string[] };
  switch (purpose) {
    case "confirm":
      return confirmDraft(run, at, node, base, notes.value);
    case "input": {
      if (node.step.body.kind !== "input") throw new Error(`${at} takes no input`);
      const question = run.expressions.text(node.step.body.question, scopeOf(run, at));
      if (question.kind === "failed") return question;
      return ok({ ...base, text: question.value, expects: { kind: "value", spec: node.step.body.spec } });
    }
    case "manual": {
      if (node.step.body.kind !== "manual") throw new Error(`${at} is not manual`);
      const instruction = run.expressions.text(node.step.body.instruction, scopeOf(run, at));
      if (instruction.kind === "failed") return instruction;
      return ok({ ...base, text: instruction.value, expects: { kind: "manual" } });
    }
    case "failure":
      return failureDraft(run, at, base);
    case "doubt":
      return doubtDraft(run, at, node, base);
    case "pilot":
      return ok({ ...base, text: pilotText(run.state.steps.get(at)), expects: choices("go-on", "stop") });
    case "step":
      return ok({
        ...base,
        text: notes.value || "next step",
        ...commandShown(run, at, node),
        expects: choices("go-on", "skip", "stop"),
      });
  }
}

function confirmDraft(
  run: Run,
  at: Address,
  node: PlanNode,
  base: Omit<Draft, "text" | "expects">,
  notes: string,
): Evaluated<Draft> {
  const scope = scopeOf(run, at);
  const { confirm } = node.step;
  const message = confirm ? run.expressions.text(confirm.message, scope) : ok(`This step destroys: ${base.title}`);
  if (message.kind === "failed") return message;
  const typed = confirm?.type ? run.expressions.text(confirm.type, scope) : undefined;
  if (typed?.kind === "failed") return typed;
  const expects: Expected = { kind: "approval", ...(typed ? { typed: typed.value } : {}) };
  const severity = typed ? "severe" : node.step.effect === "destroy" ? "moderate" : "plain";
  const fan = run.state.steps.get(at)?.fan;
  const items = fan
    ? [`${fan.keys.length} items: ${fan.keys.slice(0, 20).join(", ")}${fan.keys.length > 20 ? ", …" : ""}`]
    : [];
  const text = [message.value, ...items, notes].filter(Boolean).join("\n\n");
  return ok({ ...base, severity, text, ...commandShown(run, at, node), expects });
}

async function failureDraft(run: Run, at: Address, base: Omit<Draft, "text" | "expects">): Promise<Evaluated<Draft>> {
  const step = run.state.steps.get(at);
  const failed = failureOf(step);
  const lines = await lastLines(run, step, TAIL_LINES);
  const text = failed?.hint ? `${failed.message}\n\n${failed.hint}` : (failed?.message ?? "failed");
  return ok({ ...base, text, evidence: lines, expects: choices("retry", "skip", "stop") });
}

async function doubtDraft(
  run: Run,
  at: Address,
  node: PlanNode,
  base: Omit<Draft, "text" | "expects">,
): Promise<Evaluated<Draft>> {
  const step = run.state.steps.get(at);
  const phase = step?.phase.kind === "asking" ? step.phase.after : step?.phase;
  const found = phase?.kind === "in-doubt" ? phase.evidence : [];
  const lines = await lastLines(run, step, 10);
  return ok({
    ...base,
    severity: "severe",
    text: `Attempt ${step?.attempts ?? 0} of ${at} was started and nobody can know how it ended. Look at the world, then say what happened.`,
    ...commandShown(run, at, node),
    evidence: [...found, ...lines.map((line) => `log: ${line}`)],
    expects: { kind: "choice", choices: [reasoned("done"), reasoned("not-done"), reasoned("rerun"), choice("stop")] },
  });
}

/** What the last attempt printed at its end; nothing of a sensitive step. */
export async function lastLines(run: Run, step: StepState | undefined, lines: number): Promise<readonly string[]> {
  if (!step?.last || step.last.sensitive) return [];
  return run.processes.tail(resolve(run.runDir, step.last.dir), lines);
}

/** The failure that a step stands in front of. */
export function failureOf(step: StepState | undefined): Failure | undefined {
  const phase = step?.phase.kind === "asking" ? step.phase.after : step?.phase;
  if (phase?.kind === "failed" || phase?.kind === "halted") return phase.failure;
  if (phase?.kind === "ended" && phase.result.kind === "failed") return phase.result.failure;
  return step?.fan ? overBudgetFailure(step.fan) : undefined;
}

function pilotText(step: StepState | undefined): string {
  const fan = step?.fan;
  if (!fan) return "The pilot is done.";
  const left = fan.keys.length - fan.pilot;
  return `The first ${fan.pilot} of ${fan.keys.length} items ended: ${fan.counts.done} done, ${fan.counts.failed} failed. Go on with the other ${left}?`;
}

export function titleOf(run: Run, at: Address, node: PlanNode): Evaluated<string> {
  return node.step.title ? run.expressions.text(node.step.title, scopeOf(run, at)) : ok(at);
}

function optionalText(run: Run, at: Address, template: Template | undefined): Evaluated<string> {
  return template ? run.expressions.text(template, scopeOf(run, at)) : ok("");
}

/** The command as an operator could paste it; a command that depends on an item is shown as its template. */
function commandShown(run: Run, at: Address, node: PlanNode): { command?: string } {
  const { body } = node.step;
  if (body.kind === "uses") return { command: `uses: ${body.action}` };
  if (body.kind !== "run" && body.kind !== "service") return {};
  if (node.kind === "fan-out") {
    const { command } = body;
    return {
      command: command.kind === "line" ? command.line.source : command.words.map((word) => word.source).join(" "),
    };
  }
  const rendered = run.expressions.command(body.command, scopeOf(run, at));
  return rendered.kind === "ok" ? { command: rendered.value.shown } : {};
}

const LABELS: { readonly [id: string]: string } = {
  retry: "try again",
  skip: "skip it and go on",
  stop: "stop here; resume later",
  done: "it did finish: go on",
  "not-done": "it did not run: run it",
  rerun: "run it again, whatever happened",
  "go-on": "go on",
};

function choices(...ids: readonly Choice["id"][]): Expected {
  return { kind: "choice", choices: ids.map((id) => (id === "skip" ? reasoned(id) : choice(id))) };
}

function choice(id: Choice["id"]): Choice {
  return { id, label: LABELS[id] as string, needsReason: false };
}

function reasoned(id: Choice["id"]): Choice {
  return { ...choice(id), needsReason: true };
}

function ok<T>(value: T): { readonly kind: "ok"; readonly value: T } {
  return { kind: "ok", value };
}

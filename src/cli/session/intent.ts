import { childAddress, decodeKey, lastSegment, parentOf, ROOT } from "../../domain/address.ts";
import type { Event } from "../../domain/event.ts";
import { type Plan, pathTo } from "../../domain/plan.ts";
import type { Actor } from "../../domain/prompt.ts";
import { ITEM, type RunState } from "../../domain/state.ts";
import { changePlan } from "./change.ts";
import { type Loaded, loadForUse } from "./load.ts";
import { type ParamSource, paramsFor } from "./params.ts";
import { loadStored } from "./stored-runbook.ts";
import { UsageError } from "./usage-error.ts";

/** What the operator wants of a run, in a form that crosses to the executor's process. */
export type Intent =
  | { readonly kind: "run" }
  | {
      readonly kind: "resume";
      /** Go on with this text of the runbook. */
      readonly file?: string;
      readonly acceptChanged?: readonly string[];
      readonly params?: ParamSource;
      /** Skip what is open before this step. */
      readonly from?: string;
      /** Try again what failed, without asking: nobody is there to be asked. */
      readonly retryFailed?: boolean;
    }
  /** Only what failed: whole steps, or the named items of fan-outs (all failed ones without names). */
  | { readonly kind: "retry"; readonly items: readonly string[] | undefined }
  | { readonly kind: "undo" };

/** The events that open a run for what is wanted; throws `UsageError` when it makes no sense. */
export async function eventsFor(
  intent: Intent,
  runDir: string,
  state: RunState,
  actor: Actor,
): Promise<readonly Event[]> {
  switch (intent.kind) {
    case "run":
      return [];
    case "resume":
      if (state.ended) throw alreadyEnded(state);
      return [
        ...(await changeFor(intent, runDir, state, actor)),
        ...(intent.retryFailed ? withdrawn(state) : []),
        ...reopened(state, actor, [...state.halted, ...(intent.retryFailed ? askingAboutFailure(state) : [])]),
      ];
    case "retry":
      return retried(state, actor, intent.items);
    case "undo":
      if (state.undo) return reopened(state, actor, [...state.halted]);
      return [{ type: "undo-started", steps: [...state.doneOrder].reverse(), actor }];
  }
}

/** What `--from` skips; needs the plan, which a change may just have replaced. */
export function skipsFor(intent: Intent, state: RunState, plan: Plan): readonly Event[] {
  if (intent.kind !== "resume" || intent.from === undefined) return [];
  const path = pathTo(plan, intent.from);
  if (!path || path.some((entry) => entry.itemKey !== undefined)) {
    throw new UsageError(`--from ${intent.from}: the plan has no such step outside of fan-outs`, "runsheet plan");
  }
  const events: Event[] = [];
  for (const [index, { node, at }] of path.slice(0, -1).entries()) {
    if (node.kind !== "group") continue;
    if (at !== ROOT && !state.steps.has(at)) events.push({ type: "step-started", at });
    for (const child of node.children) {
      const childAt = childAddress(at, child.id);
      if (childAt === path[index + 1]?.at) break;
      if (state.steps.get(childAt)?.phase.kind === "ended") continue;
      const result = { kind: "skipped", why: "operator", reason: `--from ${intent.from}` } as const;
      events.push({ type: "step-ended", at: childAt, result });
    }
  }
  return events;
}

async function changeFor(
  intent: Extract<Intent, { kind: "resume" }>,
  runDir: string,
  state: RunState,
  actor: Actor,
): Promise<readonly Event[]> {
  const given = intent.params && (intent.params.pairs.length > 0 || intent.params.files.length > 0);
  if (intent.file === undefined && !given) return [];
  const loaded = intent.file === undefined ? await loadStored(runDir, state) : await loadForUse(intent.file);
  const source = intent.params ?? { pairs: [], files: [] };
  const { params } = await paramsFor(secretsLater(loaded), source, false, state.params);
  const changed = await changePlan(runDir, state, loaded, params, intent.acceptChanged ?? [], actor);
  return changed ? [changed] : [];
}

/** Secret parameters are typed for the executor, not kept with the others: here none of them is missing. */
function secretsLater(loaded: Loaded): Loaded {
  const specs = Object.entries(loaded.runbook.params);
  const params = specs.map(([name, spec]) => [name, spec.type === "secret" ? { ...spec, optional: true } : spec]);
  return { ...loaded, runbook: { ...loaded.runbook, params: Object.fromEntries(params) } };
}

function reopened(state: RunState, actor: Actor, addresses: readonly string[]): Event[] {
  return addresses.map((at) => {
    const fan = state.steps.get(at)?.fan;
    if (!fan || fan.failures.size === 0) return { type: "step-reopened", at, actor };
    return { type: "step-reopened", at, items: failedKeys(state, at), actor };
  });
}

function retried(state: RunState, actor: Actor, items: readonly string[] | undefined): Event[] {
  const failed = [...state.steps.values()].filter(
    (step) =>
      step.fan === undefined &&
      step.phase.kind === "ended" &&
      step.phase.result.kind === "failed" &&
      !state.inside.has(step.at),
  );
  const leaves = items ? [] : failed.filter((step) => step.last !== undefined && !isInside(state, step.at));
  const stopped = items ? [] : [...state.halted, ...askingAboutFailure(state)];
  const events: Event[] = [
    ...(items ? [] : withdrawn(state)),
    ...reopened(state, actor, [...stopped, ...leaves.map((step) => step.at)]),
  ];
  for (const step of state.steps.values()) {
    if (!step.fan || stopped.includes(step.at) || isInFailedItem(state, step.at)) continue;
    const keys = failedKeys(state, step.at).filter(
      (key) => !items || items.includes(key) || items.includes(decodeKey(key)),
    );
    if (keys.length > 0) events.push({ type: "step-reopened", at: step.at, items: keys, actor });
  }
  if (events.length > 0) return events;
  throw new UsageError(
    items
      ? `no failed item of run ${state.created?.runId} is called ${items.join(", ")}`
      : `nothing failed in run ${state.created?.runId}`,
    `runsheet status ${state.created?.runId}`,
  );
}

function askingAboutFailure(state: RunState): readonly string[] {
  return [...state.prompts.values()]
    .filter(({ prompt }) => prompt.purpose === "failure")
    .map(({ prompt }) => prompt.at);
}

function withdrawn(state: RunState): readonly Event[] {
  return [...state.prompts.values()]
    .filter(({ prompt }) => prompt.purpose === "failure")
    .map(({ prompt }) => ({ type: "prompt-withdrawn", promptId: prompt.id, at: prompt.at, why: "it is tried again" }));
}

function isInside(state: RunState, at: string): boolean {
  return [...state.inside.keys()].some((item) => at.startsWith(`${item}/`));
}

/** What is in a failed item is done again with it. */
function isInFailedItem(state: RunState, at: string): boolean {
  for (let item = parentOf(at); item !== ROOT; item = parentOf(item)) {
    const fan = state.steps.get(parentOf(item))?.fan;
    const position = fan?.positions.get(lastSegment(item));
    if (position !== undefined && fan?.status[position] === ITEM.failed) return true;
  }
  return false;
}

function failedKeys(state: RunState, at: string): string[] {
  const fan = state.steps.get(at)?.fan;
  if (!fan) return [];
  return [...fan.positions].filter(([, position]) => fan.status[position] === ITEM.failed).map(([key]) => key);
}

function alreadyEnded(state: RunState): UsageError {
  const id = state.created?.runId;
  return new UsageError(`run ${id} has ended; there is nothing to resume`, `runsheet status ${id}`);
}

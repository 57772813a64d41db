import type { RunState, StepState } from "../../domain/state.ts";
import { printable } from "../../lib/printable.ts";
import { lastLinesOf } from "../log/pager.ts";
import type { RunSource } from "../run-source.ts";
import { failureIn } from "./diagnose.ts";
import { duration } from "./duration.ts";
import { oneLine } from "./step-canvas.ts";
import { lookOf } from "./step-rows.ts";

const MAX_FAILED = 5;
/** Of the step that the run stands in front of, and of each other one that failed. */
const TAIL_LINES = 40;
const SHORT_TAIL_LINES = 5;

/**
 * What stays in the scrollback after the screen is gone: what failed, with its last lines and where its log is (of errors, if
 * there are any); of a run that ended well what its last step said.
 */
export function summaryOf({ state, logPath }: Pick<RunSource, "state" | "logPath">): readonly string[] {
  const lines = [`${oneLine(state.created?.runbook ?? "")}  ${duration(state.lastMs - state.createdMs)}`];
  const failed = [...state.steps.values()]
    .filter((step) => ["failed", "doubt"].includes(lookOf(step.phase)) && step.last)
    .sort((a, b) => Number(b.phase.kind !== "ended") - Number(a.phase.kind !== "ended"));
  const tail = (step: StepState, most: number): void => {
    const dir = step.last?.dir ?? "";
    const printed = (["out", "err"] as const).flatMap((stream) => lastLinesOf(logPath(dir, stream), TAIL_LINES));
    lines.push(...printed.slice(-most).map((line) => `  | ${printable(line)}`));
  };
  for (const step of failed.slice(0, MAX_FAILED)) {
    const dir = step.last?.dir ?? "";
    const spoke = lastLinesOf(logPath(dir, "err"), 1).length > 0 ? "err" : "out";
    lines.push(`${wordsOf(step)}  (${logPath(dir, spoke)})`);
    tail(step, step.phase.kind === "ended" ? SHORT_TAIL_LINES : TAIL_LINES);
  }
  const last = state.ended && failed.length === 0 ? lastSpoken(state) : undefined;
  if (last) tail(last, TAIL_LINES);
  if (failed.length > MAX_FAILED) lines.push(`and ${failed.length - MAX_FAILED} more`);
  return lines;
}

/** The step outside of items that ended last, if it printed anything that may be repeated. */
function lastSpoken(state: RunState): StepState | undefined {
  const steps = [...state.steps.values()].filter((step) => step.last && step.phase.kind === "ended");
  const last = steps.reduce<StepState | undefined>(
    (latest, step) => ((step.endedMs ?? 0) >= (latest?.endedMs ?? 0) ? step : latest),
    undefined,
  );
  return last?.last?.sensitive ? undefined : last;
}

function wordsOf(step: StepState): string {
  if (lookOf(step.phase) === "doubt") return `in doubt: ${step.at}`;
  const failed = failureIn(step);
  return `failed: ${step.at}${failed ? `: ${oneLine(failed.message)}` : ""}`;
}

import type { RunState, StepState } from "../../domain/state.ts";
import { failureIn } from "./diagnose.ts";
import { duration } from "./duration.ts";
import { oneLine } from "./step-canvas.ts";
import { lookOf } from "./step-rows.ts";

const MAX_FAILED = 5;
/** Of the step that the run stands in front of, and of each other one that failed. */
const TAIL_LINES = 40;
const SHORT_TAIL_LINES = 5;

/** What stays in the scrollback after the screen is gone: what failed, with its last lines and where its log is. */
export function exitSummary(
  state: RunState,
  logPath: (dir: string, stream?: "out" | "err") => string,
  lastLines: (path: string) => readonly string[],
): readonly string[] {
  const lines = [`${oneLine(state.created?.runbook ?? "")}  ${duration(state.lastMs - state.createdMs)}`];
  const failed = [...state.steps.values()]
    .filter((step) => ["failed", "doubt"].includes(lookOf(step.phase)) && step.last)
    .sort((a, b) => Number(b.phase.kind !== "ended") - Number(a.phase.kind !== "ended"));
  for (const step of failed.slice(0, MAX_FAILED)) {
    const dir = step.last?.dir ?? "";
    lines.push(`${wordsOf(step)}  (${logPath(dir)})`);
    const tail = [...lastLines(logPath(dir, "out")), ...lastLines(logPath(dir, "err"))];
    for (const line of tail.slice(step.phase.kind === "ended" ? -SHORT_TAIL_LINES : -TAIL_LINES)) {
      lines.push(`  | ${oneLine(line)}`);
    }
  }
  if (failed.length > MAX_FAILED) lines.push(`and ${failed.length - MAX_FAILED} more`);
  return lines;
}

function wordsOf(step: StepState): string {
  if (lookOf(step.phase) === "doubt") return `in doubt: ${step.at}`;
  const failed = failureIn(step);
  return `failed: ${step.at}${failed ? `: ${oneLine(failed.message)}` : ""}`;
}

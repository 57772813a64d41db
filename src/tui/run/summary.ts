import type { RunState } from "../../domain/state.ts";
import { duration } from "./duration.ts";
import { oneLine } from "./step-canvas.ts";
import { lookOf } from "./step-rows.ts";

const MAX_FAILED = 5;

/** What stays in the scrollback after the screen is gone: what failed, with its last lines and where its log is. */
export function exitSummary(
  state: RunState,
  logPath: (dir: string) => string,
  lastLines: (path: string) => readonly string[],
): readonly string[] {
  const lines = [`${oneLine(state.created?.runbook ?? "")}  ${duration(state.lastMs - state.createdMs)}`];
  const failed = [...state.steps.values()].filter(
    (step) => ["failed", "doubt"].includes(lookOf(step.phase)) && step.last,
  );
  for (const step of failed.slice(0, MAX_FAILED)) {
    const path = logPath(step.last?.dir ?? "");
    lines.push(`${lookOf(step.phase) === "doubt" ? "in doubt" : "failed"}: ${step.at}  (${path})`);
    for (const line of lastLines(path)) lines.push(`  | ${oneLine(line)}`);
  }
  if (failed.length > MAX_FAILED) lines.push(`and ${failed.length - MAX_FAILED} more`);
  return lines;
}

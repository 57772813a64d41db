import type { RunStatusReport } from "../report/index.ts";

/** What the operator can type next, most useful first. */
export function nextCommands(report: RunStatusReport): readonly string[] {
  const doubtful = report.steps.find((step) => step.state === "in-doubt");
  if (report.state === "running") return [`runsheet attach ${report.run}`];
  if (doubtful) return [`runsheet resolve ${report.run} ${doubtful.at} --as done|not-done|rerun --reason "..."`];
  if (report.state === "ended") return report.exitCode === 0 ? [] : [`runsheet retry ${report.run} --failed`];
  return [`runsheet resume ${report.run}`];
}

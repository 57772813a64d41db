import { answerCommand } from "../domain/prompt.ts";
import type { PromptReport, RunStatusReport } from "../report/index.ts";

/** What the operator can type next, most useful first. */
export function nextCommands(report: RunStatusReport): readonly string[] {
  const doubtful = report.steps.find((step) => step.state === "in-doubt");
  if (report.state === "running") return [`runsheet attach ${report.run}`];
  if (doubtful) return [`runsheet resolve ${report.run} ${doubtful.at} --as done|not-done|rerun --reason "..."`];
  const asked = report.prompts.filter(({ purpose }) => purpose !== "failure");
  if (report.reason === "needs-answer" && asked.length > 0) {
    const answers = asked.slice(0, MAX_ANSWERS).map((prompt) => answerCommandOf(report.run, prompt));
    return [...answers, `runsheet resume ${report.run}`];
  }
  if (report.state === "ended") return report.exitCode === 0 ? [] : [`runsheet retry ${report.run} --failed`];
  return [`runsheet resume ${report.run}`];
}

/** More open questions than this are looked at with `status`. */
const MAX_ANSWERS = 5;

function answerCommandOf(run: string, { at, expects, typed }: PromptReport): string {
  return answerCommand(run, at, { kind: expects, ...(typed === undefined ? {} : { typed }) });
}

import type { RunReport, StepRecord } from "./model.ts";
import { escapeMarkup } from "./words.ts";

/** Steps as test cases, for CI systems that show JUnit XML. */
export function reportAsJunit(report: RunReport): string {
  const { status } = report;
  const cases = report.steps.map((step) => testCase(step, report));
  const failed = report.steps.filter(isFailed).length;
  const skipped = report.steps.filter((step) => step.state === "skipped").length;
  const name = escapeMarkup(`${status.runbook} ${status.run}`);
  const seconds = (report.durationMs / 1000).toFixed(3);
  return `<?xml version="1.0" encoding="UTF-8"?>
<testsuites name="${name}" tests="${cases.length}" failures="${failed}" skipped="${skipped}" time="${seconds}">
<testsuite name="${name}" tests="${cases.length}" failures="${failed}" skipped="${skipped}" time="${seconds}" timestamp="${new Date(status.createdMs).toISOString()}">
${cases.join("\n")}
</testsuite>
</testsuites>
`;
}

function testCase(step: StepRecord, report: RunReport): string {
  const head = `<testcase classname="${escapeMarkup(report.status.runbook)}" name="${escapeMarkup(step.at)}" time="${((step.durationMs ?? 0) / 1000).toFixed(3)}">`;
  return `${head}${verdict(step, report)}</testcase>`;
}

function verdict(step: StepRecord, report: RunReport): string {
  if (step.state === "skipped") return "<skipped/>";
  if (!isFailed(step)) return step.state === "done" ? "" : `<skipped message="${escapeMarkup(step.state)}"/>`;
  const record = report.failures.findLast((failure) => failure.at === step.at);
  const message = step.failure ?? record?.message ?? step.state;
  return `<failure message="${escapeMarkup(message)}">${escapeMarkup(record?.lines.join("\n") ?? "")}</failure>`;
}

function isFailed(step: StepRecord): boolean {
  return step.state === "failed" || step.state === "halted" || step.state === "in-doubt" || step.failure !== undefined;
}

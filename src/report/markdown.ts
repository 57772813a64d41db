import { printable } from "../lib/printable.ts";
import type { RunReport, StepRecord } from "./model.ts";
import { actorText, durationText, timeText } from "./words.ts";

/** A shift handover: where it stands, what was done, by whom, and the next command. */
export function reportAsMarkdown(report: RunReport): string {
  const { status } = report;
  const why = status.reason ?? status.result;
  const parts = [
    `# ${status.runbook}: ${status.run}${status.lab ? " (LAB)" : ""}`,
    [
      `**${status.state}${why ? `: ${why}` : ""}** after ${durationText(report.durationMs)}`,
      `started ${timeText(status.createdMs)}${report.startedBy ? ` by ${actorText(report.startedBy)}` : ""}`,
    ].join(", "),
    list(
      "Parameters",
      Object.entries(status.params).map(([name, value]) => `${name}: ${code(JSON.stringify(value))}`),
    ),
    list(
      "Surroundings",
      Object.entries(status.pins).map(([name, value]) => `${name}: ${code(value)}`),
    ),
    list("Next", report.next.map(code)),
    `## Steps\n\n| step | state | took | attempts |\n| --- | --- | --- | --- |\n${report.steps.map(row).join("\n")}`,
    list(
      "Answers",
      report.answers.map(
        (answer) =>
          `${timeText(answer.wallMs)} ${code(answer.at)}: ${text(answer.question)} → **${text(answer.answer)}**${answer.reason ? ` (${text(answer.reason)})` : ""}, ${actorText(answer.actor)}`,
      ),
    ),
    list(
      "Settled doubts",
      report.doubts.map(
        (doubt) => `${timeText(doubt.wallMs)} ${code(doubt.at)}: ${doubt.as} (${doubt.by}: ${text(doubt.reason)})`,
      ),
    ),
    failures(report),
    list(
      "Processes that held the run",
      report.owners.map((owner) => `${timeText(owner.wallMs)} ${actorText(owner.actor)}, pid ${owner.pid}`),
    ),
  ];
  return `${parts.filter(Boolean).join("\n\n")}\n`;
}

function row(step: StepRecord): string {
  const items = step.items
    ? ` ${step.items.done + step.items.skipped}/${step.items.total}${step.items.failed ? `, ${step.items.failed} failed` : ""}`
    : "";
  const why = step.failure ? `: ${text(step.failure)}` : "";
  const took = step.durationMs === undefined ? "" : durationText(step.durationMs);
  return `| ${code(step.at)} | ${step.state}${items}${why} | ${took} | ${step.attempts || ""} |`;
}

function failures(report: RunReport): string {
  if (report.failures.length === 0) return "";
  const blocks = report.failures.map(({ wallMs, at, message, lines }) => {
    const log = lines.length > 0 ? `\n\n~~~\n${lines.map(printable).join("\n").replaceAll("~~~", "~ ~ ~")}\n~~~` : "";
    return `### ${text(at)}\n\n${timeText(wallMs)}: ${text(message)}${log}`;
  });
  return `## Failures\n\n${blocks.join("\n\n")}`;
}

function list(title: string, lines: readonly string[]): string {
  return lines.length === 0 ? "" : `## ${title}\n\n${lines.map((line) => `- ${line}`).join("\n")}`;
}

function code(value: string): string {
  return `\`${printable(value).replaceAll("`", "'").replaceAll("|", "\\|")}\``;
}

function text(value: string): string {
  return printable(value)
    .replace(/\s+/g, " ")
    .replace(/[<>|*_`[\]\\]/g, "\\$&");
}

import type { RunReport, StepRecord } from "./model.ts";
import { actorText, durationText, escapeMarkup, timeText } from "./words.ts";

/** One self-contained file, readable in light and dark, printable; no scripts, nothing is loaded from anywhere. */
export function reportAsHtml(report: RunReport): string {
  const { status } = report;
  const why = status.reason ?? status.result;
  return `<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<title>${escapeMarkup(status.runbook)} ${escapeMarkup(status.run)}</title>
<style>${STYLE}</style>
<h1>${escapeMarkup(status.runbook)} <small>${escapeMarkup(status.run)}${status.lab ? " LAB" : ""}</small></h1>
<p class="state ${status.exitCode === 0 ? "done" : status.state}">${escapeMarkup(status.state)}${why ? `: ${escapeMarkup(why)}` : ""}</p>
<p>Started ${timeText(status.createdMs)}${report.startedBy ? ` by ${escapeMarkup(actorText(report.startedBy))}` : ""}; took ${durationText(report.durationMs)}.</p>
${table(
  "Parameters",
  ["name", "value"],
  Object.entries(status.params).map(([name, value]) => [name, JSON.stringify(value)]),
)}
${table("Surroundings", ["pin", "value"], Object.entries(status.pins))}
${table(
  "Next",
  ["command"],
  report.next.map((command) => [command]),
)}
<h2>Timeline</h2>
${timeline(report)}
${table(
  "Answers",
  ["when", "step", "question", "answer", "who"],
  report.answers.map((answer) => [
    timeText(answer.wallMs),
    answer.at,
    answer.question,
    `${answer.answer}${answer.reason ? ` (${answer.reason})` : ""}`,
    actorText(answer.actor),
  ]),
)}
${table(
  "Settled doubts",
  ["when", "step", "as", "reason"],
  report.doubts.map((doubt) => [timeText(doubt.wallMs), doubt.at, doubt.as, `${doubt.by}: ${doubt.reason}`]),
)}
${failures(report)}
${table(
  "Executors",
  ["when", "who", "pid"],
  report.owners.map((owner) => [timeText(owner.wallMs), actorText(owner.actor), String(owner.pid)]),
)}
</html>
`;
}

const STYLE = `
:root { color-scheme: light dark; --line: #8886; --done: #1a7f37; --failed: #cf222e; --other: #9a6700; }
body { font: 15px/1.5 system-ui, sans-serif; max-width: 70rem; margin: 2rem auto; padding: 0 1rem; }
h1 small { font-weight: 400; opacity: .7; }
.state { display: inline-block; padding: .1rem .6rem; border: 1px solid; border-radius: 1rem; color: var(--other); }
.state.done { color: var(--done); }
table { border-collapse: collapse; width: 100%; }
th, td { text-align: left; padding: .25rem .5rem; border-bottom: 1px solid var(--line); vertical-align: top; }
td, pre, code { font-family: ui-monospace, monospace; font-size: 13px; overflow-wrap: anywhere; }
pre { border: 1px solid var(--line); padding: .5rem; overflow-x: auto; }
.bar { position: relative; height: .8rem; min-width: 12rem; background: #8882; }
.bar i { position: absolute; top: 0; bottom: 0; min-width: 2px; background: var(--other); }
.bar i.done { background: var(--done); } .bar i.failed, .bar i.halted { background: var(--failed); }
@media print { body { margin: 0; max-width: none; } pre { white-space: pre-wrap; } }
`;

function timeline(report: RunReport): string {
  const begin = report.status.createdMs;
  const span = Math.max(1, report.status.lastMs - begin);
  const rows = report.steps.map((step) => {
    const end = step.endedMs ?? report.status.lastMs;
    const left = (100 * (step.startedMs - begin)) / span;
    const width = Math.max(0.2, (100 * (end - step.startedMs)) / span);
    const bar = `<div class="bar"><i class="${escapeMarkup(step.state)}" style="left:${left.toFixed(2)}%;width:${width.toFixed(2)}%"></i></div>`;
    return `<tr><td>${escapeMarkup(step.at)}</td><td>${escapeMarkup(stateText(step))}</td><td>${durationText(end - step.startedMs)}</td><td>${bar}</td></tr>`;
  });
  return `<table><tr><th>step</th><th>state</th><th>took</th><th></th></tr>${rows.join("\n")}</table>`;
}

function stateText({ state, items, failure, attempts }: StepRecord): string {
  const counts = items
    ? ` ${items.done + items.skipped}/${items.total}${items.failed ? `, ${items.failed} failed` : ""}`
    : "";
  return `${state}${counts}${attempts > 1 ? `, ${attempts} attempts` : ""}${failure ? `: ${failure}` : ""}`;
}

function failures(report: RunReport): string {
  if (report.failures.length === 0) return "";
  const blocks = report.failures.map(
    ({ wallMs, at, message, lines }) =>
      `<h3>${escapeMarkup(at)}</h3><p>${timeText(wallMs)}: ${escapeMarkup(message)}</p>${lines.length > 0 ? `<pre>${lines.map(escapeMarkup).join("\n")}</pre>` : ""}`,
  );
  return `<h2>Failures</h2>\n${blocks.join("\n")}`;
}

function table(title: string, heads: readonly string[], rows: readonly (readonly string[])[]): string {
  if (rows.length === 0) return "";
  const head = heads.map((name) => `<th>${escapeMarkup(name)}</th>`).join("");
  const body = rows
    .map((cells) => `<tr>${cells.map((cell) => `<td>${escapeMarkup(cell)}</td>`).join("")}</tr>`)
    .join("\n");
  return `<h2>${escapeMarkup(title)}</h2>\n<table><tr>${head}</tr>\n${body}</table>`;
}

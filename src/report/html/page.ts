import type { RunReport } from "../model.ts";
import { actorText, durationText, escapeMarkup, timeText } from "../words.ts";
import { markup, pre, table } from "./parts.ts";
import { rateCharts } from "./rates.ts";
import { STYLE } from "./style.ts";
import { summary } from "./summary.ts";
import { timeline } from "./timeline.ts";

/** One self-contained file, readable in light and dark, printable; no scripts, nothing is loaded from anywhere. */
export function reportAsHtml(report: RunReport): string {
  const { status } = report;
  const title = `${status.runbook} ${status.run}`;
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'">
<title>${escapeMarkup(title)}</title>
<style>${STYLE}</style>
</head>
<body>
${summary(report)}
${timeline(report)}
${rateCharts(report)}
${failures(report)}
${answers(report)}
${doubts(report)}
${given(report)}
${logs(report)}
${owners(report)}
${footer(report)}
</body>
</html>
`;
}

function answers({ answers: given }: RunReport): string {
  const rows = given.map((answer) => [
    markup("span", timeText(answer.wallMs), "nowrap"),
    markup("code", answer.at),
    escapeMarkup(answer.question),
    `${markup("strong", answer.answer)}${answer.reason ? `<br>${escapeMarkup(answer.reason)}` : ""}`,
    escapeMarkup(actorText(answer.actor)),
  ]);
  return table("Answers", ["when", "step", "question", "answer", "who"], rows);
}

function doubts({ doubts: settled }: RunReport): string {
  const rows = settled.map((doubt) => [
    markup("span", timeText(doubt.wallMs), "nowrap"),
    markup("code", doubt.at),
    markup("strong", doubt.as),
    escapeMarkup(doubt.reason),
    escapeMarkup(doubt.by === "operator" ? `${doubt.actor.user}@${doubt.actor.host}` : doubt.by),
  ]);
  return table("Settled doubts", ["when", "step", "as", "reason", "by"], rows);
}

function failures({ failures: failed, leftOut }: RunReport): string {
  if (failed.length === 0) return "";
  const blocks = failed.map(
    ({ wallMs, at, message, lines }) =>
      `<article class="failure"><p>${markup("code", at)} <time>${timeText(wallMs)}</time></p>${markup("p", message)}${pre(lines)}</article>`,
  );
  const more = leftOut.failures > 0 ? markup("p", `${leftOut.failures} more failures are in the journal.`) : "";
  return `<h2>Failures</h2>\n${blocks.join("\n")}${more}`;
}

function given({ status }: RunReport): string {
  const params = Object.entries(status.params).map(([name, value]) => [
    markup("code", name),
    markup("code", typeof value === "string" ? value : JSON.stringify(value)),
  ]);
  const pins = Object.entries(status.pins).map(([name, value]) => [markup("code", name), markup("code", value)]);
  return `${table("Parameters", ["name", "value"], params)}\n${table("Surroundings", ["pin", "value at the start"], pins)}`;
}

function logs({ logs: tails, leftOut }: RunReport): string {
  if (tails.length === 0) return "";
  const blocks = tails.map(({ at, attempt, lines }) => {
    const head = `<summary>${markup("code", at)}${attempt > 1 ? ` attempt ${attempt}` : ""}</summary>`;
    return `<details open>${head}${pre(lines)}</details>`;
  });
  const more =
    leftOut.logs > 0 ? markup("p", `The output of ${leftOut.logs} more steps is in the run's directory.`) : "";
  return `<h2>Last lines of output</h2>\n${blocks.join("\n")}${more}`;
}

function owners({ owners: processes }: RunReport): string {
  const rows = processes.map(({ wallMs, actor, pid }) => [
    markup("span", timeText(wallMs), "nowrap"),
    escapeMarkup(actorText(actor)),
    String(pid),
  ]);
  return table("Processes that held the run", ["since", "who", "pid"], rows);
}

function footer({ chain, version, durationMs, status }: RunReport): string {
  const proof = chain ? `Record of ${chain.events} events checked; chain head <code>${chain.head}</code>. ` : "";
  const by = version ? `runsheet ${escapeMarkup(version)}` : "runsheet";
  return `<footer>${proof}${by}, ${markup("code", status.run)}, ${durationText(durationMs)}. Times are UTC.</footer>`;
}

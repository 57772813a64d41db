import type { RunReport } from "../model.ts";
import { durationText, timeText } from "../words.ts";
import { markup } from "./parts.ts";

/** Where it stands, in numbers, and what to type next. */
export function summary(report: RunReport): string {
  const { status } = report;
  const why = status.reason ?? status.result;
  const tone = status.exitCode === 0 ? "done" : status.state === "running" || status.exitCode === 3 ? "open" : "failed";
  return `<header>
<p class="kicker">${markup("span", status.runbook)}${status.lab ? markup("b", "LAB") : ""}</p>
${markup("h1", status.run)}
<p><span class="pill ${tone}">${markup("span", `${status.state}${why && why !== status.state ? `: ${why}` : ""}`)}</span>${status.exitCode === undefined ? "" : ` exit code ${status.exitCode}`}</p>
<dl class="cards">${facts(report).map(card).join("")}</dl>
${next(report)}
</header>`;
}

type Fact = { readonly name: string; readonly value: string; readonly note?: string; readonly tone?: string };

function facts({ status, startedBy, durationMs, owners, answers, attempts }: RunReport): readonly Fact[] {
  const { steps: ended, items } = status.totals;
  const executors = owners.filter(({ actor }) => !["answer", "resolve"].includes(actor.via)).length;
  return [
    { name: "started", value: timeText(status.createdMs).slice(11, 19), note: timeText(status.createdMs).slice(0, 10) },
    { name: "took", value: durationText(durationMs) },
    ...(startedBy ? [{ name: "by", value: startedBy.user, note: `${startedBy.host}, ${startedBy.via}` }] : []),
    tally("steps done", ended),
    ...(items.done + items.failed + items.skipped > 0 ? [tally("items done", items)] : []),
    { name: "attempts", value: attempts.toLocaleString("en") },
    ...(executors > 1 ? [{ name: "resumed", value: `${executors - 1} ×` }] : []),
    ...(answers.length > 0 ? [{ name: "answers", value: String(answers.length), note: people(answers) }] : []),
  ];
}

function tally(
  name: string,
  count: { readonly done: number; readonly skipped: number; readonly failed: number },
): Fact {
  const notes = [
    ...(count.failed > 0 ? [`${count.failed} failed`] : []),
    ...(count.skipped > 0 ? [`${count.skipped} skipped`] : []),
  ];
  return {
    name,
    value: count.done.toLocaleString("en"),
    ...(notes.length > 0 ? { note: notes.join(", ") } : {}),
    ...(count.failed > 0 ? { tone: "failed" } : {}),
  };
}

function people(answers: RunReport["answers"]): string {
  const names = [...new Set(answers.map(({ actor }) => actor.user))];
  return names.length > 3 ? `${names.length} people` : names.join(", ");
}

function card({ name, value, note, tone }: Fact): string {
  return `<div${tone ? ` class="${tone}"` : ""}>${markup("dt", name)}${markup("dd", value)}${note ? markup("dd", note, "note") : ""}</div>`;
}

function next({ next: commands, startedBy }: RunReport): string {
  if (commands.length === 0) return "";
  const on = startedBy ? ` on ${startedBy.host}` : "";
  return `<section class="next">${markup("h2", `Next${on}`)}<pre>${commands.map((command) => markup("span", command)).join("\n")}</pre></section>`;
}

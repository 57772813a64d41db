import { decodeKey, lastSegment, parentOf } from "../../domain/address.ts";
import type { ItemRecord, RunReport, StepRecord } from "../model.ts";
import { durationText, escapeMarkup, timeText } from "../words.ts";
import { markup, toneOf } from "./parts.ts";

/** Items of one fan-out that get a row of their own; more are drawn packed into lanes. */
const MAX_ROWS = 12;
const MAX_LANES = 40;

/** Every step as a bar on one axis of time, items below their step; a line where a process took the run up again. */
export function timeline(report: RunReport): string {
  if (report.steps.length === 0) return "";
  const scale = scaleOf(report);
  const rows = report.steps
    .filter((step) => !isItem(report, step.at))
    .map((step) => {
      const items = report.items.filter(({ at }) => parentOf(at) === step.at);
      const details =
        items.length <= MAX_ROWS ? items.map((item) => itemRow(item, scale)).join("\n") : laneRow(items, scale);
      return `${stepRow(step, scale)}\n${details}`;
    });
  const { steps, items } = report.leftOut;
  const more = [...(steps > 0 ? [`${steps} more steps`] : []), ...(items > 0 ? [`${items} more items`] : [])];
  const note = more.length > 0 ? markup("p", `Left out here: ${more.join(", ")}.`) : "";
  return `<h2>Timeline</h2>
<div class="timeline">
<div class="axis"><span></span><span></span><div>${scale.ticks.map(tick).join("")}</div></div>
${rows.join("\n")}
</div>${note}`;
}

type Scale = {
  /** Percent of the width. */
  at(wallMs: number): number;
  readonly endMs: number;
  readonly ticks: readonly { readonly left: number; readonly text: string }[];
  readonly again: readonly number[];
};

const NICE_MS = [1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1800, 3600, 7200, 14_400, 43_200, 86_400].map(
  (s) => s * 1000,
);

function scaleOf({ status, owners }: RunReport): Scale {
  const span = Math.max(1, status.lastMs - status.createdMs);
  const at = (wallMs: number): number => Math.min(100, Math.max(0, (100 * (wallMs - status.createdMs)) / span));
  const every = NICE_MS.find((ms) => span / ms <= 6) ?? Math.ceil(span / 6 / 86_400_000) * 86_400_000;
  const count = Math.floor(span / every);
  const ticks = Array.from({ length: count + 1 }, (_, index) => ({
    left: at(status.createdMs + index * every),
    text: index === 0 ? timeText(status.createdMs).slice(11, 19) : `+${shortDuration(index * every)}`,
  })).filter(({ left }) => left < 94);
  // The first process did not take anything up again; those that only brought an answer did not carry the run on.
  const again = owners.filter(({ actor }) => !["answer", "resolve"].includes(actor.via)).slice(1);
  return { at, endMs: status.lastMs, ticks, again: again.map(({ wallMs }) => at(wallMs)) };
}

function shortDuration(ms: number): string {
  const units = [
    [86_400_000, "d"],
    [3_600_000, "h"],
    [60_000, "min"],
  ] as const;
  const [size, unit] = units.find(([size]) => ms >= size) ?? [1000, "s"];
  return `${Math.round((ms / size) * 10) / 10} ${unit}`;
}

function tick({ left, text }: Scale["ticks"][number]): string {
  return `<i style="left:${left.toFixed(2)}%">${escapeMarkup(text)}</i>`;
}

function stepRow(step: StepRecord, scale: Scale): string {
  const depth = Math.min(6, step.at.split("/").length - 1);
  const end = step.endedMs ?? scale.endMs;
  const name = `<span class="name" style="--depth:${depth}" title="${escapeMarkup(step.at)}">${escapeMarkup(depth === 0 ? step.at : lastSegment(step.at))}</span>`;
  const state = `<span class="state ${toneOf(step.state)}">${escapeMarkup(stateText(step))}</span>`;
  const bars = bar(
    step.startedMs,
    end,
    step.state,
    scale,
    `${step.at}: ${step.state}, ${durationText(end - step.startedMs)}`,
  );
  return `<div class="row">${name}${state}<div class="track">${marks(scale)}${bars}<small style="${labelPlace(scale.at(step.startedMs), scale.at(end))}">${durationText(end - step.startedMs)}</small></div></div>`;
}

function stateText({ state, items, attempts }: StepRecord): string {
  const counts = items
    ? ` ${(items.done + items.skipped).toLocaleString("en")}/${items.total.toLocaleString("en")}${items.failed ? `, ${items.failed} failed` : ""}`
    : "";
  return `${state}${counts}${attempts > 1 ? `, ${attempts} tries` : ""}`;
}

function itemRow(item: ItemRecord, scale: Scale): string {
  const end = item.endedMs ?? scale.endMs;
  const depth = Math.min(6, item.at.split("/").length - 1);
  const name = decodeKey(lastSegment(item.at));
  return `<div class="row item"><span class="name" style="--depth:${depth}" title="${escapeMarkup(item.at)}">${escapeMarkup(name)}</span><span class="state ${toneOf(item.state)}">${item.state === "done" ? "" : item.state}</span><div class="track">${marks(scale)}${bar(item.startedMs, end, item.state, scale, `${name}: ${item.state}, ${durationText(end - item.startedMs)}`)}</div></div>`;
}

/** Each item in the first lane that is free when it begins: as many lanes as there were items at the same time. */
function laneRow(items: readonly ItemRecord[], scale: Scale): string {
  const ends: number[] = [];
  const bars = items.map((item) => {
    const end = item.endedMs ?? scale.endMs;
    const free = ends.findIndex((busyUntil) => busyUntil <= item.startedMs);
    const lane = free < 0 ? Math.min(ends.length, MAX_LANES - 1) : free;
    ends[lane] = Math.max(ends[lane] ?? 0, end);
    const left = scale.at(item.startedMs);
    const width = Math.max(0.1, scale.at(end) - left);
    return `<rect x="${left.toFixed(2)}" y="${lane * 10}" width="${width.toFixed(2)}" height="8" class="${toneOf(item.state)}"/>`;
  });
  const height = ends.length * 10;
  const label = `${items.length.toLocaleString("en")} items, ${ends.length} at a time`;
  return `<div class="row item"><span class="name" style="--depth:1">${escapeMarkup(label)}</span><span></span><svg class="lanes" viewBox="0 0 100 ${height}" preserveAspectRatio="none" style="height:${Math.min(160, ends.length * 6)}px" role="img" aria-label="${escapeMarkup(label)}">${bars.join("")}</svg></div>`;
}

function bar(startMs: number, endMs: number, state: string, scale: Scale, title: string): string {
  const left = scale.at(startMs);
  const width = Math.max(0.15, scale.at(endMs) - left);
  return `<i class="bar ${toneOf(state)}" style="left:${left.toFixed(2)}%;width:${width.toFixed(2)}%" title="${escapeMarkup(title)}"></i>`;
}

function marks({ again }: Scale): string {
  return again.map((left) => `<b style="left:${left.toFixed(2)}%"></b>`).join("");
}

/** Behind the bar where there is room, else before it. */
function labelPlace(left: number, right: number): string {
  if (right < 88) return `left:calc(${right.toFixed(2)}% + .4em)`;
  return left > 12 ? `right:calc(${(100 - left).toFixed(2)}% + .4em)` : "right:.4em;color:#fff";
}

function isItem({ items }: RunReport, at: string): boolean {
  return items.some((item) => at === item.at || at.startsWith(`${item.at}/`));
}

import type { RateRecord, RunReport } from "../model.ts";
import { durationText, escapeMarkup } from "../words.ts";
import { markup } from "./parts.ts";

const WIDTH = 640;
const HEIGHT = 140;
/** Fewer items make no chart worth looking at. */
const FEWEST = 5;

/** How many items had ended over time, and how fast, one chart for each fan-out. */
export function rateCharts({ rates, status }: RunReport): string {
  const charts = rates.filter(({ points }) => points.length >= FEWEST).map((rate) => chart(rate, status.createdMs));
  return charts.length === 0 ? "" : `<h2>Rates</h2>\n<div class="charts">${charts.join("\n")}</div>`;
}

function chart(rate: RateRecord, zeroMs: number): string {
  const [first, last] = [rate.points[0], rate.points.at(-1)];
  if (!first || !last) return "";
  const span = Math.max(1, last.wallMs - first.wallMs);
  const top = Math.max(rate.total, last.ended, 1);
  const x = (wallMs: number): number => (WIDTH * (wallMs - first.wallMs)) / span;
  const y = (count: number): number => HEIGHT - (HEIGHT * count) / top;
  const line = (of: "ended" | "failed") =>
    rate.points.map((point) => `${x(point.wallMs).toFixed(1)},${y(point[of]).toFixed(1)}`).join(" ");
  const words = `${last.ended.toLocaleString("en")} of ${rate.total.toLocaleString("en")} items in ${durationText(span)}${perTime(last.ended, span)}${last.failed > 0 ? `, ${last.failed} failed` : ""}`;
  const failed = last.failed > 0 ? `<polyline class="failed" points="${line("failed")}"/>` : "";
  return `<figure><figcaption>${markup("code", rate.at)} ${markup("span", words)}</figcaption>
<svg viewBox="-2 -4 ${WIDTH + 4} ${HEIGHT + 26}" role="img" aria-label="${escapeMarkup(words)}">
<g class="grid">${[0, 0.5, 1].map((part) => `<line x1="0" x2="${WIDTH}" y1="${HEIGHT * part}" y2="${HEIGHT * part}"/>`).join("")}</g>
<polygon points="0,${HEIGHT} ${line("ended")} ${WIDTH},${HEIGHT}"/>
<polyline class="done" points="${line("ended")}"/>${failed}
<text x="0" y="${HEIGHT + 16}">+${durationText(first.wallMs - zeroMs)}</text><text x="${WIDTH}" y="${HEIGHT + 16}" text-anchor="end">+${durationText(last.wallMs - zeroMs)}</text>
<text x="4" y="10">${top.toLocaleString("en")}</text>
</svg></figure>`;
}

function perTime(count: number, spanMs: number): string {
  const perSecond = (1000 * count) / spanMs;
  if (perSecond >= 1) return `, ${perSecond.toFixed(1)} per second`;
  return perSecond * 60 >= 1
    ? `, ${(perSecond * 60).toFixed(1)} per minute`
    : `, ${(perSecond * 3600).toFixed(1)} per hour`;
}

import type { Progress } from "../../domain/action.ts";
import { childAddress, encodeKey } from "../../domain/address.ts";
import { type FanOutState, ITEM, type RunState } from "../../domain/state.ts";
import { fitText } from "../terminal/width.ts";
import { type Glyphs, paint, SGR, type StepLook } from "../theme.ts";
import { duration } from "./duration.ts";
import { paintBars } from "./fan-bars.ts";
import type { FanUi } from "./fan-press.ts";
import type { Rates } from "./rates.ts";
import { oneLine } from "./step-canvas.ts";

/** What a fan-out is drawn from. */
export type FanPicture = {
  readonly state: RunState;
  readonly fan: FanOutState;
  readonly ui: FanUi;
  readonly glyphs: Glyphs;
  readonly nowMs: number;
  readonly rates: Rates;
  progressOf(position: number): Progress | undefined;
};

/** Rows above the items (counts, legend) and below them (the item under the cursor). */
const HEAD_ROWS = 2;
const FOOT_ROWS = 1;

/** The worst state wins when a cell stands for several items. */
const BY_RANK: readonly StepLook[] = ["skipped", "done", "waiting", "running", "failed"];
/** By item status: waiting, active, done, failed, skipped. */
const RANK: readonly number[] = [2, 3, 1, 4, 0];

/** How many items a cell stands for, and how the cells lie. */
export function gridOf(count: number, width: number, height: number) {
  const rows = Math.max(1, height - HEAD_ROWS - FOOT_ROWS);
  const columns = Math.max(1, width);
  return { columns, rows, perCell: Math.max(1, Math.ceil(count / (columns * rows))) };
}

/** Exactly `height` rows of exactly `width` columns, whatever the number of items. */
export function paintFan(picture: FanPicture, width: number, height: number): string[] {
  const { fan, glyphs, ui } = picture;
  const { rows, perCell } = gridOf(fan.keys.length, width, height);
  const line = (text: string): string => fitText(text, width, glyphs.ellipsis);
  const { done, failed, skipped } = fan.counts;
  const head = `${fan.keys.length} items: ${done} done  ${fan.active.size} running  ${failed} failed  ${skipped} skipped`;
  const body = ui.mode === "grid" ? paintGrid : ui.mode === "table" ? paintTable : paintBars;
  const legend = ui.mode === "grid" ? legendOf(glyphs, perCell) : ui.mode === "table" ? tableHead(width) : "";
  const items = body(picture, width, rows);
  const out = [line(head), ...(ui.mode === "bars" ? [] : [line(legend)]), ...items];
  while (out.length < height - FOOT_ROWS) out.push(" ".repeat(width));
  return [...out.slice(0, height - FOOT_ROWS), line(detailOf(picture))].slice(-height);
}

function legendOf(glyphs: Glyphs, perCell: number): string {
  return `1 cell = ${perCell}  ${glyphs.cell} done ${glyphs.running} running ${glyphs.failed} failed ${glyphs.skipped} skipped ${glyphs.waiting} waiting`;
}

function paintGrid({ fan, glyphs, ui }: FanPicture, width: number, height: number): string[] {
  const { perCell } = gridOf(fan.keys.length, width, height + HEAD_ROWS + FOOT_ROWS);
  const cursor = Math.floor(ui.cursor / perCell);
  const lines: string[] = [];
  for (let row = 0; row < height && row * width * perCell < fan.keys.length; row++) {
    lines.push(paintCells(fan, glyphs, row * width, perCell, width, cursor));
  }
  return lines;
}

function paintCells(
  fan: FanOutState,
  glyphs: Glyphs,
  firstCell: number,
  perCell: number,
  width: number,
  cursor: number,
): string {
  let text = "";
  let open = "";
  let used = 0;
  for (; used < width && (firstCell + used) * perCell < fan.keys.length; used++) {
    const look = worst(fan, (firstCell + used) * perCell, perCell);
    const style = `\u001b[0;${SGR[look]}${firstCell + used === cursor ? ";7" : ""}m`;
    if (style !== open) text += style;
    open = style;
    text += look === "done" ? glyphs.cell : glyphs[look];
  }
  return `${text}\u001b[0m${" ".repeat(width - used)}`;
}

function worst(fan: FanOutState, from: number, count: number): StepLook {
  let rank = 0;
  const end = Math.min(fan.keys.length, from + count);
  for (let position = from; position < end; position++) {
    const here = RANK[fan.status[position] ?? ITEM.waiting] as number;
    if (here > rank) rank = here;
  }
  return BY_RANK[rank] as StepLook;
}

export function lookOfItem(fan: FanOutState, position: number): StepLook {
  return BY_RANK[RANK[fan.status[position] ?? ITEM.waiting] as number] as StepLook;
}

/** The first item of a list of `room` rows that keeps the cursor in the middle. */
export function firstRow(cursor: number, count: number, room: number): number {
  return Math.max(0, Math.min(count - room, cursor - (room >> 1)));
}

function tableHead(width: number): string {
  return width < 40 ? "" : `   ${"item".padEnd(keyColumns(width))} state     tries   time`;
}

function keyColumns(width: number): number {
  return Math.max(8, Math.min(40, Math.floor(width * 0.35)));
}

function paintTable(picture: FanPicture, width: number, height: number): string[] {
  const { state, fan, ui, glyphs, nowMs } = picture;
  const first = firstRow(ui.cursor, fan.keys.length, height);
  const shown = Math.min(height, fan.keys.length - first);
  return Array.from({ length: shown }, (_, row) => {
    const position = first + row;
    const look = lookOfItem(fan, position);
    const key = fan.keys[position] as string;
    const step = state.steps.get(childAddress(ui.at, encodeKey(key)));
    const time = step && duration((step.endedMs ?? nowMs) - step.startedMs);
    const words = [
      ` ${glyphs[look]} ${fitText(oneLine(key), keyColumns(width), glyphs.ellipsis)}`,
      look.padEnd(9),
      String(step?.attempts || "").padStart(5),
      (time ?? "").padStart(7),
      tellOf(picture, position),
    ];
    const text = fitText(words.join(" "), width, glyphs.ellipsis);
    return paint(`${SGR[look]}${position === ui.cursor ? ";7" : ""}`, text);
  });
}

/** What there is to say of an item beyond its state. */
function tellOf({ fan, progressOf }: FanPicture, position: number): string {
  const failed = fan.failures.get(position);
  if (failed) return oneLine(failed.message);
  const progress = progressOf(position);
  if (!progress) return "";
  const { done, total, unit, note } = progress;
  return oneLine(`${done}${total ? `/${total}` : ""} ${unit}${note ? ` ${note}` : ""}`);
}

function detailOf(picture: FanPicture): string {
  const { fan, ui } = picture;
  const key = fan.keys[ui.cursor];
  if (key === undefined) return "";
  const told = tellOf(picture, ui.cursor);
  return `${ui.cursor + 1}/${fan.keys.length} ${oneLine(key)}: ${lookOfItem(fan, ui.cursor)}${told ? `  ${told}` : ""}`;
}

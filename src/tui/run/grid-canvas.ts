import { type FanOutState, ITEM } from "../../domain/state.ts";
import { fitText } from "../terminal/width.ts";
import { type Glyphs, paint, SGR, type StepLook } from "../theme.ts";

/** The worst state wins when a cell stands for several items. */
const BY_RANK: readonly StepLook[] = ["skipped", "done", "waiting", "running", "failed"];
const RANK: { readonly [status: number]: number } = {
  [ITEM.skipped]: 0,
  [ITEM.done]: 1,
  [ITEM.waiting]: 2,
  [ITEM.active]: 3,
  [ITEM.failed]: 4,
};

/** The items of a fan-out as cells: exactly `height` rows of exactly `width` columns. */
export function paintGrid(fan: FanOutState, glyphs: Glyphs, width: number, height: number): string[] {
  const cells = Math.max(1, width * Math.max(1, height - 2));
  const perCell = Math.max(1, Math.ceil(fan.keys.length / cells));
  const { done, failed, skipped } = fan.counts;
  const head = `${fan.keys.length} items: ${done} done  ${fan.active.size} running  ${failed} failed  ${skipped} skipped`;
  const legend = `1 cell = ${perCell}  ${glyphs.cell} done ${glyphs.running} running ${glyphs.failed} failed ${glyphs.skipped} skipped ${glyphs.waiting} waiting`;
  const lines = [fitText(head, width, glyphs.ellipsis), fitText(legend, width, glyphs.ellipsis)];
  for (let from = 0; lines.length < height; from += width * perCell) {
    lines.push(paintCells(fan, glyphs, from, perCell, width));
  }
  return lines.slice(0, height);
}

function paintCells(fan: FanOutState, glyphs: Glyphs, from: number, perCell: number, width: number): string {
  let text = "";
  let open: StepLook | undefined;
  let used = 0;
  for (; used < width && from + used * perCell < fan.keys.length; used++) {
    const look = worst(fan, from + used * perCell, perCell);
    if (look !== open) text += `\u001b[0;${SGR[look]}m`;
    open = look;
    text += look === "done" ? glyphs.cell : glyphs[look];
  }
  return `${used > 0 ? paint("0", text) : ""}${" ".repeat(width - used)}`;
}

function worst(fan: FanOutState, from: number, count: number): StepLook {
  let rank = 0;
  for (let position = from; position < Math.min(fan.keys.length, from + count); position++) {
    rank = Math.max(rank, RANK[fan.status[position] ?? ITEM.waiting] ?? 2);
  }
  return BY_RANK[rank] as StepLook;
}

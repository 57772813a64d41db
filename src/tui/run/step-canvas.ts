import { printable } from "../../lib/printable.ts";
import { fitText } from "../terminal/width.ts";
import { type Glyphs, paint, SGR } from "../theme.ts";
import { duration } from "./duration.ts";
import type { StepRow } from "./step-rows.ts";

export type StepList = {
  readonly rows: readonly StepRow[];
  readonly selected: number;
  readonly nowMs: number;
  readonly glyphs: Glyphs;
};

/** Exactly `height` rows of exactly `width` columns, with the selected one in the middle when there are more. */
export function paintSteps(list: StepList, width: number, height: number): string[] {
  const { rows, selected } = list;
  const top = Math.max(0, Math.min(rows.length - height, selected - (height >> 1)));
  return Array.from({ length: height }, (_, line) => {
    const row = rows[top + line];
    return row ? paintRow(row, top + line === selected, list, width) : " ".repeat(width);
  });
}

function paintRow(row: StepRow, selected: boolean, { nowMs, glyphs }: StepList, width: number): string {
  // Nobody waits for what takes less than a second.
  const about = row.estimateMs === undefined || row.estimateMs < 1_000 ? "" : duration(row.estimateMs);
  const took = row.startedMs === undefined ? "" : duration((row.endedMs ?? nowMs) - row.startedMs);
  const time = took === "" ? about && `est. ${about}` : `${took}${about && `/~${about}`}`;
  const right = [row.note, time].filter(Boolean).join(" ");
  const title = `${"  ".repeat(row.depth)}${glyphs[row.look]} ${oneLine(row.title)}`;
  const room = width - right.length - 2;
  const text =
    room < 8 ? fitText(` ${title}`, width, glyphs.ellipsis) : ` ${fitText(title, room, glyphs.ellipsis)} ${right}`;
  return paint(`${SGR[row.look]}${selected ? ";7" : ""}`, text);
}

export function oneLine(text: string): string {
  return printable(text).replace(/\s+/g, " ");
}

import { type StepRow, stepRows } from "../run/step-rows.ts";
import type { AttemptSpan, RunRecord } from "../shell/app-source.ts";
import { took } from "../shell/words.ts";
import { type Glyphs, paint, SGR } from "../theme.ts";

export type TimelineRow = StepRow & { readonly attempts: readonly AttemptSpan[] };

export type Axis = { readonly fromMs: number; readonly toMs: number };

/** Pure: each step of the plan with its attempts; those of items stand at their fan-out too. */
export function timelineRows({ plan, state, attempts }: RunRecord): readonly TimelineRow[] {
  const byStep = new Map<string, AttemptSpan[]>();
  for (const attempt of attempts) byStep.set(attempt.at, [...(byStep.get(attempt.at) ?? []), attempt]);
  return stepRows(plan, state).map((row) => ({ ...row, attempts: byStep.get(row.at) ?? [] }));
}

export function axisOf({ state }: RunRecord): Axis {
  return { fromMs: state.createdMs, toMs: Math.max(state.createdMs + 1, state.lastMs) };
}

/** Bars: waiting thin, work thick, failed attempts in their own colour. Exactly `columns` wide. */
export function barOf(row: TimelineRow, axis: Axis, columns: number, glyphs: Glyphs, colour: boolean): string {
  if (row.startedMs === undefined) return " ".repeat(columns);
  const cells: { glyph: string; sgr: string }[] = Array.from({ length: columns }, () => ({ glyph: " ", sgr: "0" }));
  const endMs = row.endedMs ?? axis.toMs;
  fill(cells, axis, row.startedMs, endMs, {
    glyph: row.attempts.length > 0 ? glyphs.barEmpty : glyphs.barFull,
    sgr: SGR[row.look],
  });
  for (const { fromMs, toMs, ok } of row.attempts) {
    const sgr = ok === false ? SGR.failed : ok === undefined ? SGR.doubt : SGR.done;
    fill(cells, axis, fromMs, toMs ?? endMs, { glyph: glyphs.barFull, sgr });
  }
  return cells.map(({ glyph, sgr }) => (colour && glyph !== " " ? paint(sgr, glyph) : glyph)).join("");
}

function fill(
  cells: { glyph: string; sgr: string }[],
  { fromMs, toMs }: Axis,
  beginMs: number,
  endMs: number,
  cell: { glyph: string; sgr: string },
): void {
  const scale = cells.length / (toMs - fromMs);
  const from = Math.max(0, Math.min(cells.length - 1, Math.floor((beginMs - fromMs) * scale)));
  // However short, what happened is seen.
  const to = Math.max(from + 1, Math.min(cells.length, Math.round((endMs - fromMs) * scale)));
  for (let at = from; at < to; at++) cells[at] = cell;
}

/** `0          5 s         10 s`: exactly `columns` wide. */
export function axisText({ fromMs, toMs }: Axis, columns: number): string {
  const marks = Math.max(1, Math.floor(columns / 16));
  let text = "";
  for (let mark = 0; mark < marks; mark++) {
    const words = mark === 0 ? "0" : took(((toMs - fromMs) * mark) / marks);
    text = `${text.padEnd(Math.floor((columns * mark) / marks))}${words}`;
  }
  const end = took(toMs - fromMs);
  return text.length + end.length + 1 < columns
    ? text.padEnd(columns - end.length) + end
    : text.slice(0, columns).padEnd(columns);
}

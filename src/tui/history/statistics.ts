import type { Glyphs } from "../theme.ts";

/** The median, or `undefined` of nothing. */
export function middle(values: readonly number[]): number | undefined {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.floor((sorted.length - 1) / 2)];
}

/** One cell per value, the highest at the top. */
export function spark(values: readonly number[], glyphs: Glyphs): string {
  const most = Math.max(...values, 1);
  const top = glyphs.spark.length - 1;
  return values.map((value) => glyphs.spark[Math.round((Math.max(0, value) / most) * top)]).join("");
}

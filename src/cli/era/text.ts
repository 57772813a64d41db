/** `1,469,597` */
export function count(value: number): string {
  return Math.round(value).toLocaleString("en-US");
}

/** `549.8 MB` */
export function bytes(value: number): string {
  const units = ["B", "kB", "MB", "GB", "TB"];
  const power = value < 1 ? 0 : Math.min(units.length - 1, Math.floor(Math.log10(value) / 3));
  return `${(value / 1000 ** power).toFixed(power === 0 ? 0 : 1)} ${units[power]}`;
}

/** `450 ms`, `12.5 s`, `4 min 10 s`, `3 h 05 min` */
export function duration(ms: number): string {
  if (ms < 1000) return `${Math.round(ms)} ms`;
  if (ms < 60_000) return `${(ms / 1000).toFixed(1)} s`;
  const seconds = Math.round(ms / 1000);
  if (seconds < 3600) return `${Math.floor(seconds / 60)} min ${String(seconds % 60).padStart(2, "0")} s`;
  return `${Math.floor(seconds / 3600)} h ${String(Math.floor((seconds % 3600) / 60)).padStart(2, "0")} min`;
}

/** Columns under each other; numbers (cells of digits, commas and units) to the right. */
export function table(head: readonly string[], rows: readonly (readonly string[])[]): string[] {
  const all = [head, ...rows];
  const widths = head.map((_, column) => Math.max(...all.map((row) => (row[column] ?? "").length)));
  const right = head.map((_, column) => rows.every((row) => /^[\d.,]*( ?[a-zA-Z]+)?$/.test(row[column] ?? "")));
  return all.map((row) =>
    row
      .map((cell, column) => (right[column] ? cell.padStart(widths[column]!) : cell.padEnd(widths[column]!)))
      .join("  ")
      .trimEnd(),
  );
}

/** `1 era is`, `3 eras are` */
export function erasAre(n: number): string {
  return n === 1 ? "1 era is" : `${count(n)} eras are`;
}

/** `1 era`, `3 eras` */
export function eras(n: number): string {
  return n === 1 ? "1 era" : `${count(n)} eras`;
}

import type { Piece } from "./manifest.ts";
import type { Measurement } from "./measured-file.ts";
import { grouped } from "./slices-table.ts";

/** One measured range with its rate. */
export type RateRow = {
  readonly start: bigint;
  readonly end: bigint;
  readonly hours: number;
  readonly blocksPerHour: number;
};

export type ReplayReport = {
  readonly slice: number | undefined;
  readonly rates: readonly RateRow[];
  readonly blocks: bigint;
  readonly hours: number;
  /** The spacing in use and the one proposed, for the measured part. */
  readonly inUse: readonly Piece[];
  readonly proposed: readonly Piece[];
};

export function ratesOf(measurements: readonly Measurement[]): RateRow[] {
  return measurements.map(({ start, end, seconds }) => {
    const hours = Number(seconds.digits) / 10 ** seconds.scale / 3600;
    return { start, end, hours, blocksPerHour: Number(end - start) / hours };
  });
}

/** The report as Markdown: for people; numbers are rounded for reading. */
export function reportText({ slice, rates, blocks, hours, inUse, proposed }: ReplayReport): string {
  const title = slice === undefined ? "# Replay" : `# Replay of slice ${slice}`;
  if (rates.length === 0) return `${title}\n\nNothing was measured; the spacing in use stays as it is.\n`;
  const summary = `${grouped(blocks)} blocks in ${duration(hours)}: ${perHour(Number(blocks) / hours)} blocks per hour.`;
  const measured = rates.map((row) => [`${row.start}`, `${row.end}`, duration(row.hours), perHour(row.blocksPerHour)]);
  const changes = proposed.map((record) => {
    const now = inUse.filter((other) => other.start < record.end && other.end > record.start).map(({ span }) => span);
    return [`${record.start}`, `${record.end}`, [...new Set(now)].join(", ") || "-", `${record.span}`];
  });
  return [
    title,
    "",
    summary,
    "",
    ...table(["from block", "to block", "time", "blocks per hour"], measured),
    "",
    "## Proposed spacing",
    "",
    ...table(["from block", "to block", "blocks per period now", "proposed"], changes),
    "",
  ].join("\n");
}

function table(headings: readonly string[], rows: readonly (readonly string[])[]): string[] {
  const line = (cells: readonly string[]): string => `| ${cells.join(" | ")} |`;
  return [line(headings), line(headings.map(() => "---:")), ...rows.map(line)];
}

/** `3 h 05 min`, `12.5 s` */
export function duration(hours: number): string {
  const seconds = hours * 3600;
  if (seconds < 120) return `${seconds.toFixed(1)} s`;
  const minutes = Math.round(seconds / 60);
  return minutes < 60 ? `${minutes} min` : `${Math.floor(minutes / 60)} h ${String(minutes % 60).padStart(2, "0")} min`;
}

function perHour(rate: number): string {
  return grouped(BigInt(Math.round(rate)));
}

import type { CommandModule } from "yargs";
import { status } from "../../actions/era/operations.ts";
import type { EraState } from "../../actions/era/state/era-states.ts";
import { carryOut, type EraOptions, eraFlags, printJson, printLine } from "./common.ts";
import { bytes, count, duration, eras, table } from "./text.ts";

export const statusCommand: CommandModule<object, EraOptions & { readonly eras: boolean }> = {
  command: "status",
  describe: "state per era and rows per dataset",
  builder: (parser) =>
    eraFlags(parser, ["network", "range", "clickhouse", "database", "compat"]).option("eras", {
      type: "boolean",
      default: false,
      describe: "one line per era",
    }) as never,
  handler: (options) =>
    carryOut(
      options,
      (call) => status(options, call),
      (report) => {
        if (options.json) return printJson({ ok: true, network: options.network, ...report });
        const { counts, rows, totalRows, fileBytes } = report;
        for (const line of table(
          ["dataset", "rows"],
          Object.entries(rows).map(([name, n]) => [name, count(n)]),
        ))
          printLine(line);
        printLine(
          `${count(counts.completed)} completed, ${count(counts.failed)} failed, ${count(counts.interrupted)} interrupted, ` +
            `${count(counts.processing)} being loaded; ${count(totalRows)} rows from ${bytes(fileBytes)} of files`,
        );
        if (options.eras) for (const line of eraTable(report.eras)) printLine(line);
      },
    ),
};

export const failedCommand: CommandModule<object, EraOptions> = {
  command: "failed",
  describe: "eras that failed or were interrupted, with the reason",
  builder: (parser) => eraFlags(parser, ["network", "range", "clickhouse", "database", "compat"]) as never,
  handler: (options) =>
    carryOut(
      options,
      (call) => status(options, call),
      (report) => {
        const bad = report.eras.filter(({ condition }) => condition === "failed" || condition === "interrupted");
        if (options.json) return printJson({ ok: true, network: options.network, eras: bad });
        for (const era of bad) {
          printLine(
            `era ${era.era}  ${era.condition}, attempt ${era.attempt}, ${era.at} UTC: ${era.error || "ended without a word"}`,
          );
        }
        const next = `runsheet era load --network ${options.network} --range ${bad[0]?.era ?? ""}+ tries them again`;
        process.stderr.write(bad.length === 0 ? "no era failed\n" : `${eras(bad.length)}\n  next: ${next}\n`);
      },
    ),
};

function eraTable(eras: readonly EraState[]): string[] {
  const rows = eras.map((era) => [
    String(era.era),
    era.condition,
    count(era.totalRows),
    String(era.attempt),
    bytes(era.fileBytes),
    duration(era.durationMs),
    era.at,
    era.worker ?? era.error,
  ]);
  return table(["era", "state", "rows", "attempt", "file", "took", "at (UTC)", "note"], rows);
}

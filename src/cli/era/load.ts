import type { CommandModule } from "yargs";
import type { Outcome } from "../../actions/era/failed.ts";
import { type EraCall, isHopeless, type Processed, processRange } from "../../actions/era/operations.ts";
import type { EraResult } from "../../actions/era/pipeline/process-era.ts";
import { formatRuns, runsOf } from "../../actions/era/range.ts";
import { pause } from "../../actions/era/retry.ts";
import { toMs } from "../../actions/fields.ts";
import { UsageError } from "../session/usage-error.ts";
import { carryOut, type EraOptions, eraFlags, printJson, printLine } from "./common.ts";
import type { Progress } from "./progress.ts";
import { bytes, count, duration, eras, erasAre, table } from "./text.ts";

type LoadOptions = EraOptions & {
  readonly force: boolean;
  readonly downloadOnly: boolean;
  readonly downloadDir?: string;
  readonly keepFiles?: boolean;
  readonly skipState: boolean;
  readonly jobs: number;
  readonly workers?: number;
  readonly watch?: string;
};

export const loadCommand: CommandModule<object, LoadOptions> = {
  command: "load",
  describe: "discover, download and load eras; those that are complete are left alone",
  builder: (parser) =>
    eraFlags(parser, ["network", "range", "source", "clickhouse", "database", "datasets", "compat"])
      .option("force", {
        type: "boolean",
        default: false,
        describe: "load again; readers keep the old rows until then",
      })
      .option("download-only", { type: "boolean", default: false, describe: "keep the files, load nothing" })
      .option("download-dir", { type: "string", describe: "where files are kept (ERA_DOWNLOAD_DIR)" })
      .option("keep-files", {
        type: "boolean",
        describe: "do not delete files after loading (ERA_CLEANUP_AFTER_PROCESS)",
      })
      .option("skip-state", {
        type: "boolean",
        default: false,
        describe: "download without the state: less data, fewer checks",
      })
      .option("jobs", { type: "number", default: 1, describe: "eras loaded at once" })
      .option("workers", { type: "number", describe: "decoding threads per era" })
      .option("watch", {
        type: "string",
        describe: "look for new eras again and again, every 10m for instance",
      }) as never,
  handler: (options) => {
    const watchMs = watchInterval(options.watch, options.range);
    return carryOut(
      options,
      (call, progress) => again(watchMs, options, call, progress),
      (processed) => tell(processed, options),
    );
  },
};

async function again(
  watchMs: number | undefined,
  options: LoadOptions,
  call: EraCall,
  progress: Progress,
): Promise<Outcome<Processed>> {
  for (let looks = 0; ; looks++) {
    const outcome = await once(options, call, progress);
    if (watchMs === undefined || call.signal?.aborted) return outcome;
    if (outcome.kind === "failed" && isHopeless(outcome.failure, looks)) return outcome;
    if (outcome.kind === "failed") progress.line(`${outcome.failure.message}; ${outcome.failure.hint ?? ""}`);
    else if (outcome.value.summary.eras.length > 0) tell(outcome.value, options);
    progress.line(`next look in ${duration(watchMs)}; Ctrl-C ends`);
    if (
      await pause(watchMs, call.signal).then(
        () => false,
        () => true,
      )
    )
      return outcome;
  }
}

function once(options: LoadOptions, call: EraCall, progress: Progress): Promise<Outcome<Processed>> {
  const cleanUp = options.keepFiles === undefined ? undefined : !options.keepFiles;
  return processRange({ ...options, cleanUp }, call, {
    onPlan: ({ listing, todo, complete, troubled, bytes: size, estimateMs }) => {
      const more = [
        size === undefined || todo.length === 0 ? "" : `, ${bytes(size)}`,
        estimateMs === undefined || todo.length === 0 ? "" : `, about ${duration(estimateMs)}`,
        troubled.length === 0 ? "" : `; ${troubled.length} of them failed or were interrupted before`,
      ].join("");
      progress.line(
        `${count(listing.files.length)} available, ${count(complete.length)} complete, ${count(todo.length)} to do${more}`,
      );
      if (listing.gaps.length > 0) progress.line(`missing at the source: ${formatRuns(listing.gaps)}`);
      for (const { era, names } of listing.ambiguous)
        progress.line(`era ${era} has several files: ${names.join(", ")}`);
    },
    onDownload: (era, done, total) =>
      progress.update(`era ${era}: downloaded ${bytes(done)}${total === undefined ? "" : ` of ${bytes(total)}`}`),
    onLoad: (era, done, total) => progress.update(`era ${era}: decoded ${bytes(done)} of ${bytes(total)}`),
    onWait: (era, by) => progress.update(`era ${era} is being loaded by ${by}: waiting`),
    onResult: (result, done, total) => progress.line(`${lineFor(result)}  (${done}/${total})`),
  });
}

function lineFor(result: EraResult): string {
  switch (result.kind) {
    case "loaded": {
      const { totalRows, fileBytes, durationMs } = result.loaded;
      const rate = bytes((fileBytes * 1000) / Math.max(1, durationMs));
      return `era ${result.era}: ${count(totalRows)} rows from ${bytes(fileBytes)} in ${duration(durationMs)} (${rate}/s)`;
    }
    case "downloaded":
      return `era ${result.era}: ${result.path} (${bytes(result.fetchedBytes)} fetched)`;
    case "already":
      return `era ${result.era}: complete already`;
    case "failed":
      return `era ${result.era}: FAILED, ${result.failure.message}`;
    case "taken":
      return `era ${result.era}: being loaded by ${result.by}`;
    case "not-started":
      return `era ${result.era}: not started`;
  }
}

/** Any era that is not complete at the end is a failure of the whole: exit code 1. */
function tell({ plan, summary }: Processed, options: LoadOptions): number {
  const bad = summary.eras.filter(({ kind }) => kind === "failed" || kind === "not-started" || kind === "taken");
  const ok = bad.length === 0 && plan.listing.ambiguous.length === 0;
  if (options.json) {
    const { listing, complete } = plan;
    printJson({
      ok,
      available: listing.files.length,
      complete: complete.length,
      gaps: listing.gaps,
      ambiguous: listing.ambiguous,
      ...summary,
    });
  } else for (const line of totals(summary.eras, summary.durationMs)) printLine(line);
  if (bad.length > 0) {
    const which = formatRuns(runsOf(bad.map(({ era }) => era)));
    process.stderr.write(
      `runsheet: ${erasAre(bad.length)} not complete: ${which}\n  next: the same command tries them again; runsheet era failed --network ${options.network} names the reasons\n`,
    );
  }
  for (const { era, names } of plan.listing.ambiguous) {
    process.stderr.write(`runsheet: era ${era} was left out, the source has several files: ${names.join(", ")}\n`);
  }
  return ok ? 0 : 1;
}

function totals(counted: readonly EraResult[], durationMs: number): string[] {
  const loaded = counted.flatMap((result) => (result.kind === "loaded" ? [result.loaded] : []));
  const rows = new Map<string, number>();
  for (const { rows: mine } of loaded)
    for (const [name, n] of Object.entries(mine)) rows.set(name, (rows.get(name) ?? 0) + n);
  const sum = (values: readonly number[]) => values.reduce((total, value) => total + value, 0);
  const total = sum([...rows.values()]);
  if (counted.length === 0) return ["nothing to do"];
  const size = sum(loaded.map(({ fileBytes }) => fileBytes));
  const perSecond = (value: number) => (value * 1000) / Math.max(1, durationMs);
  const counts = Map.groupBy(counted, ({ kind }) => kind);
  const kinds = [...counts].map(([kind, list]) => `${list.length} ${kind}`).join(", ");
  return [
    ...(rows.size === 0
      ? []
      : table(
          ["dataset", "rows"],
          [...rows].map(([name, n]) => [name, count(n)]),
        )),
    `${eras(counted.length)}: ${kinds} in ${duration(durationMs)}`,
    ...(total === 0
      ? []
      : [
          `${count(total)} rows, ${bytes(size)} of files, ${count(perSecond(total))} rows/s, ${bytes(perSecond(size))}/s`,
        ]),
  ];
}

function watchInterval(text: string | undefined, range: string | undefined): number | undefined {
  if (text === undefined) return undefined;
  if (range !== undefined && !range.trim().endsWith("+")) {
    throw new UsageError(`--watch looks for new eras, and --range ${range} has an end`, "write an open range: 1082+");
  }
  if (/^(\d+(\.\d+)?(ms|s|m|h|d))+$/.test(text) && toMs(text) >= 1000) return toMs(text);
  throw new UsageError(`--watch ${text} is no interval`, "write --watch 10m, 90s or 1h; at least one second");
}

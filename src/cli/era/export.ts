import { createReadStream } from "node:fs";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { basename, join } from "node:path";
import { pipeline } from "node:stream/promises";
import type { CommandModule } from "yargs";
import { type ExportedFile, type ExportSource, exportEras, formatOf } from "../../actions/era/export/export-eras.ts";
import { fail, outcomeOf } from "../../actions/era/failed.ts";
import { type EraCall, processRange } from "../../actions/era/operations.ts";
import { datasetsOf, networkOfFile, valuesOf } from "../../actions/era/settings.ts";
import { carryOut, type EraOptions, eraFlags, printJson, printLine } from "./common.ts";
import type { Progress } from "./progress.ts";
import { bytes, count, table } from "./text.ts";

type ExportOptions = EraOptions & {
  readonly files: readonly string[];
  readonly dataset?: string;
  readonly format?: string;
  readonly out: string;
  readonly skipState: boolean;
};

export const exportCommand: CommandModule<object, ExportOptions> = {
  command: "export [files..]",
  describe: "write datasets as JSON lines, JSON, CSV or Parquet, without a server",
  builder: (parser) =>
    eraFlags(parser, ["network", "range", "source", "datasets", "compat"])
      .positional("files", {
        type: "string",
        array: true,
        default: [],
        describe: "era files; else --source and --range",
      })
      .option("dataset", { type: "string", describe: "one dataset, or several separated by commas; default all" })
      .option("format", { type: "string", describe: "jsonl, json, csv or parquet; default: by the ending of --out" })
      .option("out", {
        type: "string",
        default: "-",
        describe: "a file; a directory for several datasets; - is stdout",
      })
      .option("skip-state", { type: "boolean", default: false, describe: "download without the state" }) as never,
  handler: (options) =>
    carryOut(
      options,
      (call, progress) => outcomeOf(() => exportAll(options, call, progress), call.signal),
      (files) => {
        if (options.out === "-") return;
        if (options.json) return printJson({ ok: true, files });
        const rows = files.map(({ dataset, rows: n, bytes: size, path }) => [dataset, count(n), bytes(size), path]);
        for (const line of table(["dataset", "rows", "size", "file"], rows)) printLine(line);
      },
    ),
};

async function exportAll(options: ExportOptions, call: EraCall, progress: Progress): Promise<ExportedFile[]> {
  const named = options.dataset ?? options.datasets;
  const datasets = datasetsOf({ datasets: named === undefined ? [] : [named] });
  const format = formatOf(options.format, options.out);
  if (options.out === "-" && datasets.length > 1) {
    throw fail("era-dataset", "stdout takes one dataset", {
      hint: "name one with --dataset, or a directory with --out",
      retryable: false,
    });
  }
  const work = await mkdtemp(join(tmpdir(), "runsheet-export-"));
  try {
    const sources =
      options.files.length > 0 ? options.files.map(asSource) : await fetchSources(options, call, work, progress);
    const network = networkOfFile(options, sources[0]?.fileName ?? "", call);
    const out = options.out === "-" ? join(work, `stdout.${format}`) : options.out;
    const files = await exportEras(sources, {
      ...{ network, values: valuesOf(options), datasets, format, out, signal: call.signal },
      onProgress: (done, total) => progress.update(`decoded ${done} of ${total} eras`),
    });
    if (options.out === "-") await pipeline(createReadStream(files[0]!.path), process.stdout, { end: false });
    return files;
  } finally {
    await rm(work, { recursive: true, force: true });
  }
}

function asSource(path: string): ExportSource {
  const fileName = basename(path).replace(/\.blocks\.era$/, ".era");
  return { path, fileName, stateSkipped: path.endsWith(".blocks.era") };
}

async function fetchSources(
  options: ExportOptions,
  call: EraCall,
  work: string,
  progress: Progress,
): Promise<ExportSource[]> {
  const input = { ...options, datasets: undefined, downloadOnly: true, downloadDir: join(work, "files") };
  const fetched = await processRange(input, call, {
    onDownload: (era, done, total) => progress.update(`era ${era}: ${bytes(done)} of ${bytes(total ?? done)}`),
  });
  if (fetched.kind === "failed")
    throw fail(fetched.failure.code, fetched.failure.message, { hint: fetched.failure.hint ?? "" });
  return fetched.value.summary.eras.map((result) => {
    if (result.kind === "downloaded") return { ...asSource(result.path), fileName: result.name };
    const failure = result.kind === "failed" ? result.failure : undefined;
    throw fail(failure?.code ?? "stopped", failure?.message ?? `era ${result.era} was not fetched`, {
      hint: failure?.hint ?? "run it again",
    });
  });
}

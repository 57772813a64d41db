import { type FileHandle, mkdir, mkdtemp, open, rm, stat } from "node:fs/promises";
import { tmpdir } from "node:os";
import { basename, dirname, join, resolve } from "node:path";
import { publishFile } from "../../../lib/atomic-file.ts";
import type { Network } from "../../../lib/beacon/network.ts";
import { chdbClickHouse } from "../clickhouse/chdb-clickhouse.ts";
import type { ClickHouse } from "../clickhouse/clickhouse.ts";
import { DATASETS, type DatasetName, decodeEra, type ValueMode } from "../decode/index.ts";
import { fail } from "../failed.ts";

export type ExportFormat = "jsonl" | "json" | "csv" | "parquet";

export type ExportOptions = {
  readonly network: Network;
  readonly values: ValueMode;
  readonly datasets: readonly DatasetName[];
  readonly format: ExportFormat;
  /** One file for one dataset; a directory of `<dataset>.<ending>` for several. */
  readonly out: string;
  readonly signal?: AbortSignal | undefined;
  readonly onProgress?: ((done: number, total: number) => void) | undefined;
};

export type ExportedFile = {
  readonly dataset: DatasetName;
  readonly path: string;
  readonly rows: number;
  readonly bytes: number;
};

/** An era file on this machine, under its own name or another. */
export type ExportSource = { readonly path: string; readonly fileName: string; readonly stateSkipped: boolean };

const FORMATS: { readonly [format in ExportFormat]: { readonly clickhouse: string; readonly settings: string } } = {
  jsonl: { clickhouse: "JSONEachRow", settings: "output_format_json_quote_64bit_integers = 0" },
  json: {
    clickhouse: "JSONEachRow",
    settings: "output_format_json_quote_64bit_integers = 0, output_format_json_array_of_rows = 1",
  },
  csv: { clickhouse: "CSVWithNames", settings: "format_csv_delimiter = ','" },
  parquet: { clickhouse: "Parquet", settings: "output_format_parquet_compression_method = 'zstd'" },
};

/**
 * Writes the rows of era files through ClickHouse's own formats, embedded in this process: no server is needed. Integers
 * are exact in every format. A file appears under its name only when it is whole.
 */
export async function exportEras(sources: readonly ExportSource[], options: ExportOptions): Promise<ExportedFile[]> {
  const work = await mkdtemp(join(tmpdir(), "runsheet-export-"));
  try {
    const rows = await spoolRows(sources, work, options);
    const clickhouse = await chdbClickHouse(join(work, "chdb"));
    try {
      const files: ExportedFile[] = [];
      for (const dataset of options.datasets) {
        const path = pathOf(dataset, options);
        const bytes = await writeFormat(clickhouse, spoolOf(work, dataset), dataset, path, options);
        files.push({ dataset, path, rows: rows.get(dataset) ?? 0, bytes });
      }
      return files;
    } finally {
      await clickhouse.close();
    }
  } finally {
    await rm(work, { recursive: true, force: true });
  }
}

/** The format that the name of a file asks for. @throws Failed `era-export-format` */
export function formatOf(format: string | undefined, out: string): ExportFormat {
  const text = (format ?? /\.(jsonl|ndjson|json|csv|parquet)(?:\.gz|\.zst)?$/.exec(out)?.[1] ?? "").toLowerCase();
  if (text === "ndjson") return "jsonl";
  if (text in FORMATS) return text as ExportFormat;
  const hint = "say --format jsonl, json, csv or parquet";
  throw fail("era-export-format", text === "" ? "no format was named" : `"${text}" is no format`, {
    hint,
    retryable: false,
  });
}

async function spoolRows(
  sources: readonly ExportSource[],
  work: string,
  options: ExportOptions,
): Promise<Map<DatasetName, number>> {
  const { network, values, datasets, signal } = options;
  const files = new Map<DatasetName, FileHandle>();
  const rows = new Map<DatasetName, number>();
  try {
    for (const dataset of datasets) files.set(dataset, await open(spoolOf(work, dataset), "wx"));
    for (const [index, source] of sources.entries()) {
      const state = source.stateSkipped ? "optional" : "required";
      const common = { network, values, datasets, state, fileName: source.fileName } as const;
      await decodeEra(source.path, { ...common, ...(signal === undefined ? {} : { signal }) }, async (chunk) => {
        for (const part of chunk.parts) await files.get(chunk.dataset)!.writeFile(part);
        rows.set(chunk.dataset, (rows.get(chunk.dataset) ?? 0) + chunk.rows);
      });
      options.onProgress?.(index + 1, sources.length);
    }
    return rows;
  } finally {
    for (const file of files.values()) await file.close();
  }
}

async function writeFormat(
  clickhouse: ClickHouse,
  spool: string,
  dataset: DatasetName,
  path: string,
  { format, signal }: ExportOptions,
): Promise<number> {
  await mkdir(dirname(path), { recursive: true });
  // The ending stays: ClickHouse compresses by it (.gz, .zst).
  const temporary = join(dirname(path), `.${process.pid}.partial.${basename(path)}`);
  const { columns } = DATASETS.find(({ name }) => name === dataset)!;
  const structure = columns
    .map(({ name, type }) => `${name} ${type === "DateTime" ? "DateTime('UTC')" : type}`)
    .join(", ");
  const { clickhouse: formatName, settings } = FORMATS[format];
  try {
    await clickhouse.command(
      `SELECT * FROM file(${quoteText(spool)}, Native, ${quoteText(structure)})
       INTO OUTFILE ${quoteText(temporary)} TRUNCATE FORMAT ${formatName} SETTINGS ${settings}`,
      { signal },
    );
    const file = await open(temporary, "r+");
    await file.sync();
    await file.close();
    await publishFile(temporary, path);
  } finally {
    await rm(temporary, { force: true });
  }
  return (await stat(path)).size;
}

function pathOf(dataset: DatasetName, { datasets, out, format }: ExportOptions): string {
  return resolve(datasets.length === 1 ? out : join(out, `${dataset}.${format}`));
}

function spoolOf(work: string, dataset: DatasetName): string {
  return join(work, `${dataset}.native`);
}

function quoteText(text: string): string {
  return `'${text.replaceAll("\\", "\\\\").replaceAll("'", "\\'")}'`;
}

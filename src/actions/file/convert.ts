import { rm, stat } from "node:fs/promises";
import { resolve } from "node:path";
import { z } from "zod";
import { type Action, type ActionContext, type ActionResult, defineAction } from "../../domain/action.ts";
import { failure } from "../../domain/failure.ts";
import type { Json } from "../../domain/json.ts";
import { path } from "../fields.ts";
import { returningFileFailures } from "../file-failures.ts";
import { compressFile, decompressFile, type Format, formatOf } from "./compression.ts";

const common = {
  from: path,
  to: path.optional().describe("default: `from` with or without the ending .zst or .gz"),
  format: z.enum(["zstd", "gzip"]).optional().describe("default: by the file's ending; zstd when compressing"),
  keep: z.boolean().default(true).describe("keep `from` when `to` is complete"),
};

const compressParams = z.strictObject({ ...common, level: z.int().min(0).max(22).optional() });
const decompressParams = z.strictObject(common);

const outputs = z.strictObject({
  file: z.string(),
  sizeBytes: z.int(),
  sha256: z.string(),
  source: z.strictObject({ sizeBytes: z.int(), sha256: z.string() }),
});

type Params = z.infer<typeof compressParams>;
type Outputs = z.infer<typeof outputs>;
type Names = { readonly from: string; readonly to: string; readonly format: Format };

export const compressAction: Action = defineAction<Params, Outputs>({
  kind: "file.compress",
  title: "Compress a file",
  description:
    "Compresses with zstd (with a checksum in the frame) or gzip. The result has its name only when it is complete and on " +
    "disk; an interruption leaves the source as it was, and running again starts over.",
  params: compressParams,
  outputs,
  effect: "mutate",
  repeatable: true,
  preview: async (given, { cwd }) => describe(namesForCompression(given, cwd)),
  run: returningFileFailures((given, context) =>
    convert("compress", namesForCompression(given, context.cwd), given, context),
  ),
});

export const decompressAction: Action = defineAction<Params, Outputs>({
  kind: "file.decompress",
  title: "Decompress a file",
  description:
    "Decompresses zstd or gzip. The result has its name only when all of it was read and is on disk; damaged or cut off input " +
    "fails with file-damaged. Running it again starts over.",
  params: decompressParams,
  outputs,
  effect: "mutate",
  repeatable: true,
  preview: async (given, { cwd }) => describe(namesForDecompression(given, cwd)),
  run: returningFileFailures((given, context) =>
    convert("decompress", namesForDecompression(given, context.cwd), given, context),
  ),
});

async function convert(
  verb: "compress" | "decompress",
  names: Names | undefined,
  given: Params,
  { signal, progress, log, checkpoint, lastCheckpoint }: ActionContext,
): Promise<ActionResult<Outputs>> {
  if (names === undefined) {
    const hint = 'give "to" and "format"';
    const message = `${given.from} ends in neither .zst nor .gz, so its format is not known`;
    return { kind: "failed", failure: failure("file-format-unknown", message, { hint, retryable: false }) };
  }
  const { from, to, format } = names;
  const earlier = await finishedEarlier(lastCheckpoint, from, to);
  if (earlier !== undefined) return { kind: "ok", outputs: earlier };
  const total = (await stat(from)).size;
  const onProgress = (done: number): void => progress({ done, total, unit: "bytes" });
  try {
    const options = { signal, onProgress, ...(given.level === undefined ? {} : { level: given.level }) };
    const done = await (verb === "compress" ? compressFile : decompressFile)(from, to, format, options);
    const result = { file: to, ...done.to, source: done.from };
    if (!given.keep) {
      await checkpoint(result);
      await rm(from);
    }
    log(`${to}: ${done.to.sizeBytes} bytes from ${done.from.sizeBytes}, sha256 ${done.to.sha256}`);
    return { kind: "ok", outputs: result };
  } catch (error) {
    if (signal.aborted) return { kind: "failed", failure: failure("cancelled", `${verb} ${from}: cancelled`) };
    const { code = "", message } = error as NodeJS.ErrnoException;
    if (!/^(Z|ZSTD|ERR_ZLIB|ERR__ZSTD)_/.test(code)) throw error;
    const words = `${from} is damaged or cut off: ${message}`;
    return {
      kind: "failed",
      failure: failure("file-damaged", words, { hint: "get the file again", retryable: false, cause: error }),
    };
  }
}

/** With `keep: false` the source may be gone although nobody heard that the work was finished. */
async function finishedEarlier(checkpoint: Json | undefined, from: string, to: string): Promise<Outputs | undefined> {
  const saved = outputs.safeParse(checkpoint);
  if (!saved.success || saved.data.file !== to || (await exists(from))) return undefined;
  return (await exists(to)) ? saved.data : undefined;
}

async function exists(file: string): Promise<boolean> {
  try {
    await stat(file);
    return true;
  } catch {
    return false;
  }
}

function namesForCompression(given: Params, cwd: string): Names {
  const format = given.format ?? (given.to === undefined ? undefined : formatOf(given.to)) ?? "zstd";
  const to = given.to ?? `${given.from}${format === "zstd" ? ".zst" : ".gz"}`;
  return { from: resolve(cwd, given.from), to: resolve(cwd, to), format };
}

function namesForDecompression(given: Params, cwd: string): Names | undefined {
  const format = given.format ?? formatOf(given.from);
  const to = given.to ?? given.from.replace(/\.(zst|zstd|gz|gzip)$/i, "");
  if (format === undefined || to === given.from) return undefined;
  return { from: resolve(cwd, given.from), to: resolve(cwd, to), format };
}

function describe(names: Names | undefined): { grade: "described"; lines: string[] } {
  const line =
    names === undefined ? "the format is not known" : `would write ${names.to} from ${names.from} (${names.format})`;
  return { grade: "described", lines: [line] };
}

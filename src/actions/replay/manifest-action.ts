import { createHash } from "node:crypto";
import { resolve } from "node:path";
import { z } from "zod";
import { defineAction } from "../../domain/action.ts";
import { failure } from "../../domain/failure.ts";
import { writeFileAtomically } from "../../lib/atomic-file.ts";
import { path, wholeOutput, wholeToJson } from "../fields.ts";
import { returningFileFailures } from "../file-failures.ts";
import { type Loaded, loadParsed } from "./load.ts";
import { countPieces, expand, manifestText, type Piece } from "./manifest.ts";
import { parseSpacing } from "./spacing-file.ts";

const params = z.strictObject({
  spacing: path.describe("the spacing file: start, end and blocks per period, separated by tabs"),
  out: path.describe("where to write the manifest (start,end,span lines)"),
  maxPeriods: z.int().positive().default(1_000_000).describe("refuse a file that expands to more periods than this"),
});

const outputs = z.strictObject({
  manifest: z.string().describe("absolute path of the manifest"),
  sha256: z.string(),
  records: z.int().describe("records in the spacing file"),
  periods: z.int().describe("records in the manifest"),
  firstBlock: wholeOutput,
  endBlock: wholeOutput.describe("the first block after the last period"),
});

/** A manifest worked out in memory: what `run` writes and `preview` describes. */
type Worked = { records: number; pieces: readonly Piece[] };

export const manifestAction = defineAction<z.infer<typeof params>, z.infer<typeof outputs>>({
  kind: "replay.manifest",
  title: "Expand a spacing file into a replay manifest",
  description:
    "Reads a tab-separated spacing file (start, end, blocks that fit one period), refuses it with every problem at once " +
    "(file:line and reason), and writes one start,end,span line per period. A record is cut only when " +
    "start + 1.1 * span < end, and the last piece absorbs a remainder of up to 10 % of the span. Writing is atomic; " +
    "running it again gives the same bytes, so an interruption at any instant is harmless.",
  params,
  outputs,
  effect: "mutate",
  repeatable: true,
  async preview({ spacing, out, maxPeriods }, { cwd }) {
    const worked = await workOut(spacing, maxPeriods, cwd);
    if (worked.kind === "failed") return { grade: "native", lines: worked.failure.message.split("\n") };
    const { records, pieces } = worked.value;
    return {
      grade: "native",
      lines: [`${spacing}: ${records} records expand to ${pieces.length} periods`, `would write ${resolve(cwd, out)}`],
    };
  },
  run: returningFileFailures(async ({ spacing, out, maxPeriods }, { cwd, log }) => {
    const worked = await workOut(spacing, maxPeriods, cwd);
    if (worked.kind === "failed") return worked;
    const { records, pieces } = worked.value;
    const manifest = resolve(cwd, out);
    const text = manifestText(pieces);
    await writeFileAtomically(manifest, text);
    log(`${spacing}: ${records} records, blocks ${pieces[0]!.start} to ${pieces.at(-1)!.end}`);
    log(`${manifest}: ${pieces.length} periods`);
    return {
      kind: "ok",
      outputs: {
        manifest,
        sha256: createHash("sha256").update(text).digest("hex"),
        records,
        periods: pieces.length,
        firstBlock: wholeToJson(pieces[0]!.start),
        endBlock: wholeToJson(pieces.at(-1)!.end),
      },
    };
  }),
});

async function workOut(spacing: string, maxPeriods: number, cwd: string): Promise<Loaded<Worked>> {
  const loaded = await loadParsed("spacing", spacing, cwd, parseSpacing);
  if (loaded.kind === "failed") return loaded;
  const count = countPieces(loaded.value);
  if (count > BigInt(maxPeriods)) {
    const message = `${spacing} expands to ${count} periods; at most ${maxPeriods} are made`;
    const hint = `look for a record with too few blocks per period, or raise "maxPeriods"`;
    return { kind: "failed", failure: failure("replay-too-many-periods", message, { hint, retryable: false }) };
  }
  return { kind: "ok", value: { records: loaded.value.length, pieces: [...expand(loaded.value)] } };
}

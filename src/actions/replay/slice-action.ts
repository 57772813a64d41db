import { z } from "zod";
import { type ActionContext, defineAction } from "../../domain/action.ts";
import { type Failure, failure } from "../../domain/failure.ts";
import { path, whole, wholeOutput, wholeToJson } from "../fields.ts";
import { returningFileFailures } from "../file-failures.ts";
import { type Loaded, loadParsed, loadText } from "./load.ts";
import type { Piece } from "./manifest.ts";
import { snapshotPoints } from "./points.ts";
import { parseSlices, type SliceEntry } from "./slices-file.ts";
import { snapshotHeight } from "./snapshot-name.ts";
import { parseSpacing } from "./spacing-file.ts";

const params = z.strictObject({
  slice: z.int().positive().describe("which slice, counted from 1"),
  slices: path.describe("slices.json of the plan"),
  manifest: path.describe("manifest.csv of the plan"),
  expect: z
    .strictObject({ syncUntil: whole.optional(), terminateAt: whole.optional(), snapshot: z.string().optional() })
    .default({})
    .describe("what you believe the slice to be; anything else is refused"),
});

const outputs = z.strictObject({
  slice: z.int(),
  snapshot: z.string().describe("file name of the snapshot, or genesis"),
  fromGenesis: z.boolean(),
  /** The file after decompression. */
  snapshotFile: z.string().describe("name of the snapshot without its .zst; empty with genesis"),
  syncUntil: wholeOutput,
  terminateAt: wholeOutput,
  blocks: wholeOutput,
  points: z.array(wholeOutput).describe("heights at which snapshots are due"),
});

type Params = z.infer<typeof params>;
type Outputs = z.infer<typeof outputs>;

export const sliceAction = defineAction<Params, Outputs>({
  kind: "replay.slice",
  title: "Choose a slice and check it against the manifest",
  description:
    "Takes one slice of slices.json and checks that its start, end and snapshot agree with each other and with the manifest, and " +
    "with what you expect (`expect`). Every disagreement is told at once. Reads only.",
  params,
  outputs,
  effect: "read",
  repeatable: true,
  async preview(given, context) {
    const chosen = await choose(given, context);
    return {
      grade: "native",
      lines: chosen.kind === "ok" ? linesOf(chosen.value) : chosen.failure.message.split("\n"),
    };
  },
  run: returningFileFailures(async (given, context) => {
    const chosen = await choose(given, context);
    if (chosen.kind === "failed") return chosen;
    for (const line of linesOf(chosen.value)) context.log(line);
    return { kind: "ok", outputs: chosen.value };
  }),
});

async function choose(given: Params, { cwd }: Pick<ActionContext, "cwd">): Promise<Loaded<Outputs>> {
  const manifest = await loadParsed("manifest", given.manifest, cwd, (text) => parseSpacing(text, ","));
  if (manifest.kind === "failed") return manifest;
  const text = await loadText("slices", given.slices, cwd);
  if (text.kind === "failed") return text;
  const entries = parseSlices(text.value, given.slices);
  if (!Array.isArray(entries)) return { kind: "failed", failure: entries as Failure };
  const entry = entries.find(({ slice }) => slice === given.slice);
  if (entry === undefined) {
    const hint = `it has slices ${entries.map(({ slice }) => slice).join(", ")}`;
    const message = `${given.slices} has no slice ${given.slice}`;
    return { kind: "failed", failure: failure("slice-unknown", message, { hint, retryable: false }) };
  }
  const problems = [...disagreements(entry, manifest.value), ...unexpected(entry, given.expect)];
  if (problems.length > 0) {
    const message = `slice ${entry.slice} of ${given.slices}:\n${problems.join("\n")}`;
    const hint = "make the plan again with the spacing file and snapshots in use, or correct what you expect";
    return {
      kind: "failed",
      failure: failure("slice-disagrees", message, { hint, retryable: false, details: problems }),
    };
  }
  return { kind: "ok", value: outputsOf(entry, manifest.value) };
}

function disagreements(entry: SliceEntry, pieces: readonly Piece[]): string[] {
  const [syncUntil, terminateAt, largestStart] = [entry.syncUntil, entry.terminateAt, entry.largestStart].map(
    BigInt,
  ) as [bigint, bigint, bigint];
  const problems: string[] = [];
  const end = pieces.at(-1)?.end ?? 0n;
  if (terminateAt <= syncUntil) problems.push(`it ends at ${terminateAt}, not after its start ${syncUntil}`);
  if (!pieces.some(({ start }) => start === largestStart))
    problems.push(`no record of the manifest starts at ${largestStart}`);
  if (syncUntil >= end) problems.push(`its start ${syncUntil} lies behind the manifest's end ${end}`);
  if (entry.snapshot === "genesis") return problems;
  const height = snapshotHeight(entry.snapshot);
  if (height === undefined) problems.push(`the name ${entry.snapshot} ends in no block height`);
  else if (height >= syncUntil) problems.push(`snapshot ${entry.snapshot} is not below the start ${syncUntil}`);
  return problems;
}

function unexpected(entry: SliceEntry, expected: Params["expect"]): string[] {
  const problems: string[] = [];
  for (const name of ["syncUntil", "terminateAt"] as const) {
    const value = expected[name];
    if (value !== undefined && BigInt(value) !== BigInt(entry[name]))
      problems.push(`${name} is ${entry[name]}, you expect ${value}`);
  }
  if (expected.snapshot !== undefined && expected.snapshot !== entry.snapshot) {
    problems.push(`snapshot is ${entry.snapshot}, you expect ${expected.snapshot}`);
  }
  return problems;
}

function outputsOf(entry: SliceEntry, pieces: readonly Piece[]): Outputs {
  const [syncUntil, terminateAt] = [BigInt(entry.syncUntil), BigInt(entry.terminateAt)];
  const fromGenesis = entry.snapshot === "genesis";
  return {
    slice: entry.slice,
    snapshot: entry.snapshot,
    fromGenesis,
    snapshotFile: fromGenesis ? "" : entry.snapshot.replace(/\.(zst|zstd)$/i, ""),
    syncUntil: wholeToJson(syncUntil),
    terminateAt: wholeToJson(terminateAt),
    blocks: wholeToJson(terminateAt - syncUntil),
    points: snapshotPoints(pieces, syncUntil, terminateAt).map(wholeToJson),
  };
}

function linesOf({ slice, snapshot, syncUntil, terminateAt, points }: Outputs): string[] {
  return [
    `slice ${slice}: start from ${snapshot}, sync until ${syncUntil}, terminate at ${terminateAt}`,
    `${points.length} snapshots are due${points.length === 0 ? "" : `, the first at ${points[0]}, the last at ${points.at(-1)}`}`,
  ];
}

import { resolve } from "node:path";
import { z } from "zod";
import { type ActionContext, defineAction } from "../../domain/action.ts";
import { failure } from "../../domain/failure.ts";
import { writeFileAtomically } from "../../lib/atomic-file.ts";
import { path, positiveWhole } from "../fields.ts";
import { returningFileFailures } from "../file-failures.ts";
import { type Loaded, loadParsed } from "./load.ts";
import { loadSnapshots, s3Options } from "./load-snapshots.ts";
import { cutSlices } from "./slices.ts";
import { sliceEntry, slicesText, toEntry } from "./slices-file.ts";
import { type PlannedSlice, slicesTable } from "./slices-table.ts";
import { snapshotBelow } from "./snapshot-name.ts";
import { parseSpacing } from "./spacing-file.ts";

const params = z.strictObject({
  manifest: path.describe("the manifest that replay.manifest wrote"),
  snapshots: z.string().min(1).describe("a file with one snapshot name per line, or an s3:// location"),
  out: path.describe("where to write slices.json"),
  slices: z.int().min(1).max(10_000).default(10),
  stride: positiveWhole.default(2_000_000).describe("blocks per block log; slices begin and end on multiples of it"),
  ...s3Options,
});

const outputs = z.strictObject({
  file: z.string().describe("absolute path of slices.json"),
  slices: z.array(sliceEntry),
  warnings: z.array(z.string()),
});

type Params = z.infer<typeof params>;

export const slicesAction = defineAction<Params, z.infer<typeof outputs>>({
  kind: "replay.slices",
  title: "Divide a replay manifest into slices",
  description:
    "Divides the manifest into slices of equally many periods, with overlap so that every block log of one stride is whole " +
    "in one slice, and gives each the snapshot with the greatest height below its start (or genesis). Writes slices.json " +
    "atomically and shows the table with blocks and share per slice. Fewer records than slices is refused. Running it " +
    "again is harmless.",
  params,
  outputs,
  effect: "mutate",
  repeatable: true,
  async preview(given, context) {
    const planned = await plan(given, context);
    if (planned.kind === "failed") return { grade: "native", lines: planned.failure.message.split("\n") };
    return {
      grade: "native",
      lines: [...slicesTable(planned.value), `would write ${resolve(context.cwd, given.out)}`],
    };
  },
  run: returningFileFailures(async (given, context) => {
    const planned = await plan(given, context);
    if (planned.kind === "failed") return planned;
    const entries = planned.value.map(toEntry);
    const file = resolve(context.cwd, given.out);
    await writeFileAtomically(file, slicesText(entries));
    const warnings = planned.value.filter((slice) => slice.terminateAt <= slice.syncUntil).map(warnEmpty);
    for (const line of [...slicesTable(planned.value), ...warnings, file]) context.log(line);
    return { kind: "ok", outputs: { file, slices: entries, warnings } };
  }),
});

async function plan(
  given: Params,
  context: Pick<ActionContext, "cwd" | "signal" | "env">,
): Promise<Loaded<readonly PlannedSlice[]>> {
  const manifest = await loadParsed("manifest", given.manifest, context.cwd, (text) => parseSpacing(text, ","));
  if (manifest.kind === "failed") return manifest;
  const snapshots = await loadSnapshots(given, context);
  if (snapshots.kind === "failed") return snapshots;
  if (manifest.value.length < given.slices) {
    const message = `${given.manifest} has ${manifest.value.length} records, too few for ${given.slices} slices`;
    const hint = `ask for at most ${manifest.value.length} slices ("slices"), or use fewer blocks per period in the spacing file`;
    return { kind: "failed", failure: failure("slices-too-few-records", message, { hint, retryable: false }) };
  }
  const bounds = cutSlices(manifest.value, given.slices, BigInt(given.stride));
  return { kind: "ok", value: bounds.map((slice) => ({ ...slice, snapshot: snapshotFor(slice.syncUntil) })) };

  function snapshotFor(block: bigint): string {
    return snapshotBelow(snapshots.kind === "ok" ? snapshots.value : [], block)?.name ?? "genesis";
  }
}

function warnEmpty(slice: PlannedSlice): string {
  return (
    `warning: slice ${slice.slice} would terminate at ${slice.terminateAt}, not after its start ${slice.syncUntil}; ` +
    "its periods are much shorter than the stride: use fewer slices or a smaller stride"
  );
}

import { resolve } from "node:path";
import { z } from "zod";
import { type ActionContext, type ActionResult, defineAction } from "../../domain/action.ts";
import { writeFileAtomically } from "../../lib/atomic-file.ts";
import { path } from "../fields.ts";
import { returningFileFailures } from "../file-failures.ts";
import { s3Url } from "../s3/fields.ts";
import { cacheMapText } from "./cache-map.ts";
import { type DuplicateLocation, duplicateLocations } from "./csv.ts";
import { loadCsvText, loadLogCacheCsv } from "./load-csv.ts";

export const csvFields = {
  csv: path.describe("the CSV that the notebook exported"),
  from: s3Url.describe("the bucket (and prefix) that its locations lie in"),
};

export const duplicates = z
  .array(z.strictObject({ key: z.string(), lines: z.array(z.int()) }))
  .describe("locations that more than one line names");

const params = z.strictObject({ ...csvFields, out: path.describe("where to write the entries") });

const outputs = z.strictObject({
  file: z.string(),
  entries: z.int(),
  duplicates,
});

type Params = z.output<typeof params>;
type Outputs = z.output<typeof outputs>;

export const cachemapAction = defineAction<Params, Outputs>({
  kind: "logcache.cachemap",
  title: "Write the cache-map entries",
  description:
    "Checks the exported CSV, refusing every malformed line with file:line, and writes the entries for the pull request " +
    "exactly as the documented `sort | sed` pipeline does (in the C.UTF-8 locale). Whole or not at all; running it again " +
    "writes the same file.",
  params,
  outputs,
  effect: "mutate",
  repeatable: true,
  async preview(given, { cwd }) {
    const locations = await loadLogCacheCsv(given.csv, given.from, cwd);
    if (locations.kind === "failed") return { grade: "native", lines: locations.failure.message.split("\n") };
    const lines = [`would write the entries of ${locations.value.length} locations to ${given.out}`];
    return { grade: "native", lines: [...lines, ...duplicateLines(given.csv, duplicateLocations(locations.value))] };
  },
  run: returningFileFailures(write),
});

async function write(given: Params, context: ActionContext): Promise<ActionResult<Outputs>> {
  const locations = await loadLogCacheCsv(given.csv, given.from, context.cwd);
  if (locations.kind === "failed") return locations;
  const csv = await loadCsvText(given.csv, context.cwd);
  if (csv.kind === "failed") return csv;
  const file = resolve(context.cwd, given.out);
  const text = cacheMapText(csv.value);
  await writeFileAtomically(file, text);
  const twice = duplicateLocations(locations.value);
  for (const line of duplicateLines(given.csv, twice)) context.log(line);
  return { kind: "ok", outputs: { file, entries: text.split("\n").length - 1, duplicates: copied(twice) } };
}

export function duplicateLines(csv: string, found: readonly DuplicateLocation[]): string[] {
  return found.map(({ key, lines }) => `${csv}: ${key} stands in lines ${lines.join(", ")}`);
}

export function copied(found: readonly DuplicateLocation[]): { key: string; lines: number[] }[] {
  return found.map(({ key, lines }) => ({ key, lines: [...lines] }));
}

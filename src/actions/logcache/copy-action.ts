import { resolve } from "node:path";
import { z } from "zod";
import { type ActionContext, type ActionResult, defineAction } from "../../domain/action.ts";
import { failure } from "../../domain/failure.ts";
import { writeFileAtomically } from "../../lib/atomic-file.ts";
import { path } from "../fields.ts";
import { returningFileFailures } from "../file-failures.ts";
import { targetOf } from "../s3/copy-action.ts";
import { concurrency, connection, connectionFields, partSize, report, s3Url, size, toBytes } from "../s3/fields.ts";
import { asFolder, parseS3Url } from "../s3/location.ts";
import { copied, csvFields, duplicateLines, duplicates } from "./cachemap-action.ts";
import { type CopiedLocation, copyLocations } from "./copy-locations.ts";
import { type CacheLocation, duplicateLocations } from "./csv.ts";
import { loadLogCacheCsv } from "./load-csv.ts";

const params = z.strictObject({
  ...csvFields,
  to: s3Url.describe("the permanent bucket and prefix; every directory keeps its name below it"),
  only: z.array(z.string().min(1)).optional().describe("copy only these directories of the CSV again"),
  sizes: path.optional().describe("write name, bytes and directory of every line to this TSV file"),
  rounds: z.int().min(1).max(10).default(3).describe("how often what failed is copied, the first time included"),
  source: connection.optional().describe("how the store of `from` is reached, when it is another one"),
  ...connectionFields,
  concurrency,
  multipartAbove: size.default("5GiB"),
  partSize,
  report,
});

const outputs = z.strictObject({
  directories: z.int(),
  objects: z.int(),
  bytes: z.int(),
  transferred: z.int().describe("objects copied by this attempt; the others were there already"),
  duplicates,
  sizes: z.string().optional().describe("where names and sizes were written"),
});

type Params = z.output<typeof params>;
type Outputs = z.output<typeof outputs>;

export const copyAction = defineAction<Params, Outputs>({
  kind: "logcache.copy",
  title: "Copy the log cache to its permanent bucket",
  description:
    "Reads the locations of the exported CSV (malformed lines are refused with file:line, duplicates are listed) and copies " +
    "every directory as s3.copy does: what is there is skipped, every object is verified, both sides are compared at the " +
    "end. Directories that are not whole are copied again; a directory without any object is a failure, because its " +
    "validation would fail much later. Interrupted, it goes on object by object.",
  params,
  outputs,
  effect: "mutate",
  repeatable: true,
  async preview(given, { cwd }) {
    const locations = await loadLogCacheCsv(given.csv, given.from, cwd);
    if (locations.kind === "failed") return { grade: "native", lines: locations.failure.message.split("\n") };
    const keys = chosenKeys(locations.value, given.only);
    return {
      grade: "native",
      lines: [
        `would copy ${keys.length} directories from ${given.from} to ${given.to}`,
        ...duplicateLines(given.csv, duplicateLocations(locations.value)),
      ],
    };
  },
  run: returningFileFailures(copy),
});

async function copy(given: Params, context: ActionContext): Promise<ActionResult<Outputs>> {
  const locations = await loadLogCacheCsv(given.csv, given.from, context.cwd);
  if (locations.kind === "failed") return locations;
  const keys = chosenKeys(locations.value, given.only);
  if (keys.length === 0) return nothingChosen(given);
  const twice = duplicateLocations(locations.value);
  for (const line of duplicateLines(given.csv, twice)) context.log(line);
  const target = targetOf(given);
  const options = {
    concurrency: given.concurrency,
    partBytes: toBytes(given.partSize),
    source: given.source ?? target,
    target,
    report: given.report === undefined ? undefined : resolve(context.cwd, given.report),
  };
  const ended = await copyLocations(context, options, {
    keys,
    from: asFolder(parseS3Url(given.from)),
    to: asFolder(parseS3Url(given.to)),
    multipartAbove: toBytes(given.multipartAbove),
    rounds: given.rounds,
  });
  if (ended.kind === "failed") return ended;
  const result = ended.outputs;
  const sizes = given.sizes === undefined ? undefined : resolve(context.cwd, given.sizes);
  if (sizes !== undefined) await writeFileAtomically(sizes, sizesText(locations.value, result.locations));
  const incomplete = result.locations.filter(({ failed, objects }) => failed > 0 || objects === 0);
  if (incomplete.length > 0) return notWhole(given, incomplete, result.failure?.message);
  const sum = (pick: (one: CopiedLocation) => number) => result.locations.reduce((total, one) => total + pick(one), 0);
  return {
    kind: "ok",
    outputs: {
      directories: keys.length,
      objects: sum(({ objects }) => objects),
      bytes: sum(({ bytes }) => bytes),
      transferred: result.transferred,
      duplicates: copied(twice),
      ...(sizes === undefined ? {} : { sizes }),
    },
  };
}

/** Every directory once; `only` may also name a path inside of one, as the logs of jobs do. */
function chosenKeys(locations: readonly CacheLocation[], only: readonly string[] | undefined): string[] {
  const keys = [...new Set(locations.map(({ key }) => key))];
  if (only === undefined) return keys;
  return keys.filter((key) => only.some((one) => `${one.replace(/\/+$/, "")}/`.startsWith(`${key}/`)));
}

function nothingChosen({ csv, only }: Params): ActionResult<Outputs> {
  const message = `${csv} names none of the directories ${(only ?? []).join(", ")}`;
  const hint = "they were never part of this cache: look at the transaction of the jobs, and at the CSV";
  return { kind: "failed", failure: failure("logcache-unknown-directory", message, { hint, retryable: false }) };
}

const SHOWN = 20;

function notWhole(
  { from, to }: Params,
  incomplete: readonly CopiedLocation[],
  reason: string | undefined,
): ActionResult<Outputs> {
  const lines = incomplete
    .slice(0, SHOWN)
    .map(({ key, objects, failed }) =>
      objects === 0 ? `${key}: there is nothing at ${from}` : `${key}: ${failed} of ${objects} objects are missing`,
    );
  if (incomplete.length > lines.length) lines.push(`... and ${incomplete.length - lines.length} more`);
  if (reason !== undefined) lines.push(reason);
  return {
    kind: "failed",
    failure: failure(
      "logcache-not-whole",
      `${incomplete.length} directories are not whole at ${to}:\n${lines.join("\n")}`,
      {
        hint: "resume the run: only what is missing is copied; for empty directories check the transaction and the notebook",
        details: incomplete.map(({ key, objects, failed }) => ({ key, objects, failed })),
      },
    ),
  };
}

function sizesText(locations: readonly CacheLocation[], results: readonly CopiedLocation[]): string {
  const bytes = new Map(results.map((one) => [one.key, one.bytes]));
  return locations
    .filter(({ key }) => bytes.has(key))
    .map(({ name, key }) => `${name ?? key}\t${bytes.get(key)}\t${key}\n`)
    .join("");
}

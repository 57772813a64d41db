import { resolve } from "node:path";
import { Readable } from "node:stream";
import { z } from "zod";
import { type ActionContext, defineAction } from "../../domain/action.ts";
import { writeFileAtomically } from "../../lib/atomic-file.ts";
import { returningFileFailures } from "../file-failures.ts";
import { targetOf } from "./copy-action.ts";
import { type Entry, type EntryPages, relative } from "./entry.ts";
import { Failed } from "./failed.ts";
import { connectionFields, s3Url } from "./fields.ts";
import { divide } from "./key-ranges.ts";
import type { Folder } from "./list-pages.ts";
import { manifestLine } from "./listing-lines.ts";
import { asFolder, parseLocation, parseS3Url, type S3Location, shown } from "./location.ts";
import { previewListing } from "./preview-listing.ts";
import { explain } from "./problem.ts";
import { inSession, type Session } from "./session.ts";

/** Keys that fit into the outputs of a step; the file has all of them. */
const MAX_KEYS = 1000;

const params = z.strictObject({
  from: s3Url,
  out: z
    .string()
    .min(1)
    .optional()
    .describe("write a manifest, one JSON line per object: key below the prefix, size, ETag, time. A path or s3://"),
  ...connectionFields,
});

const outputs = z.strictObject({
  objects: z.int(),
  bytes: z.int(),
  keys: z.array(z.string()).describe(`keys below the prefix, the first ${MAX_KEYS}`),
  truncated: z.boolean().describe("there are more keys than `keys` holds"),
  file: z.string().optional().describe("where the manifest was written"),
});

type Params = z.output<typeof params>;
type Outputs = z.output<typeof outputs>;

export const listAction = defineAction<Params, Outputs>({
  kind: "s3.list",
  title: "List the objects below a prefix",
  description:
    "Counts the objects below a prefix and their bytes, and writes a manifest of them, whole or not at all. Large prefixes " +
    "are listed in several ranges at once; no more than a few pages are held in memory.",
  params,
  outputs,
  effect: "mutate",
  repeatable: true,
  preview: (given, context) =>
    previewListing(
      asFolder(parseS3Url(given.from)),
      targetOf(given),
      (count, bytes) => `${given.from} has ${count} objects (${bytes})${given.out ? `; would write ${given.out}` : ""}`,
      context,
    ),
  run: returningFileFailures(list),
});

async function list(given: Params, context: ActionContext) {
  const connection = targetOf(given);
  const options = { concurrency: 16, partBytes: 16 * 1024 ** 2, source: connection, target: connection };
  return inSession<Outputs>(context, options, async (session) => {
    const { bucket, key } = asFolder(parseS3Url(given.from));
    const folder = { store: session.source, bucket, prefix: key };
    const keys: string[] = [];
    const pages = watched(session, inOrder(session, folder), folder, keys);
    const out = given.out === undefined ? undefined : parseLocation(given.out, context.cwd);
    if (out?.kind === "s3") await uploadLines(session, linesOf(pages, folder), out);
    else if (out) await writeFileAtomically(out.path, linesOf(pages, folder));
    else for await (const _ of pages);
    const { objects, bytes } = session.meter.counts;
    context.log(
      `${shown(folder.prefix === "" ? { bucket, key: "" } : { bucket, key })}: ${objects} objects, ${bytes} bytes`,
    );
    const file = out === undefined ? {} : { file: out.kind === "s3" ? shown(out) : resolve(out.path) };
    return { objects, bytes, keys, truncated: objects > keys.length, ...file };
  });
}

/** All pages in the order of their keys; the ranges ahead are fetched meanwhile, two pages of each at most. */
export async function* inOrder(session: Pick<Session, "requests">, folder: Folder): AsyncGenerator<readonly Entry[]> {
  const ahead: EntryPages[] = [];
  for await (const { pages } of divide(session.requests, folder)) ahead.push(readAhead(pages));
  for (const pages of ahead) yield* pages;
}

/** Starts at once and stays one page ahead of its reader. */
function readAhead(pages: AsyncIterable<readonly Entry[]>): AsyncIterable<readonly Entry[]> {
  const iterator = pages[Symbol.asyncIterator]();
  let next: Promise<IteratorResult<readonly Entry[]>> | undefined = iterator.next();
  // Its error is thrown when its turn comes; until then it is nobody's unhandled rejection.
  next.catch(() => undefined);
  return {
    async *[Symbol.asyncIterator]() {
      while (next) {
        const page: IteratorResult<readonly Entry[]> = await next;
        next = page.done ? undefined : iterator.next();
        next?.catch(() => undefined);
        if (!page.done) yield page.value;
      }
    },
  };
}

async function* watched(
  { meter }: Session,
  pages: AsyncIterable<readonly Entry[]>,
  folder: Folder,
  keys: string[],
): AsyncGenerator<readonly Entry[]> {
  for await (const page of pages) {
    for (const entry of page) {
      meter.found(entry.sizeBytes);
      if (keys.length < MAX_KEYS) keys.push(relative(entry, folder.prefix));
    }
    yield page;
  }
  meter.complete();
}

async function* linesOf(pages: AsyncIterable<readonly Entry[]>, { prefix }: Folder): AsyncGenerator<string> {
  for await (const page of pages) yield page.map((entry) => manifestLine(entry, prefix)).join("");
}

/** A text of unknown length as one object; nothing is there unless all of it is. */
export async function uploadLines(
  { target, requests }: Pick<Session, "target" | "requests">,
  lines: AsyncIterable<string>,
  { bucket, key }: S3Location,
): Promise<void> {
  const { Upload } = await import("@aws-sdk/lib-storage");
  const params = { Bucket: bucket, Key: key, Body: Readable.from(lines, { objectMode: false }), ...target.payer };
  const upload = new Upload({ client: target.client, params, leavePartsOnError: false });
  const onAbort = () => void upload.abort();
  requests.signal.addEventListener("abort", onAbort, { once: true });
  try {
    await upload.done();
  } catch (error) {
    if (error instanceof Failed) throw error;
    const { failure, stopsAll } = explain(error, shown({ bucket, key }), target.name);
    throw new Failed(failure, stopsAll);
  } finally {
    requests.signal.removeEventListener("abort", onAbort);
  }
}

import { resolve } from "node:path";
import { z } from "zod";
import { type ActionContext, defineAction } from "../../domain/action.ts";
import { copyFolders } from "./copy-folders.ts";
import { copyObject } from "./copy-object.ts";
import { unquoted } from "./entry.ts";
import { failAll } from "./failed.ts";
import {
  type Connection,
  concurrency,
  connection,
  connectionFields,
  partSize,
  report,
  s3Url,
  size,
  toBytes,
  transferOutputs,
} from "./fields.ts";
import { headObject } from "./heads.ts";
import { asFolder, parseS3Url, shown } from "./location.ts";
import { previewCopy } from "./preview-copy.ts";
import { inSession, type Session } from "./session.ts";

const params = z.strictObject({
  from: s3Url,
  to: s3Url,
  recursive: z.boolean().default(true).describe("false: exactly one object, from key to key"),
  source: connection
    .optional()
    .describe("how the store of `from` is reached, when it is another one; the bytes then stream through this machine"),
  ...connectionFields,
  concurrency,
  multipartAbove: size.default("5GiB").describe("larger objects are copied in parts; 5GiB at most"),
  partSize,
  report,
});

const outputs = z.strictObject(transferOutputs);

type Params = z.output<typeof params>;

export const copyAction = defineAction<Params, z.output<typeof outputs>>({
  kind: "s3.copy",
  title: "Copy objects between prefixes",
  description:
    "Copies everything below `from` to the same names below `to`, inside the store; between stores (`source`) the bytes " +
    "stream through. Objects that are there with the same size and checksum are skipped, every copy is verified by size " +
    "and ETag or checksum, and at the end both sides are listed and compared. Metadata and tags are kept. Objects made of " +
    "parts are copied with the same parts, so that they keep their ETag. Interrupted, it goes on object by object; " +
    "unfinished uploads are found through the checkpoint and continued or aborted. A failing object does not stop the " +
    "others; missing access, a missing bucket and a wrong clock stop at once.",
  params,
  outputs,
  effect: "mutate",
  repeatable: true,
  preview: (given, context) =>
    previewCopy({ ...sides(given), source: given.source ?? targetOf(given), target: targetOf(given) }, context),
  run: (given, context) => copy(given, context),
});

async function copy(given: Params, context: ActionContext) {
  const { from, to } = sides(given);
  const options = {
    concurrency: given.concurrency,
    partBytes: toBytes(given.partSize),
    source: given.source ?? targetOf(given),
    target: targetOf(given),
    report: given.report === undefined ? undefined : resolve(context.cwd, given.report),
  };
  return inSession(context, options, async (session) => {
    if (shown(from) === shown(to) && session.source.identity === session.target.identity) {
      throw failAll("s3-same-place", `${shown(from)} would be copied onto itself`, {
        hint: 'correct "from" or "to"',
        retryable: false,
      });
    }
    if (given.recursive) {
      const folder = {
        from: { store: session.source, bucket: from.bucket, prefix: from.key },
        to: { store: session.target, bucket: to.bucket, prefix: to.key },
        multipartAbove: toBytes(given.multipartAbove),
      };
      await copyFolders(session, [folder]);
    } else await copyOne(session, given);
    return summary(session, `${shown(from)} to ${shown(to)}`);
  });
}

/** One object by its key; a target that ends with a slash takes the last part of the source's name. */
async function copyOne(session: Session, given: Params): Promise<void> {
  const [from, to] = [parseS3Url(given.from), parseS3Url(given.to)];
  const key = to.key === "" || to.key.endsWith("/") ? to.key + from.key.slice(from.key.lastIndexOf("/") + 1) : to.key;
  const place = { store: session.source, bucket: from.bucket, key: from.key };
  const head = await headObject(session.requests, place);
  const entry = {
    key: from.key,
    sizeBytes: head.ContentLength ?? 0,
    etag: unquoted(head.ETag),
    modifiedMs: head.LastModified?.getTime() ?? 0,
  };
  session.meter.found(entry.sizeBytes);
  session.meter.complete();
  const target = { store: session.target, bucket: to.bucket, key };
  await copyObject(session, { from: place, entry, to: target, multipartAbove: toBytes(given.multipartAbove) });
  session.meter.transferred(entry.sizeBytes);
  session.outcomes.add({ outcome: "verified", key: entry.key, sizeBytes: entry.sizeBytes });
}

export function summary({ meter, log, outcomes }: Session, what: string): z.output<typeof outputs> {
  const { objects, bytes, transferred, transferredBytes, skipped } = meter.counts;
  log(`${what}: ${transferred} transferred and verified, ${skipped} there already, ${outcomes.failedCount} failed`);
  return { objects, bytes, transferred, transferredBytes, skipped };
}

function sides(given: Params) {
  const [from, to] = [parseS3Url(given.from), parseS3Url(given.to)];
  return given.recursive ? { from: asFolder(from), to: asFolder(to) } : { from, to };
}

export function targetOf({ endpoint, region, pathStyle, profile, requesterPays, checksums }: Connection): Connection {
  return { endpoint, region, pathStyle, profile, requesterPays, checksums };
}

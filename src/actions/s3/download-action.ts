import { resolve } from "node:path";
import { z } from "zod";
import { type ActionContext, defineAction } from "../../domain/action.ts";
import { path } from "../fields.ts";
import { returningFileFailures } from "../file-failures.ts";
import { summary, targetOf } from "./copy-action.ts";
import { downloadObjects, eachDownload } from "./download-objects.ts";
import { unquoted } from "./entry.ts";
import { concurrency, connectionFields, partSize, report, s3Url, toBytes, transferOutputs } from "./fields.ts";
import { headObject } from "./heads.ts";
import { asFolder, parseS3Url, type S3Location, shown } from "./location.ts";
import { previewListing } from "./preview-listing.ts";
import { inSession, type Session } from "./session.ts";

const params = z.strictObject({
  from: s3Url,
  to: path.describe("the directory; with `recursive: false` the file"),
  recursive: z.boolean().default(true).describe("false: exactly one object, to exactly one file"),
  ...connectionFields,
  concurrency,
  partSize,
  report,
});

const outputs = z.strictObject(transferOutputs);

type Params = z.output<typeof params>;

export const downloadAction = defineAction<Params, z.output<typeof outputs>>({
  kind: "s3.download",
  title: "Download objects to files",
  description:
    "Downloads everything below a prefix, or one object. Each goes to a temporary name beside its file, is verified by " +
    "size and checksum, synced and renamed, so that a file under its final name is whole. Files that are there with the " +
    "same size and checksum are skipped; interrupted downloads go on range by range. Keys that no file can be named like " +
    "are failures; nothing is ever written outside of the directory.",
  params,
  outputs,
  effect: "mutate",
  repeatable: true,
  preview: (given, context) =>
    previewListing(
      given.recursive ? asFolder(parseS3Url(given.from)) : parseS3Url(given.from),
      targetOf(given),
      (count, bytes) => `would download up to ${count} objects (${bytes}) from ${given.from} to ${given.to}`,
      context,
    ),
  run: returningFileFailures(download),
});

async function download(given: Params, context: ActionContext) {
  const location = parseS3Url(given.from);
  const target = resolve(context.cwd, given.to);
  const options = {
    concurrency: given.concurrency,
    partBytes: toBytes(given.partSize),
    source: targetOf(given),
    target: targetOf(given),
    report: given.report === undefined ? undefined : resolve(context.cwd, given.report),
  };
  return inSession(context, options, async (session) => {
    if (given.recursive) {
      const { bucket, key } = asFolder(location);
      await downloadObjects(session, { from: { store: session.source, bucket, prefix: key }, directory: target });
    } else await downloadOne(session, location, target);
    return summary(session, `${shown(location)} to ${target}`);
  });
}

async function downloadOne(session: Session, { bucket, key }: S3Location, target: string): Promise<void> {
  const place = { store: session.source, bucket, key };
  const head = await headObject(session.requests, place);
  const modifiedMs = head.LastModified?.getTime() ?? 0;
  const entry = { key, sizeBytes: head.ContentLength ?? 0, etag: unquoted(head.ETag), modifiedMs };
  await eachDownload(
    session,
    (put) => put({ entry, name: key }),
    () => target,
    place,
  );
}

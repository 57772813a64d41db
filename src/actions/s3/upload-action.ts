import { stat } from "node:fs/promises";
import { basename, resolve } from "node:path";
import { z } from "zod";
import { type ActionContext, defineAction } from "../../domain/action.ts";
import { path } from "../fields.ts";
import { returningFileFailures } from "../file-failures.ts";
import type { AfterUpload } from "./after-upload.ts";
import { summary, targetOf } from "./copy-action.ts";
import { Failed, failAll } from "./failed.ts";
import { concurrency, connectionFields, partSize, report, s3Url, toBytes, transferOutputs } from "./fields.ts";
import { type LocalFile, localFiles, toLocalFile } from "./local-files.ts";
import { asFolder, parseS3Url, type S3Location, shown } from "./location.ts";
import { grouped, sizeText } from "./meter.ts";
import { inSession } from "./session.ts";
import { uploadFiles } from "./upload-files.ts";

const params = z
  .strictObject({
    from: path.describe("a file, or a directory with everything below it"),
    to: s3Url.describe("s3://bucket/prefix/; with a single file and no slash at the end, the key itself"),
    ...connectionFields,
    concurrency,
    partSize,
    after: z
      .enum(["keep", "archive", "delete"])
      .default("keep")
      .describe("what becomes of a local file once its object is verified"),
    archiveDir: path.optional().describe("where `after: archive` moves the files"),
    report,
  })
  .refine(({ after, archiveDir }) => (after === "archive") === (archiveDir !== undefined), {
    path: ["archiveDir"],
    message: "is needed with `after: archive`, and only then",
  });

const outputs = z.strictObject(transferOutputs);

type Params = z.output<typeof params>;

export const uploadAction = defineAction<Params, z.output<typeof outputs>>({
  kind: "s3.upload",
  title: "Upload files to object storage",
  description:
    "Uploads a file, or all files below a directory. Files whose object is there with the same size and checksum are " +
    "skipped. Large files go in parts with a checksum each. Every object is compared by HEAD, size and checksum, before " +
    "`after` moves or deletes the local file; a file that changes meanwhile is a failure and stays. Interrupted, it goes " +
    "on file by file and part by part.",
  params,
  outputs,
  effect: "mutate",
  repeatable: true,
  async preview(given, { cwd }) {
    const found = await findFiles(resolve(cwd, given.from), () => {});
    if (found instanceof Failed) return { grade: "native", lines: [`would fail: ${found.failure.message}`] };
    let count = 0;
    let bytes = 0;
    for await (const file of found.files) {
      count++;
      bytes += file.sizeBytes;
    }
    const then = given.after === "keep" ? "keep" : given.after === "delete" ? "delete" : `move to ${given.archiveDir}`;
    return {
      grade: "native",
      lines: [
        `would upload up to ${grouped(count)} files (${sizeText(bytes)}) from ${given.from} to ${given.to}`,
        `would then ${then} them`,
      ],
    };
  },
  run: returningFileFailures(upload),
});

async function upload(given: Params, context: ActionContext) {
  const source = resolve(context.cwd, given.from);
  const options = {
    concurrency: given.concurrency,
    partBytes: toBytes(given.partSize),
    source: targetOf(given),
    target: targetOf(given),
    report: given.report === undefined ? undefined : resolve(context.cwd, given.report),
  };
  return inSession(context, options, async (session) => {
    const found = await findFiles(source, context.log);
    if (found instanceof Failed) throw found;
    const after = afterOf(given, context.cwd);
    if (after.kind === "archive" && `${after.directory}/`.startsWith(`${source}/`)) {
      throw failAll(
        "bad-archive-dir",
        `the archive ${after.directory} lies inside ${source} and would be uploaded too`,
        {
          hint: 'choose an "archiveDir" outside of "from"',
          retryable: false,
        },
      );
    }
    const to = found.single ? keyOf(parseS3Url(given.to), source) : asFolder(parseS3Url(given.to));
    await uploadFiles(session, {
      files: found.files,
      single: found.single,
      to: { store: session.target, bucket: to.bucket, prefix: to.key },
      after,
    });
    return summary(session, `${source} to ${shown(to)}`);
  });
}

type Found = { readonly single: boolean; readonly files: AsyncIterable<LocalFile> };

async function findFiles(source: string, log: (line: string) => void): Promise<Found | Failed> {
  const info = await stat(source).catch(() => undefined);
  if (info?.isDirectory()) return { single: false, files: localFiles(source, log) };
  if (info?.isFile()) return { single: true, files: one(toLocalFile(source, basename(source), info)) };
  return failAll("file-missing", `${source} is neither a file nor a directory`, {
    hint: 'correct "from" or put it there, then resume the run',
  });
}

async function* one(file: LocalFile): AsyncGenerator<LocalFile> {
  yield file;
}

/** Where a single file goes; the result has its whole key in `key`. */
function keyOf({ bucket, key }: S3Location, source: string): S3Location {
  return { kind: "s3", bucket, key: key === "" || key.endsWith("/") ? key + basename(source) : key };
}

function afterOf({ after, archiveDir }: Params, cwd: string): AfterUpload {
  return after === "archive" ? { kind: after, directory: resolve(cwd, archiveDir ?? "") } : { kind: after };
}

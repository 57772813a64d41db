import type { Readable } from "node:stream";
import type { ListObjectsV2CommandOutput } from "@aws-sdk/client-s3";
import { fail, throwIfStopped } from "../failed.ts";
import { type RetryPolicy, withRetries } from "../retry.ts";
import { isBeyond } from "./bucket-pages.ts";
import { type FoundName, makeListing } from "./listing.ts";
import { connectS3, type S3Calls, type S3Location, s3Failure, shownLocation } from "./s3-client.ts";
import type { EraFile, EraSource, Listing, ListRequest, Opened, OpenRequest } from "./source.ts";

/** Era files in a bucket, under a prefix, named `<network>-<era>-<root>.era`. */
export function s3Source(location: S3Location, retries: RetryPolicy): EraSource {
  const { prefix } = location;
  const shown = shownLocation(location);
  let connection: Promise<S3Calls> | undefined;
  const s3 = () => {
    connection ??= connectS3(location);
    return connection;
  };
  return {
    kind: "s3",
    shown,
    list,
    async head(file, signal) {
      const answer = await withRetries(retries, async () => (await s3()).head({ Key: file.location }, signal), {
        signal,
      });
      return { sizeBytes: answer.ContentLength, etag: answer.ETag };
    },
    open,
  };

  async function list(request: ListRequest): Promise<Listing> {
    const found: FoundName[] = [];
    let token: string | undefined;
    for (let pages = 1; ; pages++) {
      const page = await readPage(request, token, pages);
      found.push(...(page.Contents ?? []).map(({ Key, Size, ETag }) => nameOf(Key!, Size, ETag)));
      request.log?.(`page ${pages}: ${page.Contents?.length ?? 0} keys`);
      if (page.IsTruncated !== true || isBeyond(request, found.at(-1)?.name)) {
        return makeListing(request, found, `${pages} ${pages === 1 ? "page" : "pages"} of a bucket listing`);
      }
      token = page.NextContinuationToken;
      if (token === undefined) throw endless(pages);
    }
  }

  function readPage(request: ListRequest, token: string | undefined, n: number): Promise<ListObjectsV2CommandOutput> {
    const base = `${prefix}${request.network}-`;
    // Keys sort by name, so everything before the first era of the range is left out by the store.
    const start = `${base}${String(request.range.from).padStart(5, "0")}`;
    const from = token === undefined ? { StartAfter: start } : { ContinuationToken: token };
    return withRetries(retries, async () => (await s3()).list({ Prefix: base, ...from }, request.signal), {
      signal: request.signal,
      onRetry: (failed) => request.log?.(`page ${n}: ${failed.message}; trying again`),
    });
  }

  async function open(file: EraFile, { part, etag, signal }: OpenRequest): Promise<Opened> {
    const range = part === undefined ? {} : { Range: `bytes=${part.start}-${part.end - 1}` };
    const match = etag === undefined ? {} : { IfMatch: etag };
    const answer = await (await s3()).get({ Key: file.location, ...range, ...match }, signal);
    const total = /\/(\d+)$/.exec(answer.ContentRange ?? "")?.[1];
    const stream = answer.Body as unknown as Readable;
    return {
      body: bodyOf(stream, file, signal),
      cancel: async () => void stream.destroy(),
      totalBytes: total === undefined ? answer.ContentLength : Number(total),
      etag: answer.ETag,
      partial: answer.ContentRange !== undefined,
    };
  }

  function endless(pages: number): Error {
    const message = `page ${pages} of ${shown} says that more follows, but not where`;
    const hint = "the store does not follow the S3 protocol; name the files' address as an https:// source instead";
    return fail("era-listing-incomplete", message, { hint, retryable: false });
  }
}

function nameOf(key: string, sizeBytes: number | undefined, etag: string | undefined): FoundName {
  return { name: key.slice(key.lastIndexOf("/") + 1), location: key, sizeBytes, etag };
}

async function* bodyOf(body: AsyncIterable<Uint8Array>, file: EraFile, signal: AbortSignal | undefined) {
  try {
    yield* body;
  } catch (error) {
    throwIfStopped(signal);
    throw s3Failure(error, file.location);
  }
}

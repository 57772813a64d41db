import { homedir } from "node:os";
import { resolve } from "node:path";
import { fail } from "../failed.ts";
import type { RetryPolicy } from "../retry.ts";
import { directorySource } from "./directory-source.ts";
import { httpSource } from "./http-source.ts";
import type { S3Location } from "./s3-client.ts";
import { s3Source } from "./s3-source.ts";
import type { EraSource } from "./source.ts";

/** Variables of the environment that shape a source. */
export type SourceEnv = { readonly [name: string]: string | undefined };

/**
 * A source from what the operator wrote:
 * - `s3://bucket/prefix`, with `?endpoint=`, `?region=` and `?anonymous=true` where needed; the address of an AWS bucket
 *   (`https://bucket.s3.region.amazonaws.com/prefix`) means the same, read without a signature;
 * - `http(s)://host/path`: an index page, a public bucket, an index file, or files whose names can be guessed;
 * - anything else: a directory, relative to `cwd`.
 *
 * @throws Failed `era-source` when the text is none of these
 */
export function openSource(text: string, cwd: string, env: SourceEnv, retries: RetryPolicy): EraSource {
  const bucket = bucketOf(text, env);
  if (bucket !== undefined) return s3Source(bucket, retries);
  if (/^https?:\/\//i.test(text)) {
    if (!URL.canParse(text)) throw unreadable(text);
    return httpSource(text, retries);
  }
  if (/^[a-z][a-z0-9+.-]*:\/\//i.test(text) && !text.startsWith("file://")) throw unreadable(text);
  return directorySource(resolve(cwd, text.replace(/^file:\/\//, "").replace(/^~(?=\/|$)/, homedir())));
}

function bucketOf(text: string, env: SourceEnv): S3Location | undefined {
  if (/^s3:\/\//i.test(text)) return bucketOfS3Url(text, env);
  const aws = /^https:\/\/([^./]+(?:\.[^./]+)*)\.s3[.-](?:([a-z0-9-]+)\.)?amazonaws\.com(\/[^?#]*)?/i.exec(text);
  if (aws === null) return undefined;
  return { bucket: aws[1]!, prefix: asPrefix(aws[3] ?? ""), region: aws[2], endpoint: undefined, anonymous: true };
}

function bucketOfS3Url(text: string, env: SourceEnv): S3Location {
  if (!URL.canParse(text)) throw unreadable(text);
  const { hostname, pathname, searchParams } = new URL(text);
  if (hostname === "") throw unreadable(text);
  const unknown = [...searchParams.keys()].find((name) => !["endpoint", "region", "anonymous"].includes(name));
  if (unknown !== undefined) {
    const hint = "write s3://BUCKET/PREFIX?endpoint=URL&region=NAME&anonymous=true, each of them only where needed";
    throw fail("era-source", `"${unknown}" is no option of an s3:// source`, { hint, retryable: false });
  }
  return {
    bucket: decodeURIComponent(hostname),
    prefix: asPrefix(pathname),
    region: searchParams.get("region") ?? undefined,
    endpoint: searchParams.get("endpoint") ?? env.AWS_ENDPOINT_URL_S3 ?? env.AWS_ENDPOINT_URL,
    anonymous: searchParams.get("anonymous") === "true",
  };
}

function asPrefix(path: string): string {
  const bare = decodeURIComponent(path).replace(/^\/+/, "").replace(/\/+$/, "");
  return bare === "" ? "" : `${bare}/`;
}

function unreadable(text: string): Error {
  const hint = "write s3://BUCKET/PREFIX, https://HOST/PATH, or a directory";
  return fail("era-source", `"${text}" is no source of era files`, { hint, retryable: false });
}

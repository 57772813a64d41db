import type { CreateMultipartUploadCommandInput, HeadObjectCommandOutput } from "@aws-sdk/client-s3";
import type { Requests } from "./attempts.ts";
import { Failed } from "./failed.ts";
import { shown } from "./location.ts";
import type { Place } from "./transfer.ts";

export type HeadOptions = {
  /** Of the object as it was listed; another one is refused. */
  readonly etag?: string;
  /** Ask about one part. */
  readonly partNumber?: number;
};

/** All about an object but its bytes, its checksums included. */
export function headObject(
  requests: Requests,
  place: Place,
  { etag, partNumber }: HeadOptions = {},
): Promise<HeadObjectCommandOutput> {
  const { store, bucket, key } = place;
  const input = {
    Bucket: bucket,
    Key: key,
    ...(store.checksums ? { ChecksumMode: "ENABLED" as const } : {}),
    ...(etag === undefined || etag === "" ? {} : { IfMatch: `"${etag}"` }),
    ...(partNumber === undefined ? {} : { PartNumber: partNumber }),
    ...store.payer,
  };
  return requests.send(store, shown(place), (options) =>
    store.client.send(new store.sdk.HeadObjectCommand(input), options),
  );
}

/** Undefined when there is no such object. */
export async function headIfThere(requests: Requests, place: Place): Promise<HeadObjectCommandOutput | undefined> {
  try {
    return await headObject(requests, place);
  } catch (error) {
    if (error instanceof Failed && error.failure.code === "s3-object-missing") return undefined;
    throw error;
  }
}

/** What of an object goes along with its bytes. */
export type Kept = Pick<
  CreateMultipartUploadCommandInput,
  | "ContentType"
  | "CacheControl"
  | "ContentDisposition"
  | "ContentEncoding"
  | "ContentLanguage"
  | "Expires"
  | "Metadata"
  | "Tagging"
>;

/** What CopyObject keeps by itself and a multipart upload must be given: headers and user metadata. */
export function keptMetadata(head: HeadObjectCommandOutput): Kept {
  const expires = head.ExpiresString === undefined ? Number.NaN : Date.parse(head.ExpiresString);
  return {
    ...(head.ContentType === undefined ? {} : { ContentType: head.ContentType }),
    ...(head.CacheControl === undefined ? {} : { CacheControl: head.CacheControl }),
    ...(head.ContentDisposition === undefined ? {} : { ContentDisposition: head.ContentDisposition }),
    ...(head.ContentEncoding === undefined ? {} : { ContentEncoding: head.ContentEncoding }),
    ...(head.ContentLanguage === undefined ? {} : { ContentLanguage: head.ContentLanguage }),
    ...(Number.isNaN(expires) ? {} : { Expires: new Date(expires) }),
    ...(head.Metadata === undefined ? {} : { Metadata: head.Metadata }),
  };
}

/** The tags of an object in the form that a write takes them; asked for only when HEAD says that there are any. */
export async function keptTags(requests: Requests, place: Place, head: HeadObjectCommandOutput): Promise<Kept> {
  if (!head.TagCount) return {};
  const { store, bucket, key } = place;
  const input = { Bucket: bucket, Key: key, ...store.payer };
  const { TagSet } = await requests.send(store, shown(place), (options) =>
    store.client.send(new store.sdk.GetObjectTaggingCommand(input), options),
  );
  const pairs = (TagSet ?? []).map(({ Key, Value }) => [Key ?? "", Value ?? ""]);
  return { Tagging: new URLSearchParams(pairs).toString() };
}

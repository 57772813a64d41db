import type { ListObjectsV2CommandInput, ListObjectsV2CommandOutput } from "@aws-sdk/client-s3";
import { compareUtf8 } from "../../lib/compare-utf8.ts";
import type { Requests } from "./attempts.ts";
import type { Store } from "./connect.ts";
import { type Entry, type EntryPages, unquoted } from "./entry.ts";
import { shown } from "./location.ts";

/** Part of the keys of a listing: behind `after`, up to and with `upTo`; absent = open. Whole keys, prefix included. */
export type KeyRange = { readonly after?: string; readonly upTo?: string };

export type Folder = { readonly store: Store; readonly bucket: string; readonly prefix: string };

/** All objects below a prefix, a page of up to 1,000 at a time; no more than one page is held. */
export async function* listPages(requests: Requests, folder: Folder, range: KeyRange = {}): EntryPages {
  let next: Partial<ListObjectsV2CommandInput> = range.after ? { StartAfter: range.after } : {};
  for (;;) {
    const answer = await listOnce(requests, folder, next);
    const listed = entriesOf(answer);
    const { upTo } = range;
    const entries = upTo === undefined ? listed : listed.filter(({ key }) => compareUtf8(key, upTo) <= 0);
    if (entries.length > 0) yield entries;
    if (entries.length < listed.length || !answer.IsTruncated || answer.NextContinuationToken === undefined) return;
    next = { ContinuationToken: answer.NextContinuationToken };
  }
}

export function entriesOf(answer: ListObjectsV2CommandOutput): Entry[] {
  const decode = decoder(answer);
  return (answer.Contents ?? []).map(({ Key, Size, ETag, LastModified }) => ({
    key: decode(Key ?? ""),
    sizeBytes: Size ?? 0,
    etag: unquoted(ETag),
    modifiedMs: LastModified?.getTime() ?? 0,
  }));
}

/** One call, whatever it gives. */
export function listOnce(
  requests: Requests,
  { store, bucket, prefix }: Folder,
  more: Partial<ListObjectsV2CommandInput>,
): Promise<ListObjectsV2CommandOutput> {
  const input: ListObjectsV2CommandInput = {
    Bucket: bucket,
    Prefix: prefix,
    // XML cannot hold every character that a key can.
    EncodingType: "url",
    ...store.payer,
    ...more,
  };
  const send = () => new store.sdk.ListObjectsV2Command(input);
  return requests.send(store, shown({ bucket, key: prefix }), (options) => store.client.send(send(), options), {
    lane: "listing",
  });
}

/** Undoes `encoding-type=url`, where the store has applied it. AWS writes a space as `+`, and a plus as `%2B`. */
export function decoder({ EncodingType }: Pick<ListObjectsV2CommandOutput, "EncodingType">): (text: string) => string {
  if (EncodingType !== "url") return (text) => text;
  return (text) => decodeURIComponent(text.replaceAll("+", "%20"));
}

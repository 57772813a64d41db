import { buffer } from "node:stream/consumers";
import type { ListObjectsV2CommandInput } from "@aws-sdk/client-s3";
import { compareUtf8 } from "../../lib/compare-utf8.ts";
import type { Requests, SendOptions } from "./attempts.ts";
import type { Store } from "./connect.ts";
import { type Entry, type EntryPages, unquoted } from "./entry.ts";
import { decodeUrl, takeContents } from "./list-contents.ts";
import { shown } from "./location.ts";
import { bodyOf, type Wire, wired } from "./wire.ts";

/** Part of the keys of a listing: behind `after`, up to and with `upTo`; absent = open. Whole keys, prefix included. */
export type KeyRange = { readonly after?: string; readonly upTo?: string };

export type Folder = { readonly store: Store; readonly bucket: string; readonly prefix: string };

/** All objects below a prefix, a page of up to 1,000 at a time; no more than one page is held. */
export async function* listPages(requests: Requests, folder: Folder, range: KeyRange = {}): EntryPages {
  let next: Partial<ListObjectsV2CommandInput> = range.after ? { StartAfter: range.after } : {};
  for (;;) {
    const { entries: listed, truncated, next: token } = await listOnce(requests, folder, next);
    const { upTo } = range;
    const entries = upTo === undefined ? listed : listed.filter(({ key }) => compareUtf8(key, upTo) <= 0);
    if (entries.length > 0) yield entries;
    const behind = upTo !== undefined && compareUtf8(listed.at(-1)?.key ?? "", upTo) >= 0;
    if (behind || !truncated || token === undefined) return;
    next = { ContinuationToken: token };
  }
}

/** What one call gave, keys decoded. */
export type Listing = {
  readonly entries: readonly Entry[];
  /** Where a delimiter was given: prefixes that stand for everything below them. */
  readonly folders: readonly string[];
  /** There is more; the token that continues, unless the store gives none. */
  readonly truncated: boolean;
  readonly next: string | undefined;
};

/** One call, whatever it gives. */
export async function listOnce(
  requests: Requests,
  { store, bucket, prefix }: Folder,
  more: Partial<ListObjectsV2CommandInput>,
): Promise<Listing> {
  const input: ListObjectsV2CommandInput = {
    Bucket: bucket,
    Prefix: prefix,
    // XML cannot hold every character that a key can.
    EncodingType: "url",
    ...store.payer,
    ...more,
  };
  const send = async (options: SendOptions): Promise<Listing> => {
    let taken: readonly Entry[] = [];
    const wire: Wire = (ask) => async (sent) => {
      const { response } = await ask(sent);
      const split = takeContents(await buffer(response.body));
      taken = split.entries;
      return { response: { ...response, body: bodyOf(split.rest) } };
    };
    const answer = await store.client.send(wired(new store.sdk.ListObjectsV2Command(input), wire), options);
    const decode = answer.EncodingType === "url" ? decodeUrl : (key: string) => key;
    const left = (answer.Contents ?? []).map(({ Key, Size, ETag, LastModified }) => ({
      key: decode(Key ?? ""),
      sizeBytes: Size ?? 0,
      etag: unquoted(ETag),
      modifiedMs: LastModified?.getTime() ?? 0,
    }));
    return {
      entries: left.length > 0 ? left : taken,
      folders: (answer.CommonPrefixes ?? []).map(({ Prefix }) => decode(Prefix ?? "")),
      truncated: answer.IsTruncated ?? false,
      next: answer.NextContinuationToken,
    };
  };
  return requests.send(store, shown({ bucket, key: prefix }), send, { lane: "listing" });
}

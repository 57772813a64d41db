import { compareUtf8 } from "../../../lib/compare-utf8.ts";
import { encodeUri } from "../address.ts";
import type { Call, Operation } from "../call.ts";
import { quoted } from "../object-headers.ts";
import { invalidArgument } from "../s3-error.ts";
import type { Bucket } from "../store/model.ts";
import { all, documentOf, element, type Xml } from "../xml.ts";

const MAX_KEYS = 1000;

/** ListObjectsV2: continuation token over start-after; the token is the last key or common prefix that was answered. */
export const listObjectsV2: Operation = (call) => {
  const { query } = call;
  const token = query.get("continuation-token");
  const startAfter = query.get("start-after") ?? "";
  const page = listPage(call, token === null ? startAfter : decodeToken(token));
  const name = nameEncoder(query);
  return {
    xml: documentOf(
      "ListBucketResult",
      ...commonHead(call, page, name),
      element("KeyCount", page.keys.length + page.commonPrefixes.length),
      token === null ? undefined : element("ContinuationToken", token),
      startAfter === "" ? undefined : element("StartAfter", name(startAfter)),
      page.truncated ? element("NextContinuationToken", encodeToken(page.last)) : undefined,
      ...commonTail(call, page, name),
    ),
  };
};

/** The older ListObjects, which some clients still speak: markers are keys. */
export const listObjects: Operation = (call) => {
  const marker = call.query.get("marker") ?? "";
  const page = listPage(call, marker);
  const name = nameEncoder(call.query);
  return {
    xml: documentOf(
      "ListBucketResult",
      ...commonHead(call, page, name),
      element("Marker", name(marker)),
      page.truncated ? element("NextMarker", name(page.last)) : undefined,
      ...commonTail(call, page, name),
    ),
  };
};

type Page = {
  readonly keys: readonly string[];
  readonly commonPrefixes: readonly string[];
  readonly truncated: boolean;
  readonly last: string;
  readonly maxKeys: number;
};

function listPage(call: Call, after: string): Page {
  const { query } = call;
  const maxKeys = Math.min(wholeNumber(query.get("max-keys"), MAX_KEYS), MAX_KEYS);
  return scan(call.store.bucket(call.bucket), {
    prefix: query.get("prefix") ?? "",
    delimiter: query.get("delimiter") ?? "",
    after,
    maxKeys,
  });
}

type Scan = { readonly prefix: string; readonly delimiter: string; readonly after: string; readonly maxKeys: number };

function scan(bucket: Bucket, { prefix, delimiter, after, maxKeys }: Scan): Page {
  const keys: string[] = [];
  const commonPrefixes: string[] = [];
  let last = "";
  // A page that ended with a common prefix goes on behind everything under it.
  const skipped = delimiter !== "" && after.startsWith(prefix) && after.endsWith(delimiter) ? after : undefined;
  const page = (truncated: boolean): Page => ({ keys, commonPrefixes, truncated, last, maxKeys });
  let position = compareUtf8(after, prefix) >= 0 ? after : prefix;
  for (;;) {
    let jump: string | undefined;
    for (const key of bucket.keys.from(position)) {
      if (!key.startsWith(prefix)) return page(false);
      if (key === after || (skipped !== undefined && key.startsWith(skipped))) continue;
      const end = delimiter === "" ? -1 : key.indexOf(delimiter, prefix.length);
      if (keys.length + commonPrefixes.length >= maxKeys) return page(maxKeys > 0);
      if (end < 0) {
        keys.push(key);
        last = key;
      } else {
        last = key.slice(0, end + delimiter.length);
        commonPrefixes.push(last);
        jump = last;
        break;
      }
    }
    if (jump === undefined) return page(false);
    position = jump + HIGHEST;
  }
}

/** Sorts behind every key that begins with what precedes it. */
const HIGHEST = "\u{10ffff}";

function commonHead(call: Call, page: Page, name: (text: string) => string): Xml[] {
  const { query } = call;
  const delimiter = query.get("delimiter");
  return [
    element("Name", call.bucket),
    element("Prefix", name(query.get("prefix") ?? "")),
    ...(delimiter ? [element("Delimiter", name(delimiter))] : []),
    element("MaxKeys", page.maxKeys),
    ...(query.get("encoding-type") === "url" ? [element("EncodingType", "url")] : []),
    element("IsTruncated", page.truncated),
  ];
}

function commonTail(call: Call, page: Page, name: (text: string) => string): Xml[] {
  const { objects } = call.store.bucket(call.bucket);
  const contents = page.keys.map((key) => {
    const object = objects.get(key)!;
    return element(
      "Contents",
      element("Key", name(key)),
      element("LastModified", new Date(object.modifiedMs).toISOString()),
      element("ETag", quoted(object.etag)),
      element("Size", object.sizeBytes),
      element("StorageClass", object.headers["x-amz-storage-class"] ?? "STANDARD"),
    );
  });
  const prefixes = page.commonPrefixes.map((prefix) => element("CommonPrefixes", element("Prefix", name(prefix))));
  return [all(contents), all(prefixes)];
}

export function nameEncoder(query: URLSearchParams): (text: string) => string {
  return query.get("encoding-type") === "url" ? (text) => encodeUri(text).replaceAll("%2F", "/") : (text) => text;
}

export function wholeNumber(text: string | null, otherwise: number): number {
  if (text === null || text === "") return otherwise;
  if (!/^\d{1,10}$/.test(text)) throw invalidArgument(`'${text}' is not a whole number`);
  return Number(text);
}

const encodeToken = (key: string) => Buffer.from(key).toString("base64url");
const decodeToken = (token: string) => Buffer.from(token, "base64url").toString();

import { type Entry, unquoted } from "./entry.ts";

export type Taken = { readonly entries: readonly Entry[]; readonly rest: Buffer };

/**
 * Takes the objects out of the answer to ListObjectsV2 and leaves the rest to the SDK, whose parser takes 15 to 40 ms for a
 * page of 1,000 objects: most of the work of a listing. Only where keys are URL-encoded, and only when every object has
 * the plain form that stores give; else `rest` is the whole answer. A page is never one string: strings of that size
 * keep the garbage collector of a small heap busy.
 */
export function takeContents(xml: Buffer): Taken {
  const whole = { entries: [], rest: xml };
  if (!xml.includes("<EncodingType>url</EncodingType>") || xml.includes("<![CDATA[")) return whole;
  const entries: Entry[] = [];
  const rest: Buffer[] = [];
  let end = 0;
  for (let start = xml.indexOf(OPEN); start >= 0; start = xml.indexOf(OPEN, end)) {
    const close = xml.indexOf(CLOSE, start);
    const entry = close < 0 ? undefined : entryIn(xml.toString("latin1", start, close));
    if (!entry) return whole;
    entries.push(entry);
    rest.push(xml.subarray(end, start));
    end = close + CLOSE.length;
  }
  rest.push(xml.subarray(end));
  const left = Buffer.concat(rest);
  return left.includes("<Contents") ? whole : { entries, rest: left };
}

const OPEN = "<Contents>";
const CLOSE = "</Contents>";

function entryIn(contents: string): Entry | undefined {
  const key = inner(contents, "<Key>");
  const size = inner(contents, "<Size>");
  const modifiedMs = Date.parse(inner(contents, "<LastModified>") ?? "");
  if (key === undefined || key.includes("&") || !/^\d+$/.test(size ?? "") || Number.isNaN(modifiedMs)) return undefined;
  const etag = unquoted(inner(contents, "<ETag>")?.replace(/&quot;|&#34;/g, ""));
  return etag.includes("&") ? undefined : { key: decodeUrl(key), sizeBytes: Number(size), etag, modifiedMs };
}

function inner(contents: string, tag: string): string | undefined {
  const at = contents.indexOf(tag);
  return at < 0 ? undefined : contents.slice(at + tag.length, contents.indexOf("<", at + tag.length));
}

/** Undoes `encoding-type=url`. AWS writes a space as `+`, and a plus as `%2B`. */
export function decodeUrl(key: string): string {
  return decodeURIComponent(key.replaceAll("+", "%20"));
}

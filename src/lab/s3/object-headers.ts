import type { IncomingHttpHeaders } from "node:http";
import { CHECKSUM_NAMES } from "./body/checksums.ts";
import type { ObjectMetadata, StoredObject } from "./store/model.ts";

const KEPT = new Set(["content-type", "cache-control", "content-disposition", "content-language", "expires"]);

/** What a PUT, POST or replacing copy says about its object. `aws-chunked` is framing, not an encoding of the object. */
export function metadataOf(headers: IncomingHttpHeaders): ObjectMetadata {
  const kept: { [name: string]: string } = {};
  for (const [name, value] of Object.entries(headers)) {
    if (KEPT.has(name) || name.startsWith("x-amz-meta-")) kept[name] = String(value);
  }
  const encodings = String(headers["content-encoding"] ?? "").split(",");
  const encoding = encodings.map((one) => one.trim()).filter((one) => one !== "" && one !== "aws-chunked");
  if (encoding.length > 0) kept["content-encoding"] = encoding.join(",");
  kept["content-type"] ??= "binary/octet-stream";
  const storageClass = headers["x-amz-storage-class"];
  if (storageClass !== undefined && storageClass !== "STANDARD") kept["x-amz-storage-class"] = String(storageClass);
  return { headers: kept, tagging: String(headers["x-amz-tagging"] ?? "") };
}

/** Headers that describe a stored object in GET and HEAD answers. */
export function headersOf(object: StoredObject): { [name: string]: string } {
  const tags = object.tagging === "" ? 0 : object.tagging.split("&").length;
  return {
    ...object.headers,
    etag: quoted(object.etag),
    "last-modified": new Date(object.modifiedMs).toUTCString(),
    "accept-ranges": "bytes",
    ...(tags > 0 ? { "x-amz-tagging-count": String(tags) } : {}),
  };
}

export function checksumHeaders(object: Pick<StoredObject, "checksums"> & { checksumType?: string }) {
  const headers: { [name: string]: string } = {};
  for (const name of CHECKSUM_NAMES) {
    const value = object.checksums[name];
    if (value !== undefined) headers[`x-amz-checksum-${name}`] = value;
  }
  if (object.checksumType !== undefined && Object.keys(headers).length > 0) {
    headers["x-amz-checksum-type"] = object.checksumType;
  }
  return headers;
}

export const quoted = (etag: string) => `"${etag}"`;

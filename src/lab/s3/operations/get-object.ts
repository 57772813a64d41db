import { CHECKSUM_NAMES } from "../body/checksums.ts";
import { type ByteRange, parseRange } from "../byte-range.ts";
import { type Answer, type Call, header, type Operation } from "../call.ts";
import { notModified } from "../conditions.ts";
import { checksumHeaders, headersOf } from "../object-headers.ts";
import { invalidArgument, S3Error } from "../s3-error.ts";
import { slice } from "../store/blobs.ts";
import type { StoredObject } from "../store/model.ts";
import { all, documentOf, element } from "../xml.ts";

/** GetObject and HeadObject differ only in that the bytes of the second stay here. */
export const getObject: Operation = (call): Answer => {
  const object = call.store.object(call.bucket, call.key);
  if (notModified(call.headers, object)) return { status: 304, headers: headersOf(object) };
  const part = partRange(call, object);
  const wanted = header(call, "range");
  const range = part ?? (wanted === undefined ? undefined : parseRange(wanted, object.sizeBytes));
  const { start, end } = range ?? { start: 0, end: object.sizeBytes };
  const whole = range === undefined;
  return {
    status: whole ? 200 : 206,
    headers: {
      ...headersOf(object),
      ...(whole ? {} : { "content-range": `bytes ${start}-${end - 1}/${object.sizeBytes}` }),
      ...(part && object.partSizes ? { "x-amz-mp-parts-count": String(object.partSizes.length) } : {}),
      ...(whole && header(call, "x-amz-checksum-mode") === "ENABLED" ? checksumHeaders(object) : {}),
      ...overrides(call.query),
    },
    content: { segments: slice(object.body, start, end), sizeBytes: end - start },
  };
};

/** `partNumber=n` asks for the bytes of one part; an object without parts is its own part 1. */
function partRange(call: Call, object: StoredObject): ByteRange | undefined {
  const wanted = call.query.get("partNumber");
  if (wanted === null) return undefined;
  if (header(call, "range") !== undefined) throw invalidArgument("Cannot specify both Range header and partNumber");
  const sizes = object.partSizes ?? [object.sizeBytes];
  const index = Number(wanted) - 1;
  const size = sizes[index];
  if (size === undefined) throw new S3Error(416, "InvalidPartNumber", "The requested partnumber is not satisfiable");
  const start = sizes.slice(0, index).reduce((sum, one) => sum + one, 0);
  return size === 0 ? undefined : { start, end: start + size };
}

/** `response-content-type=…` and its kin replace headers of the answer. */
function overrides(query: URLSearchParams): { [name: string]: string } {
  const headers: { [name: string]: string } = {};
  for (const [name, value] of query) {
    if (name.startsWith("response-")) headers[name.slice("response-".length)] = value;
  }
  return headers;
}

export const getObjectAttributes: Operation = (call) => {
  const object = call.store.object(call.bucket, call.key);
  const wanted = new Set((header(call, "x-amz-object-attributes") ?? "").split(",").map((one) => one.trim()));
  const checksums = CHECKSUM_NAMES.flatMap((name) => {
    const value = object.checksums[name];
    return value === undefined ? [] : [element(`Checksum${name.toUpperCase()}`, value)];
  });
  return {
    headers: { "last-modified": new Date(object.modifiedMs).toUTCString() },
    xml: documentOf(
      "GetObjectAttributesResponse",
      wanted.has("ETag") ? element("ETag", object.etag) : undefined,
      wanted.has("Checksum") && checksums.length > 0
        ? element("Checksum", all([...checksums, element("ChecksumType", object.checksumType)]))
        : undefined,
      wanted.has("ObjectParts") && object.partSizes
        ? element("ObjectParts", element("TotalPartsCount", object.partSizes.length))
        : undefined,
      wanted.has("StorageClass") ? element("StorageClass", "STANDARD") : undefined,
      wanted.has("ObjectSize") ? element("ObjectSize", object.sizeBytes) : undefined,
    ),
  };
};

export const getObjectTagging: Operation = (call) => {
  const { tagging } = call.store.object(call.bucket, call.key);
  const tags = [...new URLSearchParams(tagging)].map(([key, value]) =>
    element("Tag", element("Key", key), element("Value", value)),
  );
  return { xml: documentOf("Tagging", element("TagSet", all(tags))) };
};

import { compareUtf8 } from "../../../lib/compare-utf8.ts";
import type { Operation } from "../call.ts";
import { quoted } from "../object-headers.ts";
import { documentOf, element } from "../xml.ts";
import { nameEncoder, wholeNumber } from "./list-objects.ts";

const MAX_ENTRIES = 1000;

export const listParts: Operation = (call) => {
  const uploadId = call.query.get("uploadId") ?? "";
  const { parts } = call.store.upload(call.bucket, call.key, uploadId);
  const marker = wholeNumber(call.query.get("part-number-marker"), 0);
  const limit = Math.min(wholeNumber(call.query.get("max-parts"), MAX_ENTRIES), MAX_ENTRIES);
  const later = [...parts].filter(([number]) => number > marker).sort(([a], [b]) => a - b);
  const page = later.slice(0, limit);
  return {
    xml: documentOf(
      "ListPartsResult",
      element("Bucket", call.bucket),
      element("Key", nameEncoder(call.query)(call.key)),
      element("UploadId", uploadId),
      element("PartNumberMarker", marker),
      element("NextPartNumberMarker", page.at(-1)?.[0] ?? marker),
      element("MaxParts", limit),
      element("IsTruncated", later.length > page.length),
      ...page.map(([number, part]) =>
        element(
          "Part",
          element("PartNumber", number),
          element("LastModified", new Date(part.modifiedMs).toISOString()),
          element("ETag", quoted(part.etag)),
          element("Size", part.sizeBytes),
          ...Object.entries(part.checksums).map(([name, value]) => element(`Checksum${name.toUpperCase()}`, value)),
        ),
      ),
    ),
  };
};

/** Ordered by key, then by start; the markers name the last upload that was answered. */
export const listMultipartUploads: Operation = (call) => {
  const { query } = call;
  const prefix = query.get("prefix") ?? "";
  const keyMarker = query.get("key-marker") ?? "";
  const idMarker = query.get("upload-id-marker") ?? "";
  const limit = Math.min(wholeNumber(query.get("max-uploads"), MAX_ENTRIES), MAX_ENTRIES);
  const name = nameEncoder(query);
  const uploads = [...call.store.bucket(call.bucket).uploads.values()]
    .map(({ upload }) => upload)
    .filter(({ key }) => key.startsWith(prefix))
    .sort((a, b) => compareUtf8(a.key, b.key) || a.startedMs - b.startedMs || compareUtf8(a.id, b.id));
  const markerAt = uploads.findIndex(({ key, id }) => key === keyMarker && id === idMarker);
  const later =
    markerAt >= 0 ? uploads.slice(markerAt + 1) : uploads.filter(({ key }) => compareUtf8(key, keyMarker) > 0);
  const page = later.slice(0, limit);
  const last = page.at(-1);
  const truncated = later.length > page.length;
  return {
    xml: documentOf(
      "ListMultipartUploadsResult",
      element("Bucket", call.bucket),
      element("KeyMarker", name(keyMarker)),
      element("UploadIdMarker", idMarker),
      ...(truncated && last ? [element("NextKeyMarker", name(last.key)), element("NextUploadIdMarker", last.id)] : []),
      element("Prefix", name(prefix)),
      element("MaxUploads", limit),
      ...(query.get("encoding-type") === "url" ? [element("EncodingType", "url")] : []),
      element("IsTruncated", truncated),
      ...page.map(({ key, id, startedMs }) =>
        element(
          "Upload",
          element("Key", name(key)),
          element("UploadId", id),
          element("StorageClass", "STANDARD"),
          element("Initiated", new Date(startedMs).toISOString()),
        ),
      ),
    ),
  };
};

import type { Received } from "../body/receive.ts";
import type { Call, Operation } from "../call.ts";
import { checkTarget } from "../conditions.ts";
import { checksumHeaders, metadataOf, quoted } from "../object-headers.ts";
import type { Segment } from "../store/blobs.ts";
import type { StoredObject } from "../store/model.ts";

export const putObject: Operation = async (call) => {
  const bucket = call.store.bucket(call.bucket);
  checkTarget(call.headers, bucket.objects.get(call.key));
  const received = await call.body();
  const object: StoredObject = {
    ...metadataOf(call.headers),
    body: bodyOf(call, received),
    sizeBytes: received.sizeBytes,
    etag: received.md5,
    checksums: received.checksums,
    checksumType: "FULL_OBJECT",
    modifiedMs: call.nowMs(),
  };
  // Another writer may have been quicker while the body came in.
  checkTarget(call.headers, bucket.objects.get(call.key));
  call.store.commit({ kind: "object-put", bucket: call.bucket, key: call.key, object });
  return { headers: { etag: quoted(object.etag), ...checksumHeaders(object) } };
};

/** The stored form of a received payload. Nothing keeps an empty blob. */
export function bodyOf({ store }: Call, { blob, sizeBytes }: Received): Segment[] {
  if (sizeBytes > 0) return [{ blob, start: 0, end: sizeBytes }];
  store.blobs.retain(blob);
  store.blobs.release(blob);
  return [];
}

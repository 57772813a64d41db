import { createHash } from "node:crypto";
import { type Call, header, type Operation } from "../call.ts";
import { checkSource, checkTarget } from "../conditions.ts";
import { metadataOf, quoted } from "../object-headers.ts";
import { invalidArgument, S3Error } from "../s3-error.ts";
import type { Segment } from "../store/blobs.ts";
import type { ObjectMetadata, StoredObject } from "../store/model.ts";
import type { Store } from "../store/store.ts";
import { documentOf, element } from "../xml.ts";

export const copyObject: Operation = async (call) => {
  const { source, bucket, key } = copySource(call);
  const target = call.store.bucket(call.bucket);
  checkTarget(call.headers, target.objects.get(call.key));
  const replaces = header(call, "x-amz-metadata-directive") === "REPLACE";
  if (source.sizeBytes > call.limits.maxCopyBytes) {
    throw new S3Error(
      400,
      "InvalidRequest",
      `The specified copy source is larger than the maximum allowable size for a copy source: ${call.limits.maxCopyBytes}`,
    );
  }
  if (bucket === call.bucket && key === call.key && !replaces) {
    throw new S3Error(
      400,
      "InvalidRequest",
      "This copy request is illegal because it is trying to copy an object to itself without changing its metadata.",
    );
  }
  const { partSizes, ...rest } = source;
  const object: StoredObject = {
    ...rest,
    ...copiedMetadata(call, source, replaces),
    // One operation makes one part: the copy of a multipart object has the plain MD5 as its ETag.
    etag: partSizes ? await md5Of(call.store, source.body) : source.etag,
    checksums: source.checksumType === "COMPOSITE" ? {} : source.checksums,
    checksumType: "FULL_OBJECT",
    modifiedMs: call.nowMs(),
  };
  call.store.commit({ kind: "object-put", bucket: call.bucket, key: call.key, object });
  return { xml: documentOf("CopyObjectResult", ...copyResult(object)) };
};

/** The object named by `x-amz-copy-source`, after its conditions. */
export function copySource(call: Call): { source: StoredObject; bucket: string; key: string } {
  const [raw] = (header(call, "x-amz-copy-source") ?? "").replace(/^\//, "").split("?versionId=");
  const text = decodeURIComponent(raw!);
  const slash = text.indexOf("/");
  if (slash <= 0) throw invalidArgument("Copy Source must mention the source bucket and key: sourcebucket/sourcekey");
  const [bucket, key] = [text.slice(0, slash), text.slice(slash + 1)];
  const source = call.store.object(bucket, key);
  checkSource(call.headers, source);
  return { source, bucket, key };
}

export function copyResult({ etag, modifiedMs }: { etag: string; modifiedMs: number }) {
  return [element("ETag", quoted(etag)), element("LastModified", new Date(modifiedMs).toISOString())];
}

function copiedMetadata(call: Call, source: StoredObject, replaces: boolean): ObjectMetadata {
  const given = metadataOf(call.headers);
  const tagging = header(call, "x-amz-tagging-directive") === "REPLACE" ? given.tagging : source.tagging;
  return { headers: replaces ? given.headers : source.headers, tagging };
}

export async function md5Of(store: Store, body: readonly Segment[]): Promise<string> {
  const hash = createHash("md5");
  for (const segment of body) for await (const piece of store.blobs.read(segment)) hash.update(piece);
  return hash.digest("hex");
}

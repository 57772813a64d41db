import type { Address } from "./address.ts";

/** The S3 operations this server knows, under their names in the API reference. */
export const OPERATION_NAMES = [
  "ListBuckets",
  "CreateBucket",
  "HeadBucket",
  "DeleteBucket",
  "GetBucketLocation",
  "GetBucketVersioning",
  "ListObjects",
  "ListObjectsV2",
  "ListMultipartUploads",
  "DeleteObjects",
  "PutObject",
  "CopyObject",
  "GetObject",
  "HeadObject",
  "DeleteObject",
  "GetObjectAttributes",
  "GetObjectTagging",
  "CreateMultipartUpload",
  "UploadPart",
  "UploadPartCopy",
  "ListParts",
  "CompleteMultipartUpload",
  "AbortMultipartUpload",
] as const;

export type OperationName = (typeof OPERATION_NAMES)[number];

/** Which operation a request asks for; undefined when this server has no such operation. */
export function operationName(
  method: string,
  { bucket, key, query }: Address,
  isCopy: boolean,
): OperationName | undefined {
  if (bucket === "") return method === "GET" ? "ListBuckets" : undefined;
  return key === "" ? onBucket(method, query) : onObject(method, query, isCopy);
}

function onBucket(method: string, query: URLSearchParams): OperationName | undefined {
  switch (method) {
    case "PUT":
      return query.size === 0 ? "CreateBucket" : undefined;
    case "HEAD":
      return "HeadBucket";
    case "DELETE":
      return "DeleteBucket";
    case "POST":
      return query.has("delete") ? "DeleteObjects" : undefined;
    case "GET":
      if (query.has("uploads")) return "ListMultipartUploads";
      if (query.has("location")) return "GetBucketLocation";
      if (query.has("versioning")) return "GetBucketVersioning";
      return query.get("list-type") === "2" ? "ListObjectsV2" : "ListObjects";
    default:
      return undefined;
  }
}

function onObject(method: string, query: URLSearchParams, isCopy: boolean): OperationName | undefined {
  switch (method) {
    case "PUT":
      if (query.has("partNumber")) return isCopy ? "UploadPartCopy" : "UploadPart";
      if (query.has("tagging") || query.has("acl")) return undefined;
      return isCopy ? "CopyObject" : "PutObject";
    case "POST":
      if (query.has("uploads")) return "CreateMultipartUpload";
      return query.has("uploadId") ? "CompleteMultipartUpload" : undefined;
    case "DELETE":
      return query.has("uploadId") ? "AbortMultipartUpload" : "DeleteObject";
    case "HEAD":
      return "HeadObject";
    case "GET":
      if (query.has("uploadId")) return "ListParts";
      if (query.has("attributes")) return "GetObjectAttributes";
      if (query.has("tagging")) return "GetObjectTagging";
      return query.has("acl") ? undefined : "GetObject";
    default:
      return undefined;
  }
}

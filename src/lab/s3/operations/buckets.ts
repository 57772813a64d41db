import type { Operation } from "../call.ts";
import { S3Error } from "../s3-error.ts";
import { all, documentOf, element } from "../xml.ts";

export const listBuckets: Operation = ({ store }) => {
  const buckets = [...store.buckets.values()].map(({ name, createdMs }) =>
    element("Bucket", element("Name", name), element("CreationDate", new Date(createdMs).toISOString())),
  );
  const owner = element("Owner", element("ID", "lab"), element("DisplayName", "lab"));
  return { xml: documentOf("ListAllMyBucketsResult", owner, element("Buckets", all(buckets))) };
};

/** Creating one's own bucket again succeeds, as in us-east-1. */
export const createBucket: Operation = ({ bucket, store, nowMs }) => {
  if (!/^[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]$/.test(bucket)) {
    throw new S3Error(400, "InvalidBucketName", "The specified bucket is not valid.");
  }
  if (!store.buckets.has(bucket)) store.commit({ kind: "bucket-created", bucket, createdMs: nowMs() });
  return { headers: { location: `/${bucket}` } };
};

export const headBucket: Operation = ({ bucket, store, region }) => {
  store.bucket(bucket);
  return { headers: { "x-amz-bucket-region": region } };
};

export const deleteBucket: Operation = ({ bucket, store }) => {
  if (store.bucket(bucket).objects.size > 0) {
    throw new S3Error(409, "BucketNotEmpty", "The bucket you tried to delete is not empty");
  }
  store.commit({ kind: "bucket-deleted", bucket });
  return { status: 204 };
};

export const getBucketLocation: Operation = ({ bucket, store, region }) => {
  store.bucket(bucket);
  const name = region === "us-east-1" ? "" : region;
  return { xml: documentOf("LocationConstraint", { xml: name }) };
};

export const getBucketVersioning: Operation = ({ bucket, store }) => {
  store.bucket(bucket);
  return { xml: documentOf("VersioningConfiguration") };
};

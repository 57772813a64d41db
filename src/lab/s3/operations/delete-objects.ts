import type { Operation } from "../call.ts";
import { S3Error } from "../s3-error.ts";
import { documentOf, element, innerTexts, unescapeXml } from "../xml.ts";

const MAX_DELETIONS = 1000;

/** Deleting what is not there succeeds. */
export const deleteObject: Operation = ({ store, bucket, key }) => {
  store.bucket(bucket);
  store.commit({ kind: "object-deleted", bucket, key });
  return { status: 204 };
};

export const deleteObjects: Operation = async (call) => {
  call.store.bucket(call.bucket);
  const xml = await call.text();
  const keys = innerTexts(xml, "Key").map(unescapeXml);
  if (keys.length === 0 || keys.length > MAX_DELETIONS) {
    throw new S3Error(400, "MalformedXML", "The XML you provided was not well-formed or did not validate.");
  }
  for (const key of keys) call.store.commit({ kind: "object-deleted", bucket: call.bucket, key });
  const quiet = innerTexts(xml, "Quiet")[0] === "true";
  return {
    xml: documentOf("DeleteResult", ...(quiet ? [] : keys.map((key) => element("Deleted", element("Key", key))))),
  };
};

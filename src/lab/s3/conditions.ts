import type { IncomingHttpHeaders } from "node:http";
import { preconditionFailed } from "./s3-error.ts";
import type { StoredObject } from "./store/model.ts";

/** What the conditional headers of a request say about the object as it is now. */
type Verdict = "go" | "not-modified" | "failed";

/** For GET and HEAD. True = answer 304 without a body. Throws 412. */
export function notModified(headers: IncomingHttpHeaders, object: StoredObject): boolean {
  const verdict = judge(headers, "", object);
  if (verdict === "failed") throw preconditionFailed();
  return verdict === "not-modified";
}

/** For PUT, copy target and multipart completion (`If-None-Match: *` = only if absent). Throws 412. */
export function checkTarget(headers: IncomingHttpHeaders, existing: StoredObject | undefined): void {
  if (existing === undefined) {
    if (headers["if-match"] !== undefined) throw preconditionFailed();
  } else if (judge(headers, "", existing) !== "go") throw preconditionFailed();
}

/** For the source of a copy, whose headers carry the prefix `x-amz-copy-source-`. Throws 412. */
export function checkSource(headers: IncomingHttpHeaders, source: StoredObject): void {
  if (judge(headers, "x-amz-copy-source-", source) !== "go") throw preconditionFailed();
}

/** Order of evaluation: RFC 9110, section 13.2.2. Dates have whole seconds. */
function judge(headers: IncomingHttpHeaders, prefix: string, object: StoredObject): Verdict {
  const get = (name: string) => headers[prefix + name] as string | undefined;
  const seconds = (date: string) => Math.floor(Date.parse(date) / 1000);
  const modified = Math.floor(object.modifiedMs / 1000);
  const ifMatch = get("if-match");
  const ifUnmodifiedSince = get("if-unmodified-since");
  if (ifMatch !== undefined) {
    if (!matches(ifMatch, object.etag)) return "failed";
  } else if (ifUnmodifiedSince !== undefined && modified > seconds(ifUnmodifiedSince)) return "failed";
  const ifNoneMatch = get("if-none-match");
  const ifModifiedSince = get("if-modified-since");
  if (ifNoneMatch !== undefined) return matches(ifNoneMatch, object.etag) ? "not-modified" : "go";
  if (ifModifiedSince !== undefined && modified <= seconds(ifModifiedSince)) return "not-modified";
  return "go";
}

function matches(list: string, etag: string): boolean {
  return list.split(",").some((one) => {
    const value = one.trim().replace(/^W\//, "").replaceAll('"', "");
    return value === "*" || value === etag;
  });
}

import { resolve } from "node:path";

export type S3Location = { readonly kind: "s3"; readonly bucket: string; readonly key: string };
export type Location = S3Location | { readonly kind: "path"; readonly path: string };

/** `s3://bucket/key` or a path, made absolute against `cwd`. The key keeps every slash, also a leading one. */
export function parseLocation(text: string, cwd: string): Location {
  const match = /^s3:\/\/([^/]+)(?:\/(.*))?$/is.exec(text);
  if (match) return { kind: "s3", bucket: match[1]!, key: match[2] ?? "" };
  return { kind: "path", path: resolve(cwd, text) };
}

/** `parseLocation` where the parameter's schema has made sure that it is an s3:// location. */
export function parseS3Url(text: string): S3Location {
  const location = parseLocation(text, "/");
  if (location.kind !== "s3") throw new Error(`not an s3:// location: ${text}`);
  return location;
}

/** As a folder: the key is empty or ends with a slash, as `aws s3 cp --recursive` reads it. */
export function asFolder({ bucket, key }: S3Location): S3Location {
  return { kind: "s3", bucket, key: key === "" || key.endsWith("/") ? key : `${key}/` };
}

export function shown({ bucket, key }: { bucket: string; key: string }): string {
  return `s3://${bucket}/${key}`;
}

/** The value of `CopySource`: percent-encoded, slashes kept. */
export function copySourceOf(bucket: string, key: string): string {
  return `${bucket}/${encodedKey(key)}`;
}

/** A key as it stands in the path of a request: percent-encoded, slashes kept. */
export function encodedKey(key: string): string {
  return key.split("/").map(encodedText).join("/");
}

/** Percent-encoding as AWS signs it: everything but `A-Z a-z 0-9 - _ . ~`. */
export function encodedText(text: string): string {
  return encodeURIComponent(text).replace(
    /[!'()*]/g,
    (character) => `%${character.charCodeAt(0).toString(16).toUpperCase()}`,
  );
}

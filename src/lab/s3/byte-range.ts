import { S3Error } from "./s3-error.ts";

/** First byte and the byte after the last. */
export type ByteRange = { readonly start: number; readonly end: number };

/** A single `bytes=` range over `sizeBytes`; undefined when malformed, which means the whole object (RFC 9110, 14.2). */
export function parseRange(header: string, sizeBytes: number): ByteRange | undefined {
  const match = /^bytes=(\d*)-(\d*)$/.exec(header);
  const [first, last] = [match?.[1] ?? "", match?.[2] ?? ""];
  if (first === "" && last === "") return undefined;
  const start = first === "" ? Math.max(0, sizeBytes - Number(last)) : Number(first);
  const end = first === "" || last === "" ? sizeBytes : Math.min(Number(last) + 1, sizeBytes);
  if (first !== "" && last !== "" && Number(last) < Number(first)) return undefined;
  if (start >= end) throw new S3Error(416, "InvalidRange", "The requested range is not satisfiable");
  return { start, end };
}

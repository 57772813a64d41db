import type { Entry } from "./entry.ts";
import { relative } from "./entry.ts";

/** One object as a line of a manifest: what `s3.list` writes and `s3.verify` reads. Keys are below the listed prefix. */
export function manifestLine(entry: Entry, prefix: string): string {
  const line = {
    key: relative(entry, prefix),
    sizeBytes: entry.sizeBytes,
    etag: entry.etag,
    modified: new Date(entry.modifiedMs).toISOString(),
  };
  return `${JSON.stringify(line)}\n`;
}

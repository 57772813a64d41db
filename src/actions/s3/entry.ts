/** One object of a listing. */
export type Entry = {
  readonly key: string;
  readonly sizeBytes: number;
  /** Without quotes; empty when the store gives none. */
  readonly etag: string;
  readonly modifiedMs: number;
};

/** A run of entries with ascending keys (UTF-8 bytes). Listings come in pages, and stay in pages for speed. */
export type EntryPages = AsyncIterable<readonly Entry[]>;

/** The key below a prefix. */
export function relative(entry: Entry, prefix: string): string {
  return entry.key.slice(prefix.length);
}

export function unquoted(etag: string | undefined): string {
  return (etag ?? "").replaceAll('"', "");
}

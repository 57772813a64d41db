import type { EraRange, EraRun } from "../range.ts";

/** One era file as a source lists it. */
export type EraFile = {
  readonly network: string;
  readonly era: number;
  /** As the source calls it, e.g. `mainnet-01400-0a1b2c3d.era`. */
  readonly name: string;
  /** First 8 hex digits of the historical root, where the name has them. */
  readonly shortRoot: string | undefined;
  /** Key, URL or absolute path: what the source needs to find it again. */
  readonly location: string;
  /** Where the listing says it. */
  readonly sizeBytes: number | undefined;
  readonly etag: string | undefined;
};

/** What a source has of one network within a range. */
export type Listing = {
  /** Ascending by era, one per era. */
  readonly files: readonly EraFile[];
  readonly gaps: readonly EraRun[];
  /** Eras with several files of different roots: nobody but the operator can say which one is right. */
  readonly ambiguous: readonly { readonly era: number; readonly names: readonly string[] }[];
  /** How it was found, for people: `3 pages`, `index page`, `probed 400 names`. */
  readonly how: string;
};

export type ListRequest = {
  readonly network: string;
  readonly range: EraRange;
  readonly signal?: AbortSignal | undefined;
  /** Told about pages, retries and batches, one line each. */
  readonly log?: ((line: string) => void) | undefined;
};

/** The body of a file or of a part of it. */
export type Opened = {
  readonly body: AsyncIterable<Uint8Array>;
  /** For a body that nobody reads: gives the connection back. */
  cancel(): Promise<void>;
  /** Size of the whole file, when the server says it. */
  readonly totalBytes: number | undefined;
  readonly etag: string | undefined;
  /** False when the server sent the whole file although a part was asked for. */
  readonly partial: boolean;
};

export type OpenRequest = {
  /** Half-open: `[start, end)`. Undefined asks for the whole file. */
  readonly part?: { readonly start: number; readonly end: number } | undefined;
  /** Fail with `era-file-replaced` when the file is no longer this one. */
  readonly etag?: string | undefined;
  readonly signal?: AbortSignal | undefined;
};

/** A place that has era files. Its functions throw `Failed`. */
export type EraSource = {
  readonly kind: "s3" | "http" | "directory";
  /** For people and for the record, without credentials. */
  readonly shown: string;
  /** Complete or an error: a page that cannot be read never makes a shorter list. */
  list(request: ListRequest): Promise<Listing>;
  /** Size and ETag now. Only remote sources have it. */
  head?(file: EraFile, signal?: AbortSignal): Promise<{ sizeBytes: number | undefined; etag: string | undefined }>;
  open?(file: EraFile, request: OpenRequest): Promise<Opened>;
};

/** Names one stored run of bytes that never changes. */
export type BlobId = string;

/** A stretch of a blob, `end` exclusive. Objects are lists of segments, so copies and completions move no bytes. */
export type Segment = { readonly blob: BlobId; readonly start: number; readonly end: number };

export type BlobWriter = {
  write(piece: Buffer): Promise<void>;
  finish(): Promise<BlobId>;
  /** Forgets what was written. */
  discard(): Promise<void>;
};

/**
 * Keeps blobs for as long as somebody retains them. `finish` leaves a blob unretained; it is dropped when its count of
 * `retain` falls back to zero.
 */
export type BlobStore = {
  create(): BlobWriter;
  read(segment: Segment): AsyncIterable<Buffer>;
  retain(blob: BlobId): void;
  release(blob: BlobId): void;
};

/** The part of `segments` from byte `start` to byte `end` (exclusive). */
export function slice(segments: readonly Segment[], start: number, end: number): Segment[] {
  const result: Segment[] = [];
  let offset = 0;
  for (const segment of segments) {
    const length = segment.end - segment.start;
    const from = Math.max(start - offset, 0);
    const to = Math.min(end - offset, length);
    if (from < to) result.push({ blob: segment.blob, start: segment.start + from, end: segment.start + to });
    offset += length;
  }
  return result;
}

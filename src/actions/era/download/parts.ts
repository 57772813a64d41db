/** Bytes `[start, end)` of the remote file, to be written at `at` of the local one. */
export type Part = { readonly index: number; readonly start: number; readonly end: number; readonly at: number };

/** What of the remote file is wanted, in order; the local file is these pieces one after the other. */
export type Segment = { readonly start: number; readonly end: number };

/** Cuts the segments into parts of at most `partBytes`. */
export function cutParts(segments: readonly Segment[], partBytes: number): Part[] {
  const parts: Part[] = [];
  let at = 0;
  for (const segment of segments) {
    for (let start = segment.start; start < segment.end; start += partBytes) {
      const end = Math.min(start + partBytes, segment.end);
      parts.push({ index: parts.length, start, end, at });
      at += end - start;
    }
  }
  return parts;
}

export function bytesOf(segments: readonly Segment[]): number {
  return segments.reduce((sum, { start, end }) => sum + end - start, 0);
}

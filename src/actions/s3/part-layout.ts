/** Where the parts of an object begin and end. */
export type PartLayout = { readonly partBytes: number; readonly count: number };

/** A part, numbered from 1; `end` is exclusive. */
export type PartRange = { readonly number: number; readonly start: number; readonly end: number };

/** Limits of the protocol: "Amazon S3 multipart upload limits" in the user guide. */
export const MAX_PARTS = 10_000;
export const MIN_PART_BYTES = 5 * 1024 ** 2;
export const MAX_PUT_BYTES = 5 * 1024 ** 3;
const MIB = 1024 ** 2;

/** Equal parts of the wanted size, larger when there would be more than 10,000 of them. */
export function layoutOf(sizeBytes: number, wantedPartBytes: number): PartLayout {
  const needed = Math.ceil(sizeBytes / MAX_PARTS / MIB) * MIB;
  const partBytes = Math.max(wantedPartBytes, needed);
  return { partBytes, count: Math.max(1, Math.ceil(sizeBytes / partBytes)) };
}

/**
 * The layout that gives an object of `count` parts, whose first has `firstPartBytes`, the same ETag again. Undefined
 * when its parts are not all alike (but the last), so that nobody can know where they began.
 */
export function layoutLike(sizeBytes: number, count: number, firstPartBytes: number): PartLayout | undefined {
  const fits = firstPartBytes > 0 && firstPartBytes <= MAX_PUT_BYTES && Math.ceil(sizeBytes / firstPartBytes) === count;
  return fits ? { partBytes: firstPartBytes, count } : undefined;
}

export function* partsOf(sizeBytes: number, { partBytes, count }: PartLayout): Generator<PartRange> {
  for (let index = 0; index < count; index++) {
    yield { number: index + 1, start: index * partBytes, end: Math.min((index + 1) * partBytes, sizeBytes) };
  }
}

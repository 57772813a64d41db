import * as fc from "fast-check";
import type { Piece } from "../../../src/actions/replay/manifest.ts";

/** Contiguous records from any first block; lengths crowd around the edges of the 1.1 rule. `scale` stretches all. */
export function contiguousRecords(scale = 1n): fc.Arbitrary<Piece[]> {
  const record = fc.record({
    span: fc.oneof(
      fc.integer({ min: 1, max: 30 }),
      fc.integer({ min: 1, max: 5_000 }),
      fc.constantFrom(10, 100, 1_000),
    ),
    spans: fc.integer({ min: 0, max: 40 }),
    tenths: fc.integer({ min: -1, max: 12 }),
    more: fc.integer({ min: -1, max: 1 }),
  });
  return fc
    .record({ first: fc.nat(1_000_000), records: fc.array(record, { minLength: 1, maxLength: 30 }) })
    .map(({ first, records }) => {
      let start = BigInt(first) * scale;
      return records.map(({ span, spans, tenths, more }) => {
        const length = spans * span + Math.trunc((tenths * span) / 10) + more;
        const end = start + BigInt(Math.max(1, length)) * scale;
        const piece = { start, end, span: BigInt(span) * scale };
        start = end;
        return piece;
      });
    });
}

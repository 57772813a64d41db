import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import { expand, type Piece } from "../../../src/actions/replay/manifest.ts";
import { cutSlices, roundHalfEven } from "../../../src/actions/replay/slices.ts";
import { slicesTable } from "../../../src/actions/replay/slices-table.ts";
import { contiguousRecords } from "./arbitraries.ts";
import { type NumberSlice, slicesAsDocumented } from "./reference-model.ts";

const fromStarts = (...starts: number[]): Piece[] =>
  starts.map((start, index) => ({ start: BigInt(start), end: BigInt(starts[index + 1] ?? start + 1), span: 1n }));

const bounds = (pieces: readonly Piece[], count: number, stride: bigint): NumberSlice[] =>
  cutSlices(pieces, count, stride).map(({ slice, syncUntil, terminateAt, largestStart }) => ({
    slice,
    syncUntil: Number(syncUntil),
    terminateAt: Number(terminateAt),
    largestStart: Number(largestStart),
  }));

const planned = fc.record({
  pieces: contiguousRecords().map((records) => [...expand(records)]),
  count: fc.integer({ min: 1, max: 12 }),
  stride: fc.oneof(fc.constantFrom(1n, 2n, 1_000n, 2_000_000n), fc.bigInt({ min: 1n, max: 50_000n })),
});

describe("the slices", () => {
  test("end at the nearest multiple of the stride and begin one block before the multiple at or below", () => {
    const pieces = fromStarts(0, 75_200_000, 75_700_000, 107_300_000, 107_800_000, 119_900_000);
    expect(bounds(pieces, 3, 2_000_000n)).toEqual([
      { slice: 1, syncUntil: 0, terminateAt: 76_000_000, largestStart: 75_200_000 },
      { slice: 2, syncUntil: 73_999_999, terminateAt: 108_000_000, largestStart: 107_300_000 },
      { slice: 3, syncUntil: 105_999_999, terminateAt: 120_000_000, largestStart: 119_900_000 },
    ]);
  });

  test("round a tie to the even multiple", () => {
    expect([1n, 3n, 5n, 7n].map((value) => roundHalfEven(value, 2n))).toEqual([0n, 2n, 2n, 4n]);
    expect(bounds(fromStarts(0, 75_000_000, 77_000_000), 1, 2_000_000n)[0]!.terminateAt).toBe(76_000_000);
    expect(bounds(fromStarts(0, 73_000_000), 1, 2_000_000n)[0]!.terminateAt).toBe(72_000_000);
  });

  test("give the rest of the records to the last one", () => {
    const pieces = fromStarts(...Array.from({ length: 27 }, (_, index) => index));
    expect(cutSlices(pieces, 10, 1n).map(({ periods }) => periods)).toEqual([2, 2, 2, 2, 2, 2, 2, 2, 2, 9]);
  });

  test("never begin below block 0", () => {
    expect(bounds(fromStarts(0, 1, 2, 3), 4, 2_000_000n).map(({ syncUntil }) => syncUntil)).toEqual([0, 0, 0, 0]);
  });

  test("follow the documented rules for any manifest, count and stride", () => {
    fc.assert(
      fc.property(planned, ({ pieces, count, stride }) => {
        fc.pre(pieces.length >= count);
        const numbers = pieces.map(({ start, end, span }) => ({
          start: Number(start),
          end: Number(end),
          span: Number(span),
        }));
        expect(bounds(pieces, count, stride)).toEqual(slicesAsDocumented(numbers, count, Number(stride)));
      }),
    );
  });

  test("overlap or touch, so that no block is left out between two of them", () => {
    fc.assert(
      fc.property(planned, ({ pieces, count, stride }) => {
        fc.pre(pieces.length >= count);
        const slices = cutSlices(pieces, count, stride);
        for (const [index, next] of slices.slice(1).entries()) {
          const overlap = slices[index]!.terminateAt - next.syncUntil;
          // At block 0 there is nothing before the start that could be shared.
          expect(overlap >= (next.syncUntil === 0n ? 0n : 1n) && overlap <= stride + 1n).toBe(true);
        }
        expect(slices.reduce((sum, { periods }) => sum + periods, 0)).toBe(pieces.length);
      }),
    );
  });

  test("round exactly beyond 2^53", () => {
    fc.assert(
      fc.property(fc.bigInt({ min: 0n, max: 2n ** 80n }), fc.bigInt({ min: 1n, max: 2n ** 70n }), (value, divisor) => {
        const rounded = roundHalfEven(value, divisor);
        const distance = 2n * (value - rounded * divisor);
        expect(distance <= divisor && -distance <= divisor).toBe(true);
        if (distance === divisor || -distance === divisor) expect(rounded % 2n).toBe(0n);
      }),
    );
  });
});

test("the table shows blocks and share per slice, and the sum", () => {
  const slices = cutSlices(fromStarts(0, 4_000_000, 6_000_000, 10_000_000), 2, 2_000_000n);
  const table = slicesTable([
    { ...slices[0]!, snapshot: "genesis" },
    { ...slices[1]!, snapshot: "snapshot-2018-06-10-01-eos-v6-0003999998.bin.zst" },
  ]);
  expect(table).toEqual([
    "slice  snapshot                                          sync until  terminate at      blocks    share  periods",
    "    1  genesis                                                    0       4000000   4,000,000   40.0 %        2",
    "    2  snapshot-2018-06-10-01-eos-v6-0003999998.bin.zst     3999999      10000000   6,000,001   60.0 %        2",
    "  all                                                                              10,000,001  100.0 %        4",
  ]);
});

import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import { countPieces, expand, manifestText, type Piece } from "../../../src/actions/replay/manifest.ts";
import { contiguousRecords } from "./arbitraries.ts";
import { expandAsDocumented, type NumberPiece } from "./reference-model.ts";

const piece = (start: number | bigint, end: number | bigint, span: number | bigint): Piece => ({
  start: BigInt(start),
  end: BigInt(end),
  span: BigInt(span),
});
const asNumbers = ({ start, end, span }: Piece): NumberPiece => ({
  start: Number(start),
  end: Number(end),
  span: Number(span),
});

describe("the manifest", () => {
  test("cuts the documented example into 80 periods of 250,000 blocks", () => {
    const lines = manifestText(expand([piece(100_000_000, 120_000_000, 250_000)])).split("\n");
    expect(lines[0]).toBe("100000000,100250000,250000");
    expect(lines[3]).toBe("100750000,101000000,250000");
    expect(lines[79]).toBe("119750000,120000000,250000");
    expect(lines).toHaveLength(81);
  });

  test("lets the last period absorb a remainder below a tenth of the span", () => {
    expect([...expand([piece(0, 2_099, 1_000)])].map(asNumbers)).toEqual([
      { start: 0, end: 1_000, span: 1_000 },
      { start: 1_000, end: 2_099, span: 1_000 },
    ]);
  });

  test("keeps a remainder of a tenth of the span and more as a period of its own", () => {
    expect([...expand([piece(0, 2_100, 1_000)])].map(asNumbers).at(-1)).toEqual({
      start: 2_000,
      end: 2_100,
      span: 1_000,
    });
  });

  test("leaves a record of up to 1.1 spans as it is, and one shorter than its span too", () => {
    for (const record of [piece(0, 1_100, 1_000), piece(0, 1_000, 1_000), piece(5, 6, 1_000)]) {
      expect([...expand([record])]).toEqual([record]);
    }
    expect([...expand([piece(0, 1_101, 1_000)])]).toHaveLength(2);
  });

  test("covers exactly the blocks of the spacing file, contiguously, with no period longer than 1.1 spans", () => {
    fc.assert(
      fc.property(contiguousRecords(), (records) => {
        const pieces = [...expand(records)];
        let next = records[0]!.start;
        for (const { start, end, span } of pieces) {
          expect(start).toBe(next);
          expect(end > start).toBe(true);
          expect(10n * (end - start) <= 11n * span).toBe(true);
          next = end;
        }
        expect(next).toBe(records.at(-1)!.end);
      }),
    );
  });

  test("decides as the operators' tool does", () => {
    fc.assert(
      fc.property(contiguousRecords(), (records) => {
        expect([...expand(records)].map(asNumbers)).toEqual(expandAsDocumented(records.map(asNumbers)));
      }),
    );
  });

  test("is exact for blocks far beyond 2^53", () => {
    const scale = 10n ** 20n;
    fc.assert(
      fc.property(contiguousRecords(scale), (records) => {
        const small = records.map(({ start, end, span }) => piece(start / scale, end / scale, span / scale));
        const scaled = [...expand(small)].map(({ start, end, span }) =>
          piece(start * scale, end * scale, span * scale),
        );
        expect([...expand(records)]).toEqual(scaled);
      }),
    );
    const odd = piece(2n ** 60n + 1n, 2n ** 60n + 2_100n, 1_000);
    expect([...expand([odd])].map(({ start }) => start)).toEqual([2n ** 60n + 1n, 2n ** 60n + 1_001n]);
  });

  test("knows the number of periods without making them", () => {
    fc.assert(
      fc.property(contiguousRecords(), (records) => {
        expect(countPieces(records)).toBe(BigInt([...expand(records)].length));
      }),
    );
    expect(countPieces([piece(0, 10n ** 30n, 1)])).toBe(10n ** 30n);
  });
});

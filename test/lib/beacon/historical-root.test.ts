import { ssz } from "@lodestar/types";
import { expect, it } from "vitest";
import { historicalRoot } from "../../../src/lib/beacon/historical-root.ts";

it("is the tree root of the historical batch", () => {
  const roots = (seed: number) =>
    Array.from({ length: 8192 }, (_, i) => new Uint8Array(32).map((_, k) => (seed * (i + 3) + 7 * k) & 255));
  const [blockRoots, stateRoots] = [roots(5), roots(11)];
  const expected = ssz.phase0.HistoricalBatch.hashTreeRoot({ blockRoots, stateRoots });
  const found = historicalRoot(Buffer.concat(blockRoots), Buffer.concat(stateRoots));
  expect(found).toBe(Buffer.from(expected).toString("hex"));
});

import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import { parseSnapshotList } from "../../../src/actions/replay/snapshot-list.ts";
import { snapshotBelow, snapshotHeight, snapshotName } from "../../../src/actions/replay/snapshot-name.ts";

describe("a snapshot's name", () => {
  test("ends in the height, whatever its extensions", () => {
    expect(snapshotHeight("snapshot-2019-08-11-16-eos-v6-0073487941.bin.zst")).toBe(73_487_941n);
    expect(snapshotHeight("snapshot-2019-08-11-16-eos-v6-0073487941.bin")).toBe(73_487_941n);
    expect(snapshotHeight("snapshot-18446744073709551616")).toBe(18_446_744_073_709_551_616n);
    expect(snapshotHeight("snapshot-2019-08-11-16-eos-v6.bin.zst")).toBeUndefined();
    expect(snapshotHeight("README.md")).toBeUndefined();
  });

  test("is built from block time, version and height in ten digits", () => {
    const name = snapshotName({ chain: "eos", blockTime: "2019-08-11T16:59:59.500", version: 6, height: 73_487_941n });
    expect(name).toBe("snapshot-2019-08-11-16-eos-v6-0073487941.bin");
  });
});

describe("the snapshot of a slice", () => {
  test("is the one with the greatest height below its start, or none", () => {
    const heights = fc.uniqueArray(fc.nat(1_000), { maxLength: 30 });
    fc.assert(
      fc.property(heights, fc.nat(1_000), (all, start) => {
        const snapshots = all.map((height) => ({ name: `s-${height}`, height: BigInt(height) }));
        const best = Math.max(-1, ...all.filter((height) => height < start));
        expect(snapshotBelow(snapshots, BigInt(start))?.name).toBe(best < 0 ? undefined : `s-${best}`);
      }),
    );
  });

  test("is the later in the list when two have one height", () => {
    const snapshots = [6, 8].map((version) => ({ name: `snapshot-v${version}-0000000100.bin`, height: 100n }));
    expect(snapshotBelow(snapshots, 101n)?.name).toBe("snapshot-v8-0000000100.bin");
  });
});

describe("a list of snapshots", () => {
  test("may hold names, paths and URLs, comments and CRLF", () => {
    const text =
      "# eos\r\nhttps://example.org/eos/snapshot-a-v6-0000000020.bin.zst\r\n\r\n/data/snapshot-b-v6-0000000010.bin\n";
    expect(parseSnapshotList(text)).toEqual({
      kind: "ok",
      records: [
        { name: "snapshot-a-v6-0000000020.bin.zst", height: 20n },
        { name: "snapshot-b-v6-0000000010.bin", height: 10n },
      ],
    });
  });

  test("is refused with every line that has no height", () => {
    const parsed = parseSnapshotList("snapshot-1-0000000020.bin\nREADME.md\nsnapshot-eos-v6.bin.zst\n");
    expect(parsed.kind === "refused" && parsed.problems.map(({ line }) => line)).toEqual([2, 3]);
  });
});

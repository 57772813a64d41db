import fs from "node:fs";
import { describe, expect, it } from "vitest";
import { EraFormatError } from "../../../../src/actions/era/decode/index.ts";
import { Random } from "../../../../src/lab/era-files/random.ts";
import { chunksOf, outcomeOf, recordsOf, refusalOf } from "./rig/damage.ts";
import { decoded, eraOf, generated, SMALL } from "./rig/eras.ts";

const seed = Number(process.env.SEED ?? Math.floor(Math.random() * 2 ** 31));

/** A dozen blocks, some of more than one snappy chunk. */
const small = () =>
  generated({
    era: eraOf("electra"),
    slots: 9,
    shape: {
      ...{
        transactions: 3,
        transactionBytes: 220,
        attestations: 4,
        aggregationBytes: 20,
        electraAggregationBytes: 9000,
      },
      ...{ withdrawals: 4, blobs: 1, rareEvery: 4, missedRate: 0.1, validators: 40, denseState: true },
    },
  });

describe(`a damaged file is never decoded to its end (SEED=${seed})`, () => {
  it("when it is cut anywhere in or between its records", async () => {
    const era = small();
    const file = fs.readFileSync(era.path);
    const cuts = new Set([0, 1, 7, 8, file.length - 1]);
    for (const { at, length, end } of recordsOf(file)) {
      for (const cut of [at, at + 1, at + 7, at + 8, at + 9, at + 8 + Math.floor(length / 2), end - 1]) cuts.add(cut);
    }
    cuts.delete(file.length);
    for (const cut of cuts) {
      const error = await refusalOf(era.path, file.subarray(0, cut));
      expect(error.message).toMatch(/cut off|not an e2store file|is damaged/);
    }
  });

  it.each(["wasm", "js"] as const)("when a byte is flipped in a frame of any record (%s)", async (kernel) => {
    const random = new Random(seed);
    const era = small();
    const file = fs.readFileSync(era.path);
    const records = recordsOf(file);
    const positions: number[] = [];
    for (const record of records.filter(({ type }) => type === 1 || type === 2)) {
      for (const chunk of chunksOf(file, record)) {
        // The chunk's head, its CRC, the length in front of its content, its last byte, and two in between.
        const head = kernel === "wasm" ? [0, 1, 2, 3, 4, 5, 6, 7, 8] : [0, random.below(4), 4 + random.below(5)];
        positions.push(...head.map((i) => chunk.at + i), chunk.end - 1);
        for (let i = 0; i < 2; i++) positions.push(chunk.at + 8 + random.below(Math.max(1, chunk.end - chunk.at - 8)));
      }
    }
    let harmless = 0;
    const whole = await decoded(era.path, { network: SMALL });
    for (const position of positions) {
      if (position >= file.length) continue;
      const bad = Buffer.from(file);
      bad[position]! ^= 1 << random.below(8);
      const error = await outcomeOf(era.path, bad, { kernel });
      if (!(error instanceof EraFormatError)) {
        // Some flips compress the same content in another way: a copy from elsewhere in a run of zeros.
        expect(error.digests).toEqual(whole.digests);
        harmless++;
        continue;
      }
      const record = records.find(({ at, end }) => position >= at && position < end)!;
      // The message leads to the record; how far into it depends on the damage.
      expect(error.byteOffset, error.message).toBeGreaterThanOrEqual(record.at);
      expect(error.byteOffset, error.message).toBeLessThan(record.end);
      if (record.type === 1) expect(error.slot, error.message).toBeGreaterThanOrEqual(320);
    }
    expect(harmless).toBeLessThan(positions.length / 20);
  });

  it("when any byte of a record's head or of a slot index is changed", async () => {
    const random = new Random(seed);
    const era = small();
    const file = fs.readFileSync(era.path);
    for (const record of recordsOf(file)) {
      const positions = Array.from(
        { length: record.type === 0x3269 ? record.end - record.at : 8 },
        (_, i) => record.at + i,
      );
      for (const position of positions) {
        const bad = Buffer.from(file);
        bad[position]! ^= 1 << random.below(8);
        const error = await refusalOf(era.path, bad);
        expect(error.message).toContain(era.fileName);
      }
    }
  });

  it("when bytes are lost, doubled or put in between", async () => {
    const random = new Random(seed);
    const era = small();
    const file = fs.readFileSync(era.path);
    const records = recordsOf(file);
    const at = (position: number) => [file.subarray(0, position), file.subarray(position)] as const;
    for (const { at: start, end, type } of records) {
      const lost = Buffer.concat([file.subarray(0, start), file.subarray(end)]);
      const doubled = Buffer.concat([file.subarray(0, end), file.subarray(start)]);
      // Without its state, and nothing else missing, a file may be acceptable; not where a state is required.
      await refusalOf(era.path, lost, type === 2 ? { state: "required" } : {});
      await refusalOf(era.path, doubled);
      const [before, after] = at(start + random.below(end - start));
      await refusalOf(era.path, Buffer.concat([before, random.bytes(1 + random.below(40)), after]));
      await refusalOf(era.path, Buffer.concat([before, after.subarray(1 + random.below(10))]));
    }
    await refusalOf(era.path, Buffer.concat([file, Buffer.alloc(8)]));
  });

  it("when two blocks have changed places", async () => {
    const era = small();
    const file = fs.readFileSync(era.path);
    const [first, second] = recordsOf(file).filter(({ type }) => type === 1) as [never, never];
    const record = ({ at, end }: { at: number; end: number }) => file.subarray(at, end);
    const swapped = [
      file.subarray(0, 8),
      record(second),
      record(first),
      file.subarray((second as { end: number }).end),
    ];
    expect((await refusalOf(era.path, Buffer.concat(swapped))).what).toMatch(/next record begins|says slot/);
  });

  it("when it is something else altogether", async () => {
    const random = new Random(seed);
    const era = small();
    for (const bytes of [Buffer.from("<html>404</html>"), random.bytes(5000), Buffer.alloc(100_000)]) {
      expect((await refusalOf(era.path, bytes)).what).toBe("this is not an e2store file");
    }
  });
});

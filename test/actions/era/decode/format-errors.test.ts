import fs from "node:fs";
import path from "node:path";
import { describe, expect, it } from "vitest";
import { EraFormatError } from "../../../../src/actions/era/decode/index.ts";
import { jsKernel } from "../../../../src/actions/era/decode/js-kernel/kernel.ts";
import { FORKS } from "../../../../src/lib/beacon/forks.ts";
import type { Network } from "../../../../src/lib/beacon/network.ts";
import { findNetwork } from "../../../../src/lib/beacon/networks.ts";
import { recordsOf, refusalOf, withRecord } from "./rig/damage.ts";
import { decoded, eraOf, generated, SMALL, scratch } from "./rig/eras.ts";

const BLOCK = 1;
const STATE = 2;
const INDEX = 0x3269;

describe("a file that is not what it is taken for is refused", () => {
  it("when its name says another network or another era than was asked for", async () => {
    const era = generated({ era: 3 });
    await expect(decoded(era.path, { network: findNetwork("mainnet")! })).rejects.toThrow(
      /named after network small, not mainnet. Use --network small/,
    );
    await expect(decoded(era.path, { network: SMALL, era: 4 })).rejects.toThrow(/named after era 3, not 4/);
  });

  it("when it was renamed to another era of the same network", async () => {
    const era = generated({ era: 3 });
    const renamed = path.join(scratch(), "small-00004-0a1b2c3d.era");
    fs.copyFileSync(era.path, renamed);
    await expect(decoded(renamed, { network: SMALL })).rejects.toThrow(
      /holds the state of slot 192, but era 4 ends with slot 256. Check the file's name and --network/,
    );
  });

  it("when it belongs to a network with other forks, another genesis or other fork versions", async () => {
    const era = generated({ era: eraOf("capella") });
    const read = (network: Network) => decoded(era.path, { network });
    const forks = SMALL.forks.filter(({ fork }) => fork !== "capella").map((fork) => ({ ...fork }));
    await expect(read({ ...SMALL, forks })).rejects.toThrow(
      /layout of another fork .*first body offset 328.*Check --network/,
    );
    await expect(read({ ...SMALL, genesisTime: 1_700_000_001 })).rejects.toThrow(
      /timestamp is not the time of its slot/,
    );
    await expect(read({ ...SMALL, genesisValidatorsRoot: `0x${"00".repeat(32)}` })).rejects.toThrow(
      /genesis_validators_root 0xabab.* is not that of small/,
    );
    const versions = SMALL.forks.map((fork) => ({ ...fork, version: "0x99999999" }));
    await expect(read({ ...SMALL, forks: versions })).rejects.toThrow(
      /its fork version is 0x0\d000001, but small has 0x99999999 at slot 256/,
    );
  });

  it("when its blocks lie in a fork that cannot be read", async () => {
    const era = generated({ era: 7 });
    const network = { ...SMALL, unsupportedFrom: { fork: "gloas", epoch: 50 } };
    await expect(decoded(era.path, { network })).rejects.toThrow(/slot 400.*lies in the gloas fork.*newer version/s);
  });

  it("when the root in its name is not the one of its state", async () => {
    const era = generated({ era: 3 });
    const renamed = path.join(scratch(), "small-00003-00000000.era");
    fs.copyFileSync(era.path, renamed);
    const message = `the historical root is ${era.root}, but the file is named after 00000000`;
    await expect(decoded(renamed, { network: SMALL })).rejects.toThrow(message);
  });

  it("when it holds several eras", async () => {
    const [first, second] = [generated({ era: 3 }), generated({ era: 4 })];
    const both = Buffer.concat([fs.readFileSync(first.path), fs.readFileSync(second.path)]);
    await refusalOf(second.path, both);
  });
});

describe("a file that contradicts itself is refused", () => {
  it("when the genesis era has blocks, or an index of them", async () => {
    const genesis = generated({ era: 0 });
    const file = fs.readFileSync(genesis.path);
    const first = fs.readFileSync(generated({ era: 1 }).path);
    const record = recordsOf(first).find(({ type }) => type === BLOCK)!;
    const block = first.subarray(record.at, record.end);
    const withBlock = Buffer.concat([file.subarray(0, 8), block, file.subarray(8)]);
    expect((await refusalOf(genesis.path, withBlock)).what).toBe("there is data that no slot index mentions");
    const index = recordsOf(first).at(-2)!;
    const end = recordsOf(file).at(-1)!;
    const parts = [file.subarray(0, end.at), first.subarray(index.at, index.end), file.subarray(end.at)];
    const withIndex = Buffer.concat(parts);
    expect((await refusalOf(genesis.path, withIndex)).what).toBe("era 0 has a slot index of blocks");
  });

  it("when the slot index knows a block at another slot", async () => {
    const { era, file } = sample();
    const index = recordsOf(file).find(({ type }) => type === INDEX)!;
    const bad = Buffer.from(file);
    const at = (slot: number) => index.at + 16 + 8 * slot;
    const empty = Array.from({ length: 63 }, (_, slot) => slot).find(
      (slot) => file.readBigInt64LE(at(slot + 1)) === 0n,
    )!;
    bad.writeBigInt64LE(file.readBigInt64LE(at(empty)), at(empty + 1));
    bad.writeBigInt64LE(0n, at(empty));
    const error = await refusalOf(era.path, bad);
    expect(error.what).toMatch(/the slot index says slot \d+, the block says slot \d+/);
  });

  it("when the slot index leaves out a block", async () => {
    const { era, file } = sample();
    const index = recordsOf(file).find(({ type }) => type === INDEX)!;
    const filled = Array.from({ length: 64 }, (_, slot) => slot).filter(
      (s) => file.readBigInt64LE(index.at + 16 + 8 * s) !== 0n,
    );
    for (const slot of [filled[0]!, filled[5]!, filled.at(-1)!]) {
      const bad = Buffer.from(file);
      bad.writeBigInt64LE(0n, index.at + 16 + 8 * slot);
      expect((await refusalOf(era.path, bad)).what).toMatch(/next record begins|first block lies at/);
    }
  });

  it("when a block and its entry in the slot index are missing both, which only the state shows", async () => {
    const { era, file } = sample();
    const records = recordsOf(file);
    const gone = records.filter(({ type }) => type === BLOCK)[4]!;
    const bad = withoutBlock(file, gone);
    const error = await refusalOf(era.path, bad);
    expect(error.what).toBe("state: the chain has a block here that the file does not hold");
    expect(error.slot).toBeGreaterThan(256);
  });

  it("when a block's parent is not the block before it", async () => {
    const { era, file } = sample();
    const record = recordsOf(file).filter(({ type }) => type === BLOCK)[3]!;
    const block = contentOf(file, record);
    block[116]! ^= 1;
    const error = await refusalOf(era.path, withRecord(file, record, block));
    expect(error.what).toBe("state: the block's parent is not the block before it");
  });

  it("when its state belongs to another slot", async () => {
    const { era, file } = sample();
    const record = recordsOf(file).find(({ type }) => type === STATE)!;
    const state = contentOf(file, record);
    state.writeBigUInt64LE(321n, 40);
    expect((await refusalOf(era.path, withRecord(file, record, state))).what).toBe(
      "state: it is the state of slot 321, not 320",
    );
    expect((await refusalOf(era.path, withRecord(file, record, state.subarray(0, 3000)))).what).toBe(
      "state: it has only 3000 bytes",
    );
  });

  it("when a whole block is left of it, but with a wrong inside", async () => {
    const { era, file } = sample();
    const record = recordsOf(file).filter(({ type }) => type === BLOCK)[2]!;
    const block = contentOf(file, record);
    const offsets = 384;
    block.writeUInt32LE(block.readUInt32LE(offsets + 8) + 1, offsets + 12);
    const error = await refusalOf(era.path, withRecord(file, record, block));
    expect(error.byteOffset).toBe(record.at);
    expect(error.what).toMatch(/at byte \d+ of the decompressed block/);
  });
});

it("accepts what older writers and the format allow: other empty slots, other records behind the state", async () => {
  const { era, file } = sample();
  const index = recordsOf(file).find(({ type }) => type === INDEX)!;
  const older = Buffer.from(file);
  for (let at = index.at + 16; at < index.end - 8; at += 8) {
    if (older.readBigInt64LE(at) === 0n) older.writeBigInt64LE(BigInt(-index.at), at);
  }
  const other = Buffer.from("ffff03000000000061 62 63".replaceAll(" ", ""), "hex");
  const longer = Buffer.concat([file.subarray(0, index.at), other, file.subarray(index.at)]);
  const moved = index.at + other.length;
  for (let at = moved + 16; at < moved + 16 + 8 * 64; at += 8) {
    const offset = longer.readBigInt64LE(at);
    if (offset !== 0n) longer.writeBigInt64LE(offset - BigInt(other.length), at);
  }
  const last = recordsOf(longer).at(-1)!;
  longer.writeBigInt64LE(longer.readBigInt64LE(last.at + 16) - BigInt(other.length), last.at + 16);
  const whole = await decoded(era.path, { network: SMALL });
  for (const bytes of [older, longer]) {
    const target = path.join(scratch(), era.fileName);
    fs.writeFileSync(target, bytes);
    const { summary, digests } = await decoded(target, { network: SMALL });
    expect(digests).toEqual(whole.digests);
    expect(summary.stateChecked).toBe(true);
  }
});

it("says where, what and how to mend it, also as data", async () => {
  const { era, file } = sample();
  const record = recordsOf(file).filter(({ type }) => type === BLOCK)[7]!;
  const bad = Buffer.from(file);
  bad[record.end - 3]! ^= 0x10;
  const error = await refusalOf(era.path, bad);
  expect(error).toBeInstanceOf(EraFormatError);
  expect(error.message).toMatch(
    /damaged\/small-00005-[0-9a-f]{8}\.era, slot \d+, byte \d+: .+\. Download the file again/,
  );
  expect(error.toFailure()).toMatchObject({ code: "era-format", retryable: false, details: { slot: error.slot } });
});

it("carries the same error out of a thread", async () => {
  const { era, file } = sample();
  const record = recordsOf(file).filter(({ type }) => type === BLOCK)[7]!;
  const bad = Buffer.from(file);
  bad[record.end - 3]! ^= 0x10;
  fs.writeFileSync(era.path, bad);
  const here = await decoded(era.path, { network: SMALL, workers: 0 }).catch((error: unknown) => error);
  const there = await decoded(era.path, { network: SMALL, workers: 2 }).catch((error: unknown) => error);
  expect(there).toBeInstanceOf(EraFormatError);
  expect((there as Error).message).toBe((here as Error).message);
});

it("names every fork it knows", () => {
  expect(SMALL.forks.map(({ fork }) => fork)).toEqual(FORKS);
});

function sample() {
  const era = generated({ era: eraOf("deneb"), shape: { ...SPARSE } });
  return { era, file: fs.readFileSync(era.path) };
}

const SPARSE = {
  ...{ transactions: 2, transactionBytes: 200, attestations: 3, aggregationBytes: 20, electraAggregationBytes: 20 },
  ...{ withdrawals: 2, blobs: 1, rareEvery: 8, missedRate: 0.3, validators: 16, denseState: false },
};

function contentOf(file: Buffer, record: { at: number; end: number; length: number }): Buffer {
  const kernel = jsKernel();
  let content = Buffer.alloc(0);
  // A state has more than one chunk, but no more than a block may have.
  kernel.input.set(file.subarray(record.at + 8, record.end));
  const length = kernel.decompressBlock(0, record.length, true);
  content = Buffer.from(kernel.block.subarray(0, length));
  return content;
}

/** Takes a block out of the file and out of the slot index, leaving everything else consistent. */
function withoutBlock(file: Buffer, gone: { at: number; end: number }): Buffer {
  const size = gone.end - gone.at;
  const shorter = Buffer.concat([file.subarray(0, gone.at), file.subarray(gone.end)]);
  for (const index of recordsOf(shorter).filter(({ type }) => type === INDEX)) {
    for (let at = index.at + 16; at < index.end - 8; at += 8) {
      const offset = Number(shorter.readBigInt64LE(at));
      if (offset === 0) continue;
      const target = index.at + size + offset;
      if (target === gone.at) shorter.writeBigInt64LE(0n, at);
      else if (target < gone.at) shorter.writeBigInt64LE(BigInt(offset + size), at);
    }
  }
  return shorter;
}

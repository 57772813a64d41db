import fs from "node:fs";
import path from "node:path";
import { describe, expect, it, vi } from "vitest";
import {
  type DatasetName,
  decodeEra,
  ERA_TAIL_BYTES,
  type NativeChunk,
  planStateSkip,
} from "../../../../src/actions/era/decode/index.ts";
import { borrowKernel } from "../../../../src/actions/era/decode/kernels.ts";
import { FORKS } from "../../../../src/lib/beacon/forks.ts";
import { findNetwork } from "../../../../src/lib/beacon/networks.ts";
import { decoded, eraOf, generated, SMALL, scratch } from "./rig/eras.ts";

describe.each(FORKS)("an era of %s blocks", (fork) => {
  it("gives every row that was put into it, the same from both kernels", async () => {
    const era = generated({ era: eraOf(fork) });
    const wasm = await decoded(era.path, { network: SMALL, kernel: "wasm" });
    const js = await decoded(era.path, { network: SMALL, kernel: "js" });
    expect(wasm.summary).toMatchObject({
      ...{ network: "small", era: eraOf(fork), fileName: era.fileName, bytes: era.bytes, forks: [fork] },
      ...{ slotStart: 64 * (eraOf(fork) - 1), slotEnd: 64 * eraOf(fork) - 1 },
      ...{ blocks: era.blocks, missedSlots: era.missedSlots, root: era.root, stateChecked: true },
    });
    for (const [dataset, count] of Object.entries(era.rows)) {
      expect(wasm.summary.rows[dataset as DatasetName], dataset).toBe(count);
      expect(wasm.rows[dataset], dataset).toHaveLength(count);
    }
    expect(wasm.summary.totalRows).toBe(Object.values(era.rows).reduce((sum, count) => sum + count, 0));
    expect(js.digests).toEqual(wasm.digests);
    const compat = { network: SMALL, values: "era-parser" } as const;
    expect((await decoded(era.path, { ...compat, kernel: "js" })).digests).toEqual(
      (await decoded(era.path, { ...compat, kernel: "wasm" })).digests,
    );
  });
});

it("reads eras of the networks of the mainnet and the gnosis preset, also with a fork inside", async () => {
  const sepolia = findNetwork("sepolia")!;
  const first = generated({ network: sepolia, era: 1 });
  const decodedFirst = await decoded(first.path, { network: sepolia });
  expect(decodedFirst.summary.forks).toEqual(["phase0", "altair", "bellatrix"]);
  expect(decodedFirst.summary.rows.blocks).toBe(first.blocks);
  expect(decodedFirst.rows.blocks!.find((row) => row.slot === 1599)?.version).toBe("phase0");
  expect(decodedFirst.rows.blocks!.find((row) => row.slot === 1600)?.version).toBe("altair");

  const gnosis = findNetwork("gnosis")!;
  const late = generated({ network: gnosis, era: 3400, slots: 40 });
  const { summary, rows } = await decoded(late.path, { network: gnosis });
  expect(summary).toMatchObject({ forks: ["fulu"], slotStart: 27_844_608, slotEnd: 27_852_799, root: late.root });
  expect(rows.blocks![0]).toMatchObject({ slot: 27_844_609, timestamp_utc: "2026-05-08T04:59:45.000Z" });
});

it("reads the genesis era, which has a state and nothing else", async () => {
  const genesis = generated({ era: 0 });
  const { summary, chunks } = await decoded(genesis.path, { network: SMALL });
  expect(summary).toMatchObject({ era: 0, slotStart: undefined, slotEnd: undefined, blocks: 0, missedSlots: 0 });
  expect(summary).toMatchObject({ totalRows: 0, forks: [], root: "ab".repeat(32), stateChecked: true });
  expect(chunks).toBe(0);
});

it("reads an era in which every slot was missed", async () => {
  const empty = generated({ era: 3, slots: 0 });
  const { summary } = await decoded(empty.path, { network: SMALL });
  expect(summary).toMatchObject({ blocks: 0, missedSlots: 64, totalRows: 0, root: empty.root });
});

it("gives the same rows in any number of threads", async () => {
  const era = generated({ era: eraOf("electra") });
  const here = await decoded(era.path, { network: SMALL, workers: 0 });
  const one = await decoded(era.path, { network: SMALL, workers: 1 });
  const three = await decoded(era.path, { network: SMALL, workers: 3 });
  expect(one.summary).toEqual(here.summary);
  expect(one.digests).toEqual(here.digests);
  expect(three.rows).toEqual(here.rows);
  expect({ ...three.summary, nativeBytes: 0 }).toEqual({ ...here.summary, nativeBytes: 0 });
  expect((await decoded(era.path, { network: SMALL, workers: 3 })).digests).toEqual(three.digests);
});

it("cuts the rows into chunks of bounded size that do not depend on the kernel or on the sink's speed", async () => {
  const era = generated({ era: eraOf("deneb") });
  const options = { network: SMALL, chunkBytes: 100_000 };
  const wasm = await decoded(era.path, { ...options, kernel: "wasm" });
  expect(wasm.chunks).toBeGreaterThan(10);
  expect((await decoded(era.path, { ...options, kernel: "js" })).digests).toEqual(wasm.digests);
  expect(wasm.rows).toEqual((await decoded(era.path, { network: SMALL })).rows);

  const sizes: number[] = [];
  const numbers = new Map<string, number[]>();
  await decodeEra(era.path, { ...options, workers: 0 }, async ({ bytes, dataset, chunk }) => {
    sizes.push(bytes);
    numbers.set(dataset, [...(numbers.get(dataset) ?? []), chunk]);
    for (let i = 0; i < 20; i++) await new Promise(setImmediate);
  });
  expect(sizes).toHaveLength(wasm.chunks);
  expect(Math.max(...sizes)).toBeLessThan(130_000);
  for (const of of numbers.values()) expect(of).toEqual(of.map((_, index) => index));
});

it("calls the sink once at a time and leaves a chunk alone until its call has ended", async () => {
  const era = generated({ era: eraOf("deneb") });
  let open = 0;
  let calls = 0;
  await decodeEra(era.path, { network: SMALL, chunkBytes: 50_000, workers: 0 }, async (chunk) => {
    open++;
    calls++;
    expect(open).toBe(1);
    const before = Buffer.concat(chunk.parts);
    expect(before).toHaveLength(chunk.bytes);
    for (let i = 0; i < 10; i++) await new Promise(setImmediate);
    expect(Buffer.concat(chunk.parts).equals(before)).toBe(true);
    expect(Buffer.from(chunk.native).equals(before)).toBe(true);
    open--;
  });
  expect(calls).toBeGreaterThan(10);
});

it("has as many calls of the sink open as it bears, each with a chunk that stays as it is", async () => {
  const era = generated({ era: eraOf("deneb") });
  const here = await decoded(era.path, { network: SMALL, chunkBytes: 50_000 });
  let open = 0;
  let most = 0;
  let bytes = 0;
  const gathered = Promise.withResolvers<void>();
  await decodeEra(era.path, { network: SMALL, chunkBytes: 50_000, workers: 1, sinkCalls: 3 }, async (chunk) => {
    most = Math.max(most, ++open);
    bytes += chunk.bytes;
    const before = Buffer.concat(chunk.parts);
    if (open === 3) gathered.resolve();
    await gathered.promise;
    for (let i = 0; i < 5; i++) await new Promise(setImmediate);
    expect(Buffer.concat(chunk.parts).equals(before)).toBe(true);
    open--;
  });
  expect(most).toBe(3);
  expect(bytes).toBe(here.summary.nativeBytes);
});

it.each([0, 1])("ends when the sink fails, with the sink's own error (%i threads)", async (workers) => {
  const era = generated({ era: eraOf("deneb") });
  const broken = new Error("connection reset");
  let calls = 0;
  const options = { network: SMALL, chunkBytes: 20_000, workers };
  const decoding = decodeEra(era.path, options, async () => {
    if (++calls === 3) throw broken;
  });
  await expect(decoding).rejects.toBe(broken);
  expect(calls).toBe(3);
});

it.each([0, 1])("stops when the signal says so, even while the sink hangs (%i threads)", async (workers) => {
  const era = generated({ era: eraOf("deneb") });
  const abort = new AbortController();
  const options = { network: SMALL, chunkBytes: 20_000, workers, signal: abort.signal };
  const decoding = decodeEra(era.path, options, async ({ chunk }: NativeChunk) => {
    if (chunk < 1) return;
    setImmediate(() => abort.abort(new Error("enough")));
    await new Promise(() => {});
  });
  await expect(decoding).rejects.toThrow("enough");
  await expect(decodeEra(era.path, options, async () => {})).rejects.toThrow("enough");
});

it("hands over only the datasets that were asked for, and counts only those", async () => {
  const era = generated({ era: eraOf("electra") });
  const all = await decoded(era.path, { network: SMALL });
  const some = await decoded(era.path, { network: SMALL, datasets: ["withdrawals", "blocks"] });
  expect(some.summary.rows).toEqual({ blocks: era.blocks, withdrawals: era.rows.withdrawals });
  expect(some.rows.withdrawals).toEqual(all.rows.withdrawals);
  expect(some.rows.attestations).toEqual([]);
  expect(some.summary.root).toBe(era.root);
});

it("puts constant columns in front of the others", async () => {
  const era = generated({ era: eraOf("electra") });
  const { rows } = await decoded(era.path, {
    network: SMALL,
    constantColumns: [
      { name: "network", type: "String", value: "småll" },
      { name: "era", type: "UInt32", value: 6 },
      { name: "load", type: "UInt64", value: 2n ** 60n },
    ],
  });
  expect(Object.keys(rows.blocks![0]!).slice(0, 4)).toEqual(["network", "era", "load", "slot"]);
  for (const row of rows.attestations!) {
    expect(row).toMatchObject({ network: "småll", era: 6, load: "1152921504606846976" });
  }
});

it("decodes without WebAssembly as well, only slower", async () => {
  const era = generated({ era: eraOf("electra") });
  const { digests } = await decoded(era.path, { network: SMALL });
  vi.stubGlobal("WebAssembly", undefined);
  try {
    const kernel = borrowKernel(undefined, 1);
    expect(kernel.name).toBe("js");
    expect((await decoded(era.path, { network: SMALL, chunkBytes: 2 ** 23 })).digests).toEqual(digests);
    await expect(decoded(era.path, { network: SMALL, chunkBytes: 2 ** 22, kernel: "wasm" })).rejects.toThrow(
      /no WebAssembly/,
    );
  } finally {
    vi.unstubAllGlobals();
  }
});

it("reports progress up to the whole file", async () => {
  const era = generated({ era: eraOf("deneb") });
  const seen: number[] = [];
  const onProgress = ({ blocks, totalBlocks }: { blocks: number; totalBlocks: number }) => {
    expect(totalBlocks).toBe(era.blocks);
    seen.push(blocks);
  };
  await decodeEra(era.path, { network: SMALL, workers: 0, onProgress }, async () => {});
  expect(seen.length).toBeGreaterThan(0);
  expect(seen).toEqual(seen.toSorted((a, b) => a - b));
});

describe("a file that was downloaded without its state", () => {
  const withoutState = (file: string) => {
    const whole = fs.readFileSync(file);
    const skip = planStateSkip(whole.subarray(-ERA_TAIL_BYTES), whole.length)!;
    const target = path.join(scratch(), path.basename(file));
    fs.writeFileSync(target, Buffer.concat([whole.subarray(0, skip.blocksEnd), whole.subarray(skip.indexStart)]));
    return { file: target, skip, sizeBytes: whole.length };
  };

  it("gives the same rows, and says that the state was not checked", async () => {
    const era = generated({ era: eraOf("capella") });
    const { file, skip, sizeBytes } = withoutState(era.path);
    expect(skip.blocksEnd).toBeLessThan(skip.indexStart);
    expect(fs.statSync(file).size).toBe(sizeBytes - (skip.indexStart - skip.blocksEnd));
    const whole = await decoded(era.path, { network: SMALL });
    const part = await decoded(file, { network: SMALL, state: "optional" });
    expect(part.digests).toEqual(whole.digests);
    expect(part.summary).toMatchObject({ stateChecked: false, root: era.root.slice(0, 8), blocks: era.blocks });
  });

  it("is refused where a state is required", async () => {
    const { file } = withoutState(generated({ era: eraOf("capella") }).path);
    await expect(decoded(file, { network: SMALL })).rejects.toThrow(/came without its state/);
  });

  it("may hold no block at all", async () => {
    const { file } = withoutState(generated({ era: 4, slots: 0 }).path);
    const { summary } = await decoded(file, { network: SMALL, state: "optional" });
    expect(summary).toMatchObject({ blocks: 0, missedSlots: 64, stateChecked: false });
  });

  it("is not planned for a genesis era or for anything else that has no blocks' index", () => {
    const genesis = fs.readFileSync(generated({ era: 0 }).path);
    expect(planStateSkip(genesis.subarray(-ERA_TAIL_BYTES), genesis.length)).toBeUndefined();
    const cut = fs.readFileSync(generated({ era: 2 }).path).subarray(0, -9);
    expect(planStateSkip(cut, cut.length)).toBeUndefined();
    expect(planStateSkip(Buffer.alloc(5), 5)).toBeUndefined();
    expect(planStateSkip(Buffer.alloc(0), 0)).toBeUndefined();
  });
});

it("takes the era from the caller when the file's name does not say it", async () => {
  const era = generated({ era: 5 });
  const renamed = path.join(path.dirname(era.path), "download.partial");
  fs.renameSync(era.path, renamed);
  await expect(decoded(renamed, { network: SMALL })).rejects.toThrow(/does not say which era/);
  expect((await decoded(renamed, { network: SMALL, era: 5 })).summary.era).toBe(5);
  const { summary } = await decoded(renamed, { network: SMALL, fileName: era.fileName });
  expect(summary).toMatchObject({ era: 5, fileName: era.fileName, root: era.root });
});

// Run as a process of its own, because Lodestar's preset is chosen once per process (LODESTAR_PRESET). Compares both
// kernels with Lodestar's types on random blocks of every fork, valid and damaged. Prints what it has compared; the first
// difference ends it with a stack trace.

import assert from "node:assert/strict";
import * as params from "@lodestar/params";
import { DATASET_NAMES } from "../../../../../src/actions/era/decode/datasets.ts";
import { jsKernel } from "../../../../../src/actions/era/decode/js-kernel/kernel.ts";
import { PROBLEM } from "../../../../../src/actions/era/decode/problems.ts";
import { program } from "../../../../../src/actions/era/decode/program.ts";
import { wasmKernel } from "../../../../../src/actions/era/decode/wasm-kernel.ts";
import { Random } from "../../../../../src/lab/era-files/random.ts";
import { FORKS, type ForkName, forkIndex } from "../../../../../src/lib/beacon/forks.ts";
import { PRESETS, type PresetName } from "../../../../../src/lib/beacon/presets.ts";
import { expectedRows } from "./expected-rows.ts";
import { kernelRows } from "./kernel-rows.ts";
import { randomValue } from "./random-value.ts";
import { signedBlockType } from "./ssz-types.ts";

const [seed, blocksPerFork, damagesPerBlock] = process.argv.slice(2).map(Number) as [number, number, number];
const preset = PRESETS[process.env.LODESTAR_PRESET as PresetName];
assert.deepEqual(preset, {
  name: params.ACTIVE_PRESET,
  slotsPerEpoch: params.SLOTS_PER_EPOCH,
  slotsPerEra: params.SLOTS_PER_HISTORICAL_ROOT,
  syncCommitteeSize: params.SYNC_COMMITTEE_SIZE,
  maxCommitteesPerSlot: params.MAX_COMMITTEES_PER_SLOT,
  maxWithdrawals: params.MAX_WITHDRAWALS_PER_PAYLOAD,
  epochsPerHistoricalVector: params.EPOCHS_PER_HISTORICAL_VECTOR,
  epochsPerSlashingsVector: params.EPOCHS_PER_SLASHINGS_VECTOR,
});
const random = new Random(seed);
const kernels = [wasmKernel(192 * 2 ** 20), jsKernel()] as const;
const time = 1_700_000_000;
const tally = { blocks: 0, rows: 0, damaged: 0, refused: 0 };

for (const fork of FORKS) {
  for (let i = 0; i < blocksPerFork; i++) {
    const mode = i % 2 === 0 ? "exact" : "era-parser";
    const plan = program(preset, mode, DATASET_NAMES);
    for (const kernel of kernels) kernel.start(plan);
    const block = randomBlock(fork);
    const bytes = signedBlockType(fork).serialize(block as never);
    const at = { slot: Number(block.message.slot), time, fork: forkIndex(fork) };
    const expected = expectedRows(block, fork, time, mode);
    for (const kernel of kernels) {
      const verdict = kernelRows(kernel, plan, bytes, at);
      assert.equal(verdict.kind, "rows", `${kernel.name} refused a valid ${fork} block: ${JSON.stringify(verdict)}`);
      assert.deepEqual(verdict.kind === "rows" && verdict.rows, expected, `${kernel.name}, ${fork}, ${mode}`);
    }
    tally.blocks++;
    tally.rows += Object.values(expected).flat().length;
    for (let k = 0; k < damagesPerBlock; k++) compareDamaged(fork, bytes, at, plan, mode);
  }
}
console.log(JSON.stringify(tally));

// biome-ignore lint/suspicious/noExplicitAny: a random value; its shape depends on the fork.
function randomBlock(fork: ForkName): any {
  // biome-ignore lint/suspicious/noExplicitAny: see above.
  const block = randomValue(signedBlockType(fork) as never, random) as any;
  block.message.slot = BigInt(random.below(2 ** 31));
  const payload = block.message.body.executionPayload;
  if (payload !== undefined) payload.timestamp = random.chance(0.1) ? 0n : BigInt(time);
  return block;
}

/** Both kernels and Lodestar must agree on whether a damaged block still is one, and on what it says then. */
function compareDamaged(
  fork: ForkName,
  valid: Uint8Array,
  at: Parameters<typeof kernelRows>[3],
  plan: ReturnType<typeof program>,
  mode: "exact" | "era-parser",
): void {
  const bytes = damaged(valid);
  let expected: ReturnType<typeof expectedRows> | undefined;
  try {
    const block = signedBlockType(fork).deserialize(bytes) as never;
    expected = expectedRows(block, fork, time, mode);
  } catch {
    expected = undefined;
  }
  const [first, second] = kernels.map((kernel) => kernelRows(kernel, plan, bytes, at));
  assert.deepEqual(first, second, `the kernels differ on a damaged ${fork} block`);
  tally.damaged++;
  if (first!.kind === "refused") {
    tally.refused++;
    // Only this rule is stricter than the types.
    if (first!.code !== PROBLEM.otherTime)
      assert.equal(expected, undefined, `refused a valid block: ${JSON.stringify(first)}`);
    return;
  }
  assert.notEqual(expected, undefined, `accepted a ${fork} block that Lodestar refuses`);
  // The slot of the rows comes from the slot index, which the driver has compared with the block's.
  for (const rows of Object.values(expected!)) for (const row of rows) row.slot = at.slot;
  assert.deepEqual(first!.rows, expected);
}

/** Cut, extended, or with a word replaced that is probably a length, an offset or the end of a bit list. */
function damaged(valid: Uint8Array): Uint8Array {
  const draw = random.below(10);
  if (draw === 0) return valid.slice(0, random.below(valid.length));
  if (draw === 1) return Buffer.concat([valid, random.bytes(1 + random.below(300))]);
  const bytes = valid.slice();
  const view = new DataView(bytes.buffer);
  for (let changes = 0; changes <= random.below(2); changes++) {
    const at = offsetPosition(view) ?? random.below(bytes.length - 4);
    const old = view.getUint32(at, true);
    const values = [0, 1, 4, old + 1, old - 1, old + 4, old - 4, bytes.length, 2 ** 31, 2 ** 32 - 1, random.uint32()];
    view.setUint32(at, values[random.below(values.length)]! >>> 0, true);
  }
  return bytes;
}

/** Mostly a word that looks like an offset: small, and not zero. */
function offsetPosition(view: DataView): number | undefined {
  for (let tries = 0; tries < 200; tries++) {
    const at = random.below(view.byteLength - 4);
    const value = view.getUint32(at, true);
    if (value > 0 && value <= view.byteLength) return at;
  }
  return undefined;
}

import type { BlockPlan, Counts } from "./block.ts";
import type { Random } from "./random.ts";
import type { SszWriter } from "./ssz-writer.ts";

/** Field sizes of the records that need no special values; 8 stands for a uint64. */
export const FIELD_BYTES = {
  voluntaryExit: [8, 8, 96],
  blsChange: [8, 48, 20, 96],
} as const;

export function attestation(
  ssz: SszWriter,
  random: Random,
  plan: BlockPlan,
  electra: boolean,
  index: number,
  bitBytes: number,
): void {
  const { maxCommitteesPerSlot, slotsPerEpoch } = plan.network.preset;
  const base = ssz.position;
  const bits = ssz.offset(base);
  const slot = Math.max(0, plan.slot - 1 - (index % 3));
  attestationData(ssz, slot, electra ? 0 : index % maxCommitteesPerSlot, Math.floor(slot / slotsPerEpoch));
  ssz.bytes(random.bytes(96));
  if (electra) {
    const padding = maxCommitteesPerSlot % 8 === 0 ? 0xff : (1 << (maxCommitteesPerSlot % 8)) - 1;
    for (let i = 0; i < Math.ceil(maxCommitteesPerSlot / 8); i++) ssz.byte(padding);
  }
  bits();
  const mostBytes = (MAX_VALIDATORS_PER_COMMITTEE * (electra ? maxCommitteesPerSlot : 1)) / 8;
  const bytes = new Uint8Array(Math.min(mostBytes, Math.max(1, bitBytes))).fill(0xff);
  for (let i = 0; i < bytes.length / 16; i++) bytes[random.below(bytes.length)] = random.below(256);
  bytes[bytes.length - 1] = 1 << random.below(8);
  ssz.bytes(bytes);
}

export function attesterSlashing(ssz: SszWriter, random: Random, slot: number): void {
  const base = ssz.position;
  const parts = [ssz.offset(base), ssz.offset(base)];
  // They share three validators; the last index is one that a float cannot hold.
  const indices = [
    [1000, 1007, 1014],
    [1000, 1007, 1014, 1021, 9_007_199_254_740_993n],
  ];
  for (const [which, part] of parts.entries()) {
    part();
    const inner = ssz.position;
    const list = ssz.offset(inner);
    attestationData(ssz, Math.max(0, slot - 1), which, Math.floor(slot / 32));
    ssz.bytes(random.bytes(96));
    list();
    for (const index of indices[which]!) ssz.uint64(index);
  }
}

export function proposerSlashing(ssz: SszWriter, random: Random, slot: number): void {
  const proposer = random.below(100_000);
  for (let header = 0; header < 2; header++) {
    ssz.uint64(Math.max(0, slot - 2));
    ssz.uint64(proposer);
    for (let i = 0; i < 3; i++) ssz.bytes(random.bytes(32));
    ssz.bytes(random.bytes(96));
  }
}

export function deposit(ssz: SszWriter, random: Random): void {
  ssz.bytes(random.bytes(33 * 32));
  ssz.bytes(random.bytes(48));
  ssz.bytes(random.bytes(32));
  ssz.uint64(32_000_000_000);
  ssz.bytes(random.bytes(96));
}

/** The three lists of execution requests (electra), with amounts that a float cannot hold. */
export function requestLists(ssz: SszWriter, random: Random, rare: boolean, counts: Counts): void {
  const base = ssz.position;
  const lists = [ssz.offset(base), ssz.offset(base), ssz.offset(base)];
  counts.deposit_requests = rare ? 2 : 0;
  counts.withdrawal_requests = rare ? 3 : 0;
  counts.consolidation_requests = rare ? 1 : 0;
  lists[0]!();
  for (let i = 0; i < counts.deposit_requests; i++) {
    ssz.bytes(random.bytes(80));
    ssz.uint64(32_000_000_000);
    ssz.bytes(random.bytes(96));
    ssz.uint64(random.below(2_000_000));
  }
  lists[1]!();
  for (let i = 0; i < counts.withdrawal_requests; i++) {
    ssz.bytes(random.bytes(68));
    ssz.uint64(AMOUNTS[i]!);
  }
  lists[2]!();
  for (let i = 0; i < counts.consolidation_requests; i++) ssz.bytes(random.bytes(116));
}

/** 2^53 + 1 and 2^64 - 1: users choose the amounts of withdrawal requests (EIP-7002). */
const AMOUNTS = [9_007_199_254_740_993n, 18_446_744_073_709_551_615n, 0n];

function attestationData(ssz: SszWriter, slot: number, index: number, epoch: number): void {
  ssz.uint64(slot);
  ssz.uint64(index);
  ssz.bytes(rootOf(slot));
  ssz.uint64(Math.max(0, epoch - 1));
  ssz.bytes(rootOf(epoch - 1));
  ssz.uint64(epoch);
  ssz.bytes(rootOf(epoch));
}

const MAX_VALIDATORS_PER_COMMITTEE = 2048;

/** The same number gives the same root, as votes for the same block do. */
function rootOf(value: number): Uint8Array {
  const root = new Uint8Array(32);
  let x = value + 0x9e3779b9;
  for (let i = 0; i < 32; i++) {
    x = Math.imul(x ^ (x >>> 15), 0x85ebca6b) + i;
    root[i] = x >>> 24;
  }
  return root;
}

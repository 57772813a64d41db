import { type ForkName, forkIndex } from "../../lib/beacon/forks.ts";
import { type Network, timeOf } from "../../lib/beacon/network.ts";
import { attestation, attesterSlashing, deposit, FIELD_BYTES, proposerSlashing, requestLists } from "./operations.ts";
import { executionPayload } from "./payload.ts";
import type { Random } from "./random.ts";
import type { Shape } from "./shape.ts";
import type { SszWriter } from "./ssz-writer.ts";

export type BlockPlan = {
  readonly network: Network;
  readonly fork: ForkName;
  readonly slot: number;
  readonly parentRoot: Uint8Array;
  readonly shape: Shape;
  /** Whether this block carries the rare operations. */
  readonly rare: boolean;
};

/** Rows that the block adds to each table. */
export type Counts = { [table: string]: number };

/** Writes a SignedBeaconBlock. Signatures and roots are random bytes: the structure is valid, the cryptography is not. */
export function writeBlock(ssz: SszWriter, random: Random, plan: BlockPlan): Counts {
  const counts: Counts = { blocks: 1 };
  const message = ssz.offset(0);
  ssz.bytes(random.bytes(96));
  message();
  const base = ssz.position;
  ssz.uint64(plan.slot);
  ssz.uint64(random.below(plan.shape.validators));
  ssz.bytes(plan.parentRoot);
  ssz.bytes(random.bytes(32));
  const body = ssz.offset(base);
  body();
  writeBody(ssz, random, plan, counts);
  return counts;
}

function writeBody(ssz: SszWriter, random: Random, plan: BlockPlan, counts: Counts): void {
  const { network, shape, rare } = plan;
  const fork = forkIndex(plan.fork);
  const electra = fork >= forkIndex("electra");
  const base = ssz.position;
  ssz.bytes(random.bytes(96));
  ssz.bytes(ETH1_ROOT);
  ssz.uint64(2_000_000 + Math.floor(plan.slot / 64));
  ssz.bytes(ETH1_BLOCK);
  ssz.bytes(GRAFFITI[plan.slot % GRAFFITI.length]!);
  const lists = Array.from({ length: 5 }, () => ssz.offset(base));
  if (fork >= forkIndex("altair")) {
    counts.sync_aggregates = 1;
    ssz.bytes(participation(random, network.preset.syncCommitteeSize / 8));
    ssz.bytes(random.bytes(96));
  }
  const payload = fork >= forkIndex("bellatrix") ? ssz.offset(base) : undefined;
  const changes = fork >= forkIndex("capella") ? ssz.offset(base) : undefined;
  const blobs = fork >= forkIndex("deneb") ? ssz.offset(base) : undefined;
  const requests = electra ? ssz.offset(base) : undefined;

  lists[0]!();
  counts.proposer_slashings = rare ? 1 : 0;
  if (rare) proposerSlashing(ssz, random, plan.slot);
  lists[1]!();
  counts.attester_slashings = rare ? 1 : 0;
  ssz.list(counts.attester_slashings, () => attesterSlashing(ssz, random, plan.slot));
  lists[2]!();
  counts.attestations = Math.min(electra ? 8 : 128, shape.attestations);
  const bits = electra ? shape.electraAggregationBytes : shape.aggregationBytes;
  ssz.list(counts.attestations, (index) => attestation(ssz, random, plan, electra, index, bits));
  lists[3]!();
  counts.deposits = rare ? 2 : 0;
  for (let i = 0; i < counts.deposits; i++) deposit(ssz, random);
  lists[4]!();
  counts.voluntary_exits = rare ? 2 : 0;
  for (let i = 0; i < counts.voluntary_exits; i++) record(ssz, random, FIELD_BYTES.voluntaryExit);

  payload?.();
  if (payload !== undefined) executionPayload(ssz, random, { ...plan, time: timeOf(network, plan.slot), counts });
  changes?.();
  counts.bls_changes = changes !== undefined && rare ? 3 : 0;
  for (let i = 0; i < counts.bls_changes; i++) record(ssz, random, FIELD_BYTES.blsChange);
  blobs?.();
  counts.blob_commitments = blobs === undefined ? 0 : shape.blobs;
  for (let i = 0; i < counts.blob_commitments; i++) ssz.bytes(random.bytes(48));
  requests?.();
  if (requests !== undefined) requestLists(ssz, random, rare, counts);
}

/** A record of fixed size in which small numbers stand where the uint64 are and anything where the bytes are. */
function record(ssz: SszWriter, random: Random, fields: readonly number[]): void {
  for (const length of fields) length === 8 ? ssz.uint64(random.below(1_000_000)) : ssz.bytes(random.bytes(length));
}

function participation(random: Random, length: number): Uint8Array {
  const bits = new Uint8Array(length).fill(0xff);
  for (let i = 0; i < length / 16; i++) bits[random.below(length)] = random.below(256);
  return bits;
}

const ETH1_ROOT = new Uint8Array(32).fill(0x31);
const ETH1_BLOCK = new Uint8Array(32).fill(0x32);

const GRAFFITI = ["", "solo staker", 'quotes " and \\ backslash', "ünï¢ødé 🦀", "teku/v24.1"].map((text) => {
  const bytes = new Uint8Array(32);
  bytes.set(new TextEncoder().encode(text).subarray(0, 32));
  return bytes;
});

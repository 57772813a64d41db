import { type ForkName, forkIndex } from "../../lib/beacon/forks.ts";
import type { Network } from "../../lib/beacon/network.ts";
import type { Random } from "./random.ts";
import type { Shape } from "./shape.ts";
import { SszWriter } from "./ssz-writer.ts";

export type StatePlan = {
  readonly network: Network;
  readonly fork: ForkName;
  readonly slot: number;
  readonly shape: Shape;
  readonly genesisValidatorsRoot: Uint8Array;
  /** 32 bytes per slot of the era. */
  readonly blockRoots: Uint8Array;
  readonly stateRoots: Uint8Array;
};

/**
 * A BeaconState of the fork: complete, so that any SSZ library can read it, with true values where an era file can be
 * checked against it (genesis, slot, fork, block and state roots) and zeros or random bytes elsewhere.
 */
export function stateBytes(random: Random, plan: StatePlan): Uint8Array {
  const ssz = new SszWriter();
  const contents: (() => void)[] = [];
  const variable = (content: () => void) => {
    const begin = ssz.offset(0);
    contents.push(() => {
      begin();
      content();
    });
  };
  const { network, shape } = plan;
  const fork = forkIndex(plan.fork);
  const { preset } = network;
  const noise = (length: number) => fill(ssz, random, length, shape.denseState);
  const empty = () => {};

  ssz.uint64(network.genesisTime);
  ssz.bytes(plan.genesisValidatorsRoot);
  ssz.uint64(plan.slot);
  forkRecord(ssz, plan);
  ssz.zeros(112);
  ssz.bytes(plan.blockRoots);
  ssz.bytes(plan.stateRoots);
  variable(empty);
  ssz.zeros(72);
  variable(empty);
  ssz.zeros(8);
  variable(() => {
    for (let i = 0; i < shape.validators; i++) validator(ssz, random);
  });
  variable(() => {
    for (let i = 0; i < shape.validators; i++) ssz.uint64(32_000_000_000 + random.below(1 << 24));
  });
  noise(32 * preset.epochsPerHistoricalVector);
  ssz.zeros(8 * preset.epochsPerSlashingsVector);
  const participation = () => (fork >= forkIndex("altair") ? ssz.zeros(shape.validators) : undefined);
  variable(participation);
  variable(participation);
  ssz.zeros(1 + 3 * 40);
  if (fork >= forkIndex("altair")) {
    variable(() => ssz.zeros(8 * shape.validators));
    ssz.zeros(2 * 48 * (preset.syncCommitteeSize + 1));
  }
  if (fork >= forkIndex("bellatrix")) variable(() => payloadHeader(ssz, fork));
  if (fork >= forkIndex("capella")) {
    ssz.zeros(16);
    variable(empty);
  }
  if (fork >= forkIndex("electra")) {
    ssz.zeros(6 * 8);
    for (let i = 0; i < 3; i++) variable(empty);
  }
  if (fork >= forkIndex("fulu")) ssz.zeros(8 * 2 * preset.slotsPerEpoch);
  for (const content of contents) content();
  return ssz.content();
}

function forkRecord(ssz: SszWriter, { network, slot }: StatePlan): void {
  const epoch = Math.floor(slot / network.preset.slotsPerEpoch);
  const index = network.forks.findLastIndex((scheduled) => scheduled.epoch <= epoch);
  const current = network.forks[index]!;
  ssz.bytes(Buffer.from((network.forks[index - 1] ?? current).version.slice(2), "hex"));
  ssz.bytes(Buffer.from(current.version.slice(2), "hex"));
  ssz.uint64(current.epoch);
}

function validator(ssz: SszWriter, random: Random): void {
  ssz.bytes(random.bytes(48));
  ssz.byte(1);
  ssz.zeros(11);
  ssz.bytes(random.bytes(20));
  ssz.uint64(32_000_000_000);
  ssz.byte(0);
  ssz.uint64(0);
  ssz.uint64(0);
  ssz.uint64(18_446_744_073_709_551_615n);
  ssz.uint64(18_446_744_073_709_551_615n);
}

function payloadHeader(ssz: SszWriter, fork: number): void {
  const base = ssz.position;
  ssz.zeros(436);
  const extraData = ssz.offset(base);
  ssz.zeros(32 * 3 + (fork >= forkIndex("capella") ? 32 : 0) + (fork >= forkIndex("deneb") ? 16 : 0));
  extraData();
}

function fill(ssz: SszWriter, random: Random, length: number, dense: boolean): void {
  if (!dense) ssz.zeros(length);
  else for (let left = length; left > 0; left -= 2048) ssz.bytes(random.bytes(Math.min(2048, left)));
}

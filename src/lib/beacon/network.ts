import { FORKS, type ForkName } from "./forks.ts";
import type { Preset } from "./presets.ts";

/** What must be known about a chain to read its era files. Plain data: it may be sent to a worker thread. */
export type Network = {
  /** CONFIG_NAME, the first part of the names of its era files. */
  readonly name: string;
  readonly preset: Preset;
  /** Unix seconds of slot 0. */
  readonly genesisTime: number;
  /** `0x` and 64 lower-case hex digits; undefined in a custom configuration that does not say. */
  readonly genesisValidatorsRoot: string | undefined;
  readonly secondsPerSlot: number;
  /** Every scheduled fork, oldest first, phase0 at epoch 0 included. */
  readonly forks: readonly ScheduledFork[];
  /** Epoch of the first scheduled fork whose blocks this program cannot read (gloas), if there is one. */
  readonly unsupportedFrom: { readonly fork: string; readonly epoch: number } | undefined;
};

export type ScheduledFork = {
  readonly fork: ForkName;
  readonly epoch: number;
  /** `0x` and 8 lower-case hex digits. */
  readonly version: string;
};

/** The fork in force at `slot`, or undefined when it is one that this program cannot read. */
export function forkAt(network: Network, slot: number): ForkName | undefined {
  const epoch = Math.floor(slot / network.preset.slotsPerEpoch);
  if (network.unsupportedFrom !== undefined && epoch >= network.unsupportedFrom.epoch) return undefined;
  return network.forks.findLast((scheduled) => scheduled.epoch <= epoch)?.fork ?? FORKS[0];
}

/** First slot of `fork` on this network, or undefined when it is not scheduled. */
export function firstSlotOf(network: Network, fork: ForkName): number | undefined {
  const scheduled = network.forks.find((candidate) => candidate.fork === fork);
  return scheduled === undefined ? undefined : scheduled.epoch * network.preset.slotsPerEpoch;
}

/** Unix seconds at which `slot` starts. */
export function timeOf(network: Network, slot: number): number {
  return network.genesisTime + slot * network.secondsPerSlot;
}

/** Era N holds the slots (N-1)*8192 .. N*8192-1 and the state at N*8192; era 0 holds the genesis state and no slot. */
export function slotsOfEra(
  network: Network,
  era: number,
): { readonly start: number; readonly end: number } | undefined {
  if (era === 0) return undefined;
  const { slotsPerEra } = network.preset;
  return { start: (era - 1) * slotsPerEra, end: era * slotsPerEra - 1 };
}

/** The era whose file holds `slot`. */
export function eraOfSlot(network: Network, slot: number): number {
  return Math.floor(slot / network.preset.slotsPerEra) + 1;
}

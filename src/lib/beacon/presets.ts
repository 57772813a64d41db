export type PresetName = "mainnet" | "gnosis" | "minimal";

/**
 * The compile-time constants of a chain that shape its blocks and its era files. Names as in the consensus
 * specifications (presets/<name>/*.yaml), lists of limits included, so that a length beyond them is an error.
 */
export type Preset = {
  readonly name: PresetName;
  readonly slotsPerEpoch: number;
  /** SLOTS_PER_HISTORICAL_ROOT, which is the number of slots in an era. */
  readonly slotsPerEra: number;
  readonly syncCommitteeSize: number;
  readonly maxCommitteesPerSlot: number;
  readonly maxWithdrawals: number;
  readonly epochsPerHistoricalVector: number;
  readonly epochsPerSlashingsVector: number;
};

const MAINNET: Preset = {
  name: "mainnet",
  slotsPerEpoch: 32,
  slotsPerEra: 8192,
  syncCommitteeSize: 512,
  maxCommitteesPerSlot: 64,
  maxWithdrawals: 16,
  epochsPerHistoricalVector: 65_536,
  epochsPerSlashingsVector: 8192,
};

export const PRESETS: { readonly [name in PresetName]: Preset } = {
  mainnet: MAINNET,
  gnosis: { ...MAINNET, name: "gnosis", slotsPerEpoch: 16, maxWithdrawals: 8 },
  minimal: {
    name: "minimal",
    slotsPerEpoch: 8,
    slotsPerEra: 64,
    syncCommitteeSize: 32,
    maxCommitteesPerSlot: 4,
    maxWithdrawals: 4,
    epochsPerHistoricalVector: 64,
    epochsPerSlashingsVector: 64,
  },
};

/** The forks whose blocks can be decoded, oldest first. */
export const FORKS = ["phase0", "altair", "bellatrix", "capella", "deneb", "electra", "fulu"] as const;

export type ForkName = (typeof FORKS)[number];

/** Position in history: 0 for phase0, 6 for fulu. */
export function forkIndex(fork: ForkName): number {
  return FORKS.indexOf(fork);
}

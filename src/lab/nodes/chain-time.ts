/**
 * The clock of a simulated chain. Blocks carry true wall-clock times, only their spacing is smaller than on the real
 * chain, so "the head block is younger than n seconds" means the same thing in practice and in earnest.
 */
export type ChainTime = {
  readonly blockIntervalMs: number;
  /** Consecutive blocks of one producer: its round. */
  readonly blocksPerRound: number;
  /** Producers in the schedule; ours comes up once per `producers * blocksPerRound` blocks. */
  readonly producers: number;
};

/** The public EOS chain: half a second, 12 blocks, 21 producers; our round is 6 s out of 126 s. */
export const realTime: ChainTime = { blockIntervalMs: 500, blocksPerRound: 12, producers: 21 };

/** For practice: a round lasts 0.6 s and comes every 7.8 s, which leaves a person (and kubectl) room between two of ours. */
export const practiceTime: ChainTime = { blockIntervalMs: 50, blocksPerRound: 12, producers: 13 };

/** A duration of the real software (a timeout, a threshold), shortened as much as the block interval is. */
export function scaled(time: ChainTime, realMs: number): number {
  return Math.max(1, Math.round((realMs * time.blockIntervalMs) / realTime.blockIntervalMs));
}

/** How long one producer's round lasts. */
export function roundMs(time: ChainTime): number {
  return time.blockIntervalMs * time.blocksPerRound;
}

/** From the start of one of our rounds to the start of the next. */
export function cycleMs(time: ChainTime): number {
  return roundMs(time) * time.producers;
}

import type { NodeFaults } from "../faults.ts";

/** How fast and how long the made-up chain is; set by the lab through the environment. */
export type PracticeSettings = {
  /** `NODEOS_LAB_BLOCKS_PER_SECOND` */
  readonly blocksPerSecond: number;
  /** `NODEOS_LAB_CHAIN_HEAD`: where the peers are; from there a block every half second. */
  readonly chainHead: number;
  /** `NODEOS_LAB_LOAD_MS`: how long loading a snapshot takes. */
  readonly loadMs: number;
  /** `NODEOS_LAB_FAULTS`: JSON of NodeFaults (`snapshot`, `ignoresTerm`, `httpHangs`). */
  readonly faults: NodeFaults;
};

export function practiceSettings(env: NodeJS.ProcessEnv): PracticeSettings {
  return {
    blocksPerSecond: Number(env.NODEOS_LAB_BLOCKS_PER_SECOND ?? 20_000),
    chainHead: Number(env.NODEOS_LAB_CHAIN_HEAD ?? 420_000_000),
    loadMs: Number(env.NODEOS_LAB_LOAD_MS ?? 500),
    faults: env.NODEOS_LAB_FAULTS ? (JSON.parse(env.NODEOS_LAB_FAULTS) as NodeFaults) : {},
  };
}

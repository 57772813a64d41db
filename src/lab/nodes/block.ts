import { createHash } from "node:crypto";

/** What the simulators know of a block: its header, never its transactions. */
export type Block = {
  readonly num: number;
  readonly id: string;
  readonly timeMs: number;
  readonly producer: string;
  readonly trxs: number;
};

/** Public EOS mainnet's id: runbooks that check the chain id can be practised with the real value. */
export const mainnetChainId = "aca376f206b8fc25a6ed44dbdc66547c36c6c33e3a119ffbeaef943642f0e906";

/** 64 hex characters, the first eight being the block number, as on the real chain. Same input, same id. */
export function blockId(chainId: string, num: number, salt = ""): string {
  const digest = createHash("sha256").update(`${chainId}/${num}/${salt}`).digest("hex");
  return num.toString(16).padStart(8, "0") + digest.slice(8);
}

/** Deterministic stand-in for the hash over the whole chain state at a block. */
export function integrityHash(chainId: string, head: Block): string {
  return createHash("sha256").update(`state/${chainId}/${head.id}`).digest("hex");
}

/** `2024-01-01T00:00:00.500`: the chain's time format, UTC without a zone letter. */
export function chainTimeText(timeMs: number): string {
  return new Date(timeMs).toISOString().slice(0, -1);
}

/** How far the last irreversible block lags behind the head with `producers` in the schedule. */
export function irreversibleNum(head: number, producers: number, blocksPerRound: number): number {
  const confirmations = Math.floor((producers * 2) / 3) + 1;
  return Math.max(0, head - 2 * confirmations * blocksPerRound + blocksPerRound - 1);
}

import { type ChainTime, scaled } from "./chain-time.ts";

/**
 * Where the node stands between its production rounds, as the node manager believes. It believes the log, and it reads
 * only lines of the EOSIO 1.x/2.0 layout: with newer nodeos the state never moves, which is the likely reason why
 * `safely_pause_production` hangs on mainnet.
 */
export type ProductionPhase = "unknown" | "producing" | "post" | "pre" | "stale";

export type ProductionState = {
  read(line: string, nowMs: number): void;
  phase(): ProductionPhase;
};

const received =
  /^info\s+\S+\s+thread-\d+\s+producer_plugin\.cpp:\d+\s+on_incoming_block\s+\] Received block [0-9a-z]+\.\.\. #\d+ @ .* signed by [a-z1-5.]+ \[trxs: \d+, lib: \d+, conf: \d+, latency: -?\d+ ms\]/;
const produced =
  /^info\s+\S+\s+thread-\d+\s+producer_plugin\.cpp:\d+\s+produce_block\s+\] Produced block [0-9a-z]+\.\.\. #\d+ @ .* signed by [a-z1-5.]+ \[trxs: \d+, lib: \d+, confirmed: \d+\]/;

export function createProductionState(time: ChainTime): ProductionState {
  let phase: ProductionPhase = "unknown";
  let lastProducedMs = Number.NEGATIVE_INFINITY;
  return {
    read(line, nowMs) {
      if (produced.test(line)) {
        phase = "producing";
        lastProducedMs = nowMs;
      } else if (received.test(line)) phase = phaseAfter(nowMs - lastProducedMs);
    },
    phase: () => phase,
  };

  function phaseAfter(sinceMs: number): ProductionPhase {
    if (sinceMs < scaled(time, 2_000)) return "producing";
    if (sinceMs < scaled(time, 60_000)) return "post";
    return sinceMs < scaled(time, 12 * 60_000) ? "pre" : "stale";
  }
}

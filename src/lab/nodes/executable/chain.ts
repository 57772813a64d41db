import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { type Block, blockId, mainnetChainId } from "../block.ts";

/**
 * The made-up public chain that the stand-alone node replays. Every property of a block follows from its number, so two
 * replays of the same range agree byte for byte, as they must for integrity hashes to be compared.
 */
export type ReplayChain = { readonly chainId: string; blockAt(num: number): Block };

const genesisMs = Date.parse("2018-06-08T08:08:08.888Z");
const firstBlockMs = Date.parse("2018-06-09T11:56:30.000Z");

export function replayChain(chainId: string): ReplayChain {
  return {
    chainId,
    blockAt(num) {
      const id = blockId(chainId, num);
      const producer = `producer${"12345abcdefghijklmnop"[Math.floor(num / 12) % 21]}`;
      const timeMs = num <= 1 ? genesisMs : firstBlockMs + (num - 2) * 500;
      return { num, id, timeMs, producer, trxs: Number.parseInt(id.slice(8, 10), 16) % 24 };
    },
  };
}

/** The chain id that a genesis file stands for; mainnet's own for its well-known start time. Throws on bad JSON. */
export function chainIdOfGenesis(file: string): string {
  const genesis = JSON.parse(readFileSync(file, "utf8")) as { readonly initial_timestamp?: string };
  if (typeof genesis.initial_timestamp !== "string") throw new Error(`${file}: no initial_timestamp`);
  if (genesis.initial_timestamp.startsWith("2018-06-08T08:08:08.888")) return mainnetChainId;
  return createHash("sha256").update(JSON.stringify(genesis)).digest("hex");
}

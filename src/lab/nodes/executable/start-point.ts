import { existsSync, readdirSync, rmSync } from "node:fs";
import { join } from "node:path";
import { type Block, mainnetChainId } from "../block.ts";
import { readState, stateFile } from "../node-files.ts";
import { readSnapshot } from "../snapshot-file.ts";
import { chainIdOfGenesis, replayChain } from "./chain.ts";
import type { NodeosOptions } from "./options.ts";

/** Where a start of nodeos takes its state from. */
export type StartPoint =
  | { readonly kind: "state"; readonly chainId: string; readonly head: Block }
  | { readonly kind: "snapshot"; readonly chainId: string; readonly head: Block; readonly file: string }
  | { readonly kind: "genesis"; readonly chainId: string; readonly head: Block }
  /** Blocks on disk and no state: they are replayed. */
  | {
      readonly kind: "block-log";
      readonly chainId: string;
      readonly head: Block;
      readonly first: number;
      readonly last: number;
    }
  | { readonly kind: "dirty" }
  | { readonly kind: "refused"; readonly message: string };

export function startPoint(options: NodeosOptions): StartPoint {
  if (options.deleteAllBlocks) rmSync(options.blocksDir, { recursive: true, force: true });
  if (options.deleteAllBlocks || options.replay) rmSync(stateFile(options.dataDir), { force: true });
  const state = readState(options.dataDir);
  const chainId = options.genesisJson ? chainIdOfGenesis(options.genesisJson) : mainnetChainId;
  if (options.snapshot !== undefined) return fromSnapshot(options.snapshot, state !== undefined);
  if (state?.dirty) return { kind: "dirty" };
  if (state) return { kind: "state", chainId, head: state.head };
  const extent = blocksOnDisk(options);
  const chain = replayChain(chainId);
  if (extent) return { kind: "block-log", chainId, head: chain.blockAt(extent.last), ...extent };
  return { kind: "genesis", chainId, head: chain.blockAt(1) };
}

function fromSnapshot(file: string, stateExists: boolean): StartPoint {
  if (stateExists) return { kind: "refused", message: "Snapshot can only be used to initialize an empty database." };
  if (!existsSync(file)) return { kind: "refused", message: `Cannot load snapshot, ${file} does not exist` };
  try {
    const { chainId, version: _, ...head } = readSnapshot(file);
    return { kind: "snapshot", chainId, head, file };
  } catch (error) {
    return { kind: "refused", message: (error as Error).message };
  }
}

/** First and last block of all block logs together, when they begin at block 1 (only then they can be replayed). */
function blocksOnDisk({ blocksDir, retainedDir }: NodeosOptions): { first: number; last: number } | undefined {
  const retained = join(blocksDir, retainedDir ?? ".");
  if (!existsSync(retained)) return undefined;
  const pieces = readdirSync(retained)
    .flatMap((name) => {
      const match = /^blocks-(\d+)-(\d+)\.log$/.exec(name);
      return match ? [{ first: Number(match[1]), last: Number(match[2]) }] : [];
    })
    .sort((a, b) => a.first - b.first);
  const oldest = pieces[0];
  const newest = pieces.at(-1);
  return oldest && newest && oldest.first <= 2 ? { first: oldest.first, last: newest.last } : undefined;
}

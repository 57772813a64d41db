import crypto from "node:crypto";
import fs from "node:fs";
import path from "node:path";
import { eraFileName } from "../../lib/beacon/era-name.ts";
import { historicalRoot } from "../../lib/beacon/historical-root.ts";
import { forkAt, type Network, slotsOfEra } from "../../lib/beacon/network.ts";
import { type BlockPlan, writeBlock } from "./block.ts";
import { EraWriter } from "./era-writer.ts";
import { Random } from "./random.ts";
import { SHAPES, type Shape, type ShapeName } from "./shape.ts";
import { compressFrames } from "./snappy.ts";
import { SszWriter } from "./ssz-writer.ts";
import { stateBytes } from "./state.ts";

export type GenerateOptions = {
  readonly network: Network;
  /** Which era; the forks inside follow from the network. 0 gives a genesis file without blocks. */
  readonly era: number;
  /** Directory that receives the file; it must exist, and must not hold a file of that name. */
  readonly directory: string;
  /** The same seed and options give the same file, byte for byte. Default 1. */
  readonly seed?: number;
  /** Only the first so many slots of the era have blocks. Default: all (less the missed ones). */
  readonly slots?: number;
  /** Default `sample`. */
  readonly shape?: ShapeName | Shape;
};

export type GeneratedEra = {
  readonly path: string;
  readonly fileName: string;
  readonly bytes: number;
  readonly blocks: number;
  readonly missedSlots: number;
  /** Expected rows per table. */
  readonly rows: { readonly [table: string]: number };
  /** The historical root, 64 hex digits. */
  readonly root: string;
};

/**
 * Makes an era file that passes every check of a strict reader: blocks of the right fork linked by their parent roots,
 * about 1 % missed slots, rows in all tables that the fork has, a state, both slot indices, and a name with the true
 * historical root. Never overwrites.
 */
export function generateEra(options: GenerateOptions): GeneratedEra {
  const { network, era, directory } = options;
  const shape = typeof options.shape === "object" ? options.shape : SHAPES[options.shape ?? "sample"];
  const random = new Random((options.seed ?? 1) * 1_000_003 + era);
  const temporary = path.join(directory, `.${network.name}-${era}.${process.pid}.partial`);
  try {
    const written = writeEra(temporary, options, shape, random);
    const fileName = eraFileName({ network: network.name, era, shortRoot: written.root.slice(0, 8) });
    const target = path.join(directory, fileName);
    fs.linkSync(temporary, target);
    return { ...written, path: target, fileName, bytes: fs.statSync(target).size };
  } finally {
    fs.rmSync(temporary, { force: true });
  }
}

type Written = Pick<GeneratedEra, "blocks" | "missedSlots" | "rows" | "root">;

function writeEra(file: string, { network, era, slots }: GenerateOptions, shape: Shape, random: Random): Written {
  const { slotsPerEra } = network.preset;
  const writer = new EraWriter(file);
  try {
    const range = slotsOfEra(network, era);
    const positions = new Array<number>(slotsPerEra).fill(0);
    const rows: { [table: string]: number } = {};
    const blockRoots = new Uint8Array(32 * slotsPerEra);
    const ssz = new SszWriter();
    let parentRoot: Uint8Array = rootOf(`${network.name} before ${era}`);
    let blocks = 0;
    for (let i = 0; range !== undefined && i < slotsPerEra; i++) {
      const slot = range.start + i;
      const fork = supported(network, slot);
      // Genesis has no block, and neither has a missed slot.
      if (slot > 0 && i < (slots ?? slotsPerEra) && !random.chance(shape.missedRate)) {
        positions[i] = writer.position;
        const rare = blocks % shape.rareEvery === 0;
        const plan: BlockPlan = { network, fork, slot, parentRoot, shape, rare };
        ssz.reset();
        for (const [table, count] of Object.entries(writeBlock(ssz, random, plan))) {
          rows[table] = (rows[table] ?? 0) + count;
        }
        writer.block(compressFrames(ssz.content()));
        parentRoot = rootOf(`${network.name} ${slot} ${random.uint32()}`);
        blocks++;
      }
      blockRoots.set(parentRoot, 32 * i);
    }
    const stateAt = writer.position;
    const { root, bytes } = endState(network, era, shape, random, blockRoots);
    writer.state(compressFrames(bytes));
    if (range !== undefined) writer.slotIndex(range.start, positions);
    writer.slotIndex(era * slotsPerEra, [stateAt]);
    return { blocks, missedSlots: range === undefined ? 0 : slotsPerEra - blocks, rows, root };
  } finally {
    writer.close();
  }
}

function endState(network: Network, era: number, shape: Shape, random: Random, blockRoots: Uint8Array) {
  const slot = era * network.preset.slotsPerEra;
  const stateRoots = new Uint8Array(blockRoots.length);
  for (let at = 0; shape.denseState && at < stateRoots.length; at += 32) stateRoots.set(random.bytes(32), at);
  const genesis = network.genesisValidatorsRoot ?? `0x${Buffer.from(rootOf(network.name)).toString("hex")}`;
  const genesisValidatorsRoot = Buffer.from(genesis.slice(2), "hex");
  const fork = supported(network, slot);
  const bytes = stateBytes(random, { network, fork, slot, shape, genesisValidatorsRoot, blockRoots, stateRoots });
  const root = era === 0 ? genesis.slice(2) : historicalRoot(blockRoots, stateRoots);
  return { root, bytes };
}

function supported(network: Network, slot: number) {
  const fork = forkAt(network, slot);
  if (fork === undefined) throw new RangeError(`slot ${slot} of ${network.name} lies in a fork that is not supported`);
  return fork;
}

function rootOf(text: string): Uint8Array {
  return crypto.createHash("sha256").update(text).digest();
}

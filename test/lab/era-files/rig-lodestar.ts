// A process of its own, because Lodestar's preset is chosen once per process. Reads the file named in the arguments with
// Lodestar's types and prints what it has found, as JSON.

import fs from "node:fs";
import { ssz } from "@lodestar/types";
import { jsKernel } from "../../../src/actions/era/decode/js-kernel/kernel.ts";
import type { ForkName } from "../../../src/lib/beacon/forks.ts";

const [path, fork] = process.argv.slice(2) as [string, ForkName];
const file = fs.readFileSync(path);
const kernel = jsKernel();
const result: { blocks: number; parentsChain: boolean; slots: number[]; state?: unknown; blockSlots: string } = {
  ...{ blocks: 0, parentsChain: true, slots: [], blockSlots: "" },
};
for (let at = 0; at < file.length; ) {
  const type = file.readUInt16LE(at);
  const length = file.readUInt32LE(at + 2);
  kernel.input.set(file.subarray(at + 8, at + 8 + length));
  if (type === 1) {
    const size = kernel.decompressBlock(0, length, true);
    const block = ssz[fork].SignedBeaconBlock.deserialize(kernel.block.slice(0, size));
    result.blocks++;
    result.slots.push(block.message.slot);
  }
  if (type === 2) {
    const size = kernel.decompressBlock(0, length, true);
    const state = ssz[fork].BeaconState.deserialize(kernel.block.slice(0, size));
    const hex = (bytes: Uint8Array) => Buffer.from(bytes).toString("hex");
    result.state = {
      slot: state.slot,
      genesisTime: state.genesisTime,
      genesisValidatorsRoot: hex(state.genesisValidatorsRoot),
      version: hex(state.fork.currentVersion),
      validators: state.validators.length,
      balances: state.balances.length,
      root: hex(ssz.phase0.HistoricalBatch.hashTreeRoot(state)),
    };
  }
  at += 8 + length;
}
console.log(JSON.stringify(result));

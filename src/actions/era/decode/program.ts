import { FORKS, type ForkName } from "../../../lib/beacon/forks.ts";
import type { Preset } from "../../../lib/beacon/presets.ts";
import type { ValueMode } from "./contract.ts";
import { type Column, DATASETS, type DatasetName } from "./datasets.ts";
import { type Instruction, layouts } from "./layout.ts";

/** What a kernel needs to know before the first block. */
export type Program = {
  readonly preset: Preset;
  /** Text of `blocks.version` per fork, oldest first. */
  readonly versions: readonly string[];
  /** One per dataset, in the order of DATASETS; datasets that are not wanted have no columns. */
  readonly tables: readonly ProgramTable[];
};

export type ProgramTable = {
  readonly dataset: DatasetName;
  readonly columns: readonly ProgramColumn[];
  /** Upper limit of the bytes that a row adds to the columns, without its bytes of variable length. */
  readonly rowBytes: number;
};

export type ProgramColumn = Column & { readonly instruction: Instruction };

export function program(preset: Preset, mode: ValueMode, wanted: readonly DatasetName[]): Program {
  const sources = layouts(preset, mode);
  const tables = DATASETS.map((dataset) => {
    const columns = wanted.includes(dataset.name)
      ? dataset.columns.map((column) => ({ ...column, instruction: sources[dataset.name][column.name]! }))
      : [];
    const rowBytes = columns.reduce((sum, column) => sum + bytesOf(column.instruction), 0);
    return { dataset: dataset.name, columns, rowBytes };
  });
  return { preset, versions: FORKS.map((fork) => versionName(fork, mode)), tables };
}

/** era-parser knows no fulu and takes it for electra. */
function versionName(fork: ForkName, mode: ValueMode): string {
  return fork === "fulu" && mode === "era-parser" ? "electra" : fork;
}

function bytesOf(instruction: Instruction): number {
  switch (instruction.kind) {
    case "hex":
    case "payload-hex":
      return 2 * instruction.bytes + 5;
    case "keccak":
      return 67;
    case "bytes":
    case "indices":
      return 9;
    case "version":
      return 16;
    case "base-fee":
      return 80;
    case "proof":
      return 2400;
    default:
      return 8;
  }
}

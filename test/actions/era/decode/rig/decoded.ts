import crypto from "node:crypto";
import {
  DATASETS,
  type DecodeOptions,
  decodeEra,
  type EraSummary,
  type NativeRow,
  readNative,
} from "../../../../../src/actions/era/decode/index.ts";
import { networkFromConfig } from "../../../../../src/lib/beacon/custom-network.ts";
import { FORKS, type ForkName } from "../../../../../src/lib/beacon/forks.ts";
import type { Network } from "../../../../../src/lib/beacon/network.ts";

/** A network with eras of 64 slots (the minimal preset), and a new fork in each of its first seven eras. */
export const SMALL: Network = configured(`
CONFIG_NAME: small
PRESET_BASE: minimal
SECONDS_PER_SLOT: 6
GENESIS_TIME: 1700000000
GENESIS_VALIDATORS_ROOT: 0x${"ab".repeat(32)}
GENESIS_FORK_VERSION: 0x00000001
${FORKS.slice(1)
  .map(
    (fork, i) =>
      `${fork.toUpperCase()}_FORK_EPOCH: ${8 * (i + 1)}\n${fork.toUpperCase()}_FORK_VERSION: 0x0${i + 1}000001`,
  )
  .join("\n")}
`);

/** The era of SMALL whose blocks are all of one fork. */
export function eraOf(fork: ForkName): number {
  return FORKS.indexOf(fork) + 1;
}

export function configured(text: string): Network {
  const result = networkFromConfig(text);
  if (result.kind === "invalid") throw new Error(result.problems.join(" "));
  return result.network;
}

export type Decoded = {
  readonly summary: EraSummary;
  readonly rows: { readonly [dataset: string]: readonly NativeRow[] };
  /** SHA-256 of each dataset's chunks: their numbers, row counts and bytes. */
  readonly digests: { readonly [dataset: string]: string };
  readonly chunks: number;
};

/** Decodes in this thread unless told otherwise, and keeps everything. */
export async function decoded(file: string, options: DecodeOptions): Promise<Decoded> {
  const chunks: { dataset: string; chunk: number; rows: number; native: Uint8Array }[] = [];
  const summary = await decodeEra(file, { workers: 0, ...options }, async ({ dataset, chunk, rows, native }) => {
    chunks.push({ dataset, chunk, rows, native });
  });
  chunks.sort((a, b) => a.chunk - b.chunk);
  const of = (name: string) => chunks.filter((chunk) => chunk.dataset === name);
  return {
    summary,
    rows: Object.fromEntries(DATASETS.map(({ name }) => [name, of(name).flatMap(({ native }) => readNative(native))])),
    digests: Object.fromEntries(DATASETS.map(({ name }) => [name, digest(of(name))])),
    chunks: chunks.length,
  };
}

function digest(chunks: readonly { chunk: number; rows: number; native: Uint8Array }[]): string {
  const hash = crypto.createHash("sha256");
  for (const { chunk, rows, native } of chunks) hash.update(`${chunk} ${rows} `).update(native);
  return hash.digest("hex");
}

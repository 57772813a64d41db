import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { type GeneratedEra, generateEra } from "../../../../src/lab/era-files/index.ts";
import { networkFromConfig } from "../../../../src/lib/beacon/custom-network.ts";
import type { Network } from "../../../../src/lib/beacon/network.ts";

/** A network of small eras: 64 slots each, electra from the start, so that an era has rows in all fifteen tables. */
export const DEVNET_CONFIG = `CONFIG_NAME: devnet
PRESET_BASE: minimal
SECONDS_PER_SLOT: 6
GENESIS_TIME: 1700000000
GENESIS_FORK_VERSION: "0x00000001"
ALTAIR_FORK_EPOCH: 0
ALTAIR_FORK_VERSION: "0x01000001"
BELLATRIX_FORK_EPOCH: 0
BELLATRIX_FORK_VERSION: "0x02000001"
CAPELLA_FORK_EPOCH: 0
CAPELLA_FORK_VERSION: "0x03000001"
DENEB_FORK_EPOCH: 0
DENEB_FORK_VERSION: "0x04000001"
ELECTRA_FORK_EPOCH: 0
ELECTRA_FORK_VERSION: "0x05000001"
`;

export function devnet(name = "devnet"): Network {
  const configured = networkFromConfig(DEVNET_CONFIG.replace("CONFIG_NAME: devnet", `CONFIG_NAME: ${name}`));
  if (configured.kind === "invalid") throw new Error(configured.problems.join("\n"));
  return configured.network;
}

/** Where a command line finds it: `--network <path>`. */
export function writeDevnetConfig(directory: string): string {
  const path = join(directory, "devnet.yaml");
  writeFileSync(path, DEVNET_CONFIG);
  return path;
}

/** Era files `from` to `to` in `directory`; the same arguments give the same files. */
export function makeEras(
  directory: string,
  from: number,
  to: number,
  options: { readonly network?: Network; readonly slots?: number; readonly seed?: number } = {},
): GeneratedEra[] {
  mkdirSync(directory, { recursive: true });
  const network = options.network ?? devnet();
  const eras = Array.from({ length: to - from + 1 }, (_, index) => from + index);
  return eras.map((era) => {
    return generateEra({ network, era, directory, slots: options.slots ?? 16, seed: options.seed ?? 1 });
  });
}

import { FORKS } from "./forks.ts";
import type { Network } from "./network.ts";
import { PRESETS, type PresetName } from "./presets.ts";

/** Networks known without a configuration file. Numbers from the networks' published config.yaml files. */
export const NETWORKS: readonly Network[] = [
  network("mainnet", "mainnet", {
    genesisTime: 1_606_824_023,
    genesisValidatorsRoot: "0x4b363db94e286120d76eb905340fdd4e54bfe9f06bf33ff6cf5ad27f511bfe95",
    secondsPerSlot: 12,
    epochs: [0, 74_240, 144_896, 194_048, 269_568, 364_032, 411_392],
    versions: [0x00000000, 0x01000000, 0x02000000, 0x03000000, 0x04000000, 0x05000000, 0x06000000],
  }),
  network("gnosis", "gnosis", {
    genesisTime: 1_638_993_340,
    genesisValidatorsRoot: "0xf5dcb5564e829aab27264b9becd5dfaa017085611224cb3036f573368dbb9d47",
    secondsPerSlot: 5,
    epochs: [0, 512, 385_536, 648_704, 889_856, 1_337_856, 1_714_688],
    versions: [0x00000064, 0x01000064, 0x02000064, 0x03000064, 0x04000064, 0x05000064, 0x06000064],
  }),
  network("sepolia", "mainnet", {
    genesisTime: 1_655_733_600,
    genesisValidatorsRoot: "0xd8ea171f3c94aea21ebc42a1ed61052acf3f9209c00e4efbaaddac09ed9b8078",
    secondsPerSlot: 12,
    epochs: [0, 50, 100, 56_832, 132_608, 222_464, 272_640],
    versions: [0x90000069, 0x90000070, 0x90000071, 0x90000072, 0x90000073, 0x90000074, 0x90000075],
  }),
  network("holesky", "mainnet", {
    genesisTime: 1_695_902_400,
    genesisValidatorsRoot: "0x9143aa7c615a7f7115e2b6aac319c03529df8242ae705fba9df39b79c59fa8b1",
    secondsPerSlot: 12,
    epochs: [0, 0, 0, 256, 29_696, 115_968, 165_120],
    versions: [0x01017000, 0x02017000, 0x03017000, 0x04017000, 0x05017000, 0x06017000, 0x07017000],
  }),
  network("hoodi", "mainnet", {
    genesisTime: 1_742_213_400,
    genesisValidatorsRoot: "0x212f13fc4df078b6cb7db228f1c8307566dcecf900867401a92023d7ba99cb5f",
    secondsPerSlot: 12,
    epochs: [0, 0, 0, 0, 0, 2048, 50_688],
    versions: [0x10000910, 0x20000910, 0x30000910, 0x40000910, 0x50000910, 0x60000910, 0x70000910],
  }),
  network("chiado", "gnosis", {
    genesisTime: 1_665_396_300,
    genesisValidatorsRoot: "0x9d642dac73058fbf39c0ae41ab1e34e4d889043cb199851ded7095bc99eb4c1e",
    secondsPerSlot: 5,
    epochs: [0, 90, 180, 244_224, 516_608, 948_224, 1_353_216],
    versions: [0x0000006f, 0x0100006f, 0x0200006f, 0x0300006f, 0x0400006f, 0x0500006f, 0x0600006f],
  }),
];

/** The built-in network called `name`, or undefined: an unknown network is never replaced by a guess. */
export function findNetwork(name: string): Network | undefined {
  return NETWORKS.find((candidate) => candidate.name === name);
}

type Numbers = {
  readonly genesisTime: number;
  readonly genesisValidatorsRoot: string;
  readonly secondsPerSlot: number;
  /** One per entry of FORKS. */
  readonly epochs: readonly number[];
  readonly versions: readonly number[];
};

function network(name: string, preset: PresetName, { epochs, versions, ...rest }: Numbers): Network {
  const forks = FORKS.map((fork, index) => ({
    fork,
    epoch: epochs[index]!,
    version: `0x${versions[index]!.toString(16).padStart(8, "0")}`,
  }));
  return { name, preset: PRESETS[preset], ...rest, forks, unsupportedFrom: undefined };
}

import { expect, it } from "vitest";
import { networkFromConfig } from "../../../src/lib/beacon/custom-network.ts";

const YAML = `
# Extends the minimal preset
PRESET_BASE: 'minimal'
CONFIG_NAME: "my-devnet"
MIN_GENESIS_TIME: 1719000000
GENESIS_DELAY: 60
GENESIS_FORK_VERSION: 0x00000064
ALTAIR_FORK_VERSION: 0x01000064
ALTAIR_FORK_EPOCH: 0
BELLATRIX_FORK_VERSION: 0x0200000A
BELLATRIX_FORK_EPOCH: 3
CAPELLA_FORK_VERSION: 0x03000064
CAPELLA_FORK_EPOCH: 18446744073709551615
GLOAS_FORK_EPOCH: 900
EIP7805_FORK_EPOCH: 18446744073709551615
SECONDS_PER_SLOT: 6
DEPOSIT_CONTRACT_ADDRESS: 0x4242424242424242424242424242424242424242
`;

it("reads a configuration as the consensus clients do", () => {
  expect(networkFromConfig(YAML)).toMatchObject({
    kind: "ok",
    network: {
      name: "my-devnet",
      preset: { name: "minimal", slotsPerEra: 64 },
      genesisTime: 1_719_000_060,
      genesisValidatorsRoot: undefined,
      secondsPerSlot: 6,
      forks: [
        { fork: "phase0", epoch: 0, version: "0x00000064" },
        { fork: "altair", epoch: 0, version: "0x01000064" },
        { fork: "bellatrix", epoch: 3, version: "0x0200000a" },
      ],
      unsupportedFrom: { fork: "gloas", epoch: 900 },
    },
  });
});

it("takes genesis from keys of our own, durations in milliseconds, and JSON", () => {
  const config = {
    ...{ CONFIG_NAME: "x", PRESET_BASE: "gnosis", SLOT_DURATION_MS: "5000", GENESIS_TIME: 17 },
    ...{ GENESIS_FORK_VERSION: "0x00000000", GENESIS_VALIDATORS_ROOT: `0x${"AB".repeat(32)}` },
  };
  expect(networkFromConfig(JSON.stringify(config))).toMatchObject({
    kind: "ok",
    network: {
      genesisTime: 17,
      secondsPerSlot: 5,
      genesisValidatorsRoot: `0x${"ab".repeat(32)}`,
      unsupportedFrom: undefined,
    },
  });
});

it("names every problem at once", () => {
  const text = YAML.replace("CONFIG_NAME", "NAME")
    .replace("'minimal'", "tiny")
    .replace("SECONDS_PER_SLOT: 6", "SECONDS_PER_SLOT: six")
    .replace("ALTAIR_FORK_EPOCH: 0", "ALTAIR_FORK_EPOCH: 9")
    .replace("0x0200000A", "33554532")
    .replace("CAPELLA_FORK_EPOCH: 18446744073709551615", "DENEB_FORK_EPOCH: 12");
  expect(networkFromConfig(text)).toEqual({
    kind: "invalid",
    problems: [
      "CONFIG_NAME is missing; it must be lower-case letters, digits and dashes.",
      'PRESET_BASE is "tiny"; it must be mainnet, gnosis or minimal.',
      'SECONDS_PER_SLOT is "six"; it must be a whole number.',
      "BELLATRIX_FORK_EPOCH is 3, before the fork in front of it.",
      'BELLATRIX_FORK_VERSION is "33554532"; it must be 0x and 8 hex digits.',
      "DENEB_FORK_EPOCH is 12, but CAPELLA_FORK_EPOCH, an earlier fork, is not scheduled.",
      "DENEB_FORK_VERSION is missing; it must be 0x and 8 hex digits.",
    ],
  });
});

it("refuses what is no configuration at all", () => {
  expect(networkFromConfig("- a\n- b")).toMatchObject({ kind: "invalid" });
  expect(networkFromConfig("a: [")).toMatchObject({ kind: "invalid" });
  expect(networkFromConfig("")).toMatchObject({ kind: "invalid" });
});

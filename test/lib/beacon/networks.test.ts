import { genesisData, networksChainConfig } from "@lodestar/config/networks";
import { describe, expect, it } from "vitest";
import { FORKS } from "../../../src/lib/beacon/forks.ts";
import { eraOfSlot, firstSlotOf, forkAt, slotsOfEra, timeOf } from "../../../src/lib/beacon/network.ts";
import { findNetwork, NETWORKS } from "../../../src/lib/beacon/networks.ts";

type Config = Record<string, number | string | Uint8Array>;

describe.each(["mainnet", "gnosis", "sepolia", "hoodi", "chiado"] as const)("the table of %s", (name) => {
  it("has the numbers that Lodestar has", () => {
    const network = findNetwork(name)!;
    const config = networksChainConfig[name] as unknown as Config;
    expect(network.preset.name).toBe(config.PRESET_BASE);
    expect(network.secondsPerSlot).toBe(config.SECONDS_PER_SLOT);
    expect(network.genesisTime).toBe(genesisData[name].genesisTime);
    expect(network.genesisValidatorsRoot).toBe(genesisData[name].genesisValidatorsRoot);
    const expected = FORKS.map((fork) => ({
      fork,
      epoch: fork === "phase0" ? 0 : config[`${fork.toUpperCase()}_FORK_EPOCH`],
      version: hex(config[fork === "phase0" ? "GENESIS_FORK_VERSION" : `${fork.toUpperCase()}_FORK_VERSION`]),
    }));
    expect(network.forks).toEqual(expected);
    expect(config.GLOAS_FORK_EPOCH, "a table for gloas is due").toBe(Number.POSITIVE_INFINITY);
  });
});

it("still knows holesky, which has ended", () => {
  const holesky = findNetwork("holesky")!;
  expect(timeOf(holesky, firstSlotOf(holesky, "deneb")!)).toBe(1_707_305_664);
  expect(timeOf(holesky, firstSlotOf(holesky, "electra")!)).toBe(1_740_434_112);
  expect(timeOf(holesky, firstSlotOf(holesky, "fulu")!)).toBe(1_759_308_480);
});

it("finds fork, era and time of a slot", () => {
  const mainnet = findNetwork("mainnet")!;
  expect(forkAt(mainnet, 0)).toBe("phase0");
  expect(forkAt(mainnet, 32 * 74_240 - 1)).toBe("phase0");
  expect(forkAt(mainnet, 32 * 74_240)).toBe("altair");
  expect(forkAt(mainnet, 32 * 411_392)).toBe("fulu");
  expect(timeOf(mainnet, 1)).toBe(1_606_824_035);
  expect(slotsOfEra(mainnet, 0)).toBeUndefined();
  expect(slotsOfEra(mainnet, 1)).toEqual({ start: 0, end: 8191 });
  expect(eraOfSlot(mainnet, 8191)).toBe(1);
  expect(eraOfSlot(mainnet, 8192)).toBe(2);
  for (const network of NETWORKS) {
    for (const { epoch } of network.forks) expect(epoch).toBeGreaterThanOrEqual(0);
  }
});

it("has no fork for slots behind one that cannot be read", () => {
  const network = { ...findNetwork("hoodi")!, unsupportedFrom: { fork: "gloas", epoch: 60_000 } };
  expect(forkAt(network, 32 * 60_000 - 1)).toBe("fulu");
  expect(forkAt(network, 32 * 60_000)).toBeUndefined();
});

function hex(bytes: unknown): string {
  return `0x${Buffer.from(bytes as Uint8Array).toString("hex")}`;
}

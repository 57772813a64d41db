import { execFile } from "node:child_process";
import crypto from "node:crypto";
import fs from "node:fs";
import os from "node:os";
import path from "node:path";
import { promisify } from "node:util";
import { expect, it, onTestFinished } from "vitest";
import { generateEra } from "../../../src/lab/era-files/index.ts";
import { networkFromConfig } from "../../../src/lib/beacon/custom-network.ts";
import { FORKS } from "../../../src/lib/beacon/forks.ts";
import type { Network } from "../../../src/lib/beacon/network.ts";
import { findNetwork } from "../../../src/lib/beacon/networks.ts";

it("makes the same file from the same seed, and another from another", () => {
  const of = (seed: number) => {
    const era = generateEra({ network: findNetwork("gnosis")!, era: 2700, slots: 12, seed, directory: scratch() });
    return { name: era.fileName, hash: crypto.createHash("sha256").update(fs.readFileSync(era.path)).digest("hex") };
  };
  expect(of(1)).toEqual(of(1));
  expect(of(2)).not.toEqual(of(1));
  // A fixed point for all machines and versions; it changes only with the generator.
  expect(of(1)).toEqual({
    name: "gnosis-02700-62047fea.era",
    hash: "8ba980f7fdabc7cd1f876002639dd2717da7f9fbbf5e6b2be71856ad2dcd3a54",
  });
});

it.each(FORKS)("makes %s eras that Lodestar reads, blocks and state", async (fork) => {
  const network = withForkAtGenesis(fork);
  const era = generateEra({ network, era: 3, directory: scratch() });
  const { stdout } = await promisify(execFile)(process.execPath, [READER, era.path, fork], {
    env: { ...process.env, LODESTAR_PRESET: "minimal" },
  });
  const found = JSON.parse(stdout);
  expect(found.blocks).toBe(era.blocks);
  expect(found.slots).toEqual([...new Set<number>(found.slots)].sort((a, b) => a - b));
  expect(found.slots[0]).toBeGreaterThanOrEqual(128);
  expect(found.slots.at(-1)).toBeLessThan(192);
  expect(found.state).toEqual({
    ...{
      slot: 192,
      genesisTime: 1_700_000_000,
      version: `0${FORKS.indexOf(fork)}000001`,
      validators: 64,
      balances: 64,
    },
    ...{ genesisValidatorsRoot: "cd".repeat(32), root: era.root },
  });
  expect(era.fileName).toBe(`one-fork-00003-${era.root.slice(0, 8)}.era`);
});

it("has rows in all fifteen tables from electra on, and about one missed slot in a hundred", () => {
  const era = generateEra({ network: findNetwork("mainnet")!, era: 1423, directory: scratch() });
  expect(Object.keys(era.rows)).toHaveLength(15);
  for (const [table, count] of Object.entries(era.rows)) expect(count, table).toBeGreaterThan(100);
  expect(era.blocks + era.missedSlots).toBe(8192);
  expect(era.missedSlots).toBeGreaterThan(40);
  expect(era.missedSlots).toBeLessThan(160);
});

it("never overwrites a file, and leaves nothing half-written behind", () => {
  const directory = scratch();
  const options = { network: withForkAtGenesis("deneb"), era: 1, directory };
  const era = generateEra(options);
  expect(() => generateEra(options)).toThrow(/EEXIST/);
  expect(fs.readdirSync(directory)).toEqual([era.fileName]);
});

const READER = path.join(import.meta.dirname, "rig-lodestar.ts");

function withForkAtGenesis(fork: (typeof FORKS)[number]): Network {
  const scheduled = FORKS.slice(1, FORKS.indexOf(fork) + 1).flatMap((name, i) => [
    `${name.toUpperCase()}_FORK_EPOCH: 0`,
    `${name.toUpperCase()}_FORK_VERSION: 0x0${i + 1}000001`,
  ]);
  const lines = [
    ...["CONFIG_NAME: one-fork", "PRESET_BASE: minimal", "SECONDS_PER_SLOT: 6", "GENESIS_TIME: 1700000000"],
    ...[`GENESIS_VALIDATORS_ROOT: 0x${"cd".repeat(32)}`, "GENESIS_FORK_VERSION: 0x00000001", ...scheduled],
  ];
  const result = networkFromConfig(lines.join("\n"));
  if (result.kind === "invalid") throw new Error(result.problems.join(" "));
  return result.network;
}

function scratch(): string {
  const directory = fs.mkdtempSync(path.join(os.tmpdir(), "runsheet-lab-"));
  onTestFinished(() => fs.rmSync(directory, { recursive: true }));
  return directory;
}

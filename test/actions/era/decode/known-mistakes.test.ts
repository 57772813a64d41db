// What loaders of era files have been seen to get wrong: one test per mistake of decoding.

import { execFile } from "node:child_process";
import crypto from "node:crypto";
import fs from "node:fs";
import path from "node:path";
import { promisify } from "node:util";
import { expect, it } from "vitest";
import { DATASETS, decodeEra } from "../../../../src/actions/era/decode/index.ts";
import { SHAPES } from "../../../../src/lab/era-files/index.ts";
import { eraOfSlot, slotsOfEra } from "../../../../src/lib/beacon/network.ts";
import { findNetwork, NETWORKS } from "../../../../src/lib/beacon/networks.ts";
import { refusalOf } from "./rig/damage.ts";
import { configured, decoded, eraOf, generated, SMALL, scratch } from "./rig/eras.ts";

it("era N holds the slots before N * 8192, not those after it", async () => {
  const gnosis = findNetwork("gnosis")!;
  expect(slotsOfEra(gnosis, 1548)).toEqual({ start: 12_673_024, end: 12_681_215 });
  expect(eraOfSlot(gnosis, 12_681_215)).toBe(1548);
  expect(eraOfSlot(gnosis, 12_681_216)).toBe(1549);
  const era = generated({ network: gnosis, era: 1548, slots: 30 });
  const { summary, rows } = await decoded(era.path, { network: gnosis });
  expect(summary).toMatchObject({ slotStart: 12_673_024, slotEnd: 12_681_215 });
  for (const { slot } of rows.blocks!) expect(slot).toBeLessThan(12_673_024 + 30);
});

it("half a file is no era", async () => {
  const era = generated({ era: eraOf("deneb") });
  const file = fs.readFileSync(era.path);
  const error = await refusalOf(era.path, file.subarray(0, file.length / 2));
  expect(error.message).toContain("does not end with the slot index of its state: it is cut off");
});

it("an unknown network is no mainnet", () => {
  expect(findNetwork("mainet")).toBeUndefined();
  expect(findNetwork("minimal")).toBeUndefined();
  expect(findNetwork("MAINNET")).toBeUndefined();
  expect(NETWORKS.map(({ name }) => name)).toEqual(["mainnet", "gnosis", "sepolia", "holesky", "hoodi", "chiado"]);
});

it("the network is not looked for in the whole path", async () => {
  const era = generated({ era: 2 });
  const directory = path.join(scratch(), "mainnet", "gnosis-00002-00000000.era");
  fs.mkdirSync(directory, { recursive: true });
  const file = path.join(directory, era.fileName);
  fs.copyFileSync(era.path, file);
  expect((await decoded(file, { network: SMALL })).summary.network).toBe("small");
});

it("empty extra data is empty, whatever follows it", async () => {
  const era = generated({ era: eraOf("deneb") });
  const { rows } = await decoded(era.path, { network: SMALL });
  const empty = rows.execution_payloads!.filter(({ slot }) => (slot as number) % 7 === 0);
  expect(empty.length).toBeGreaterThan(5);
  for (const row of empty) expect(row.extra_data).toBe("0x");
  for (const row of rows.execution_payloads!) expect((row.extra_data as string).length).toBeLessThanOrEqual(66);
});

it("whole 64-bit numbers stay whole, up to the largest", async () => {
  const { rows } = await decoded(generated({ era: eraOf("electra") }).path, { network: SMALL });
  const amounts = rows.withdrawal_requests!.map(({ amount }) => amount);
  expect(amounts.slice(0, 3)).toEqual(["9007199254740993", "18446744073709551615", 0]);
  expect(rows.attester_slashings![0]!.att_2_attesting_indices).toBe(
    '["1000", "1007", "1014", "1021", "9007199254740993"]',
  );
  expect(rows.attester_slashings![0]).toMatchObject({
    ...{ att_1_validator_count: 3, att_2_validator_count: 5, total_slashed_validators: 5 },
  });
  const fees = rows.execution_payloads!.map(({ base_fee_per_gas }) => BigInt(base_fee_per_gas as string));
  expect(fees.some((fee) => fee > 2n ** 64n)).toBe(true);
});

it("times are UTC wherever the program runs", async () => {
  const era = generated({ era: eraOf("bellatrix") });
  const { digests } = await decoded(era.path, { network: SMALL });
  const script = `
    import { decoded, SMALL } from ${JSON.stringify(path.join(import.meta.dirname, "rig/decoded.ts"))};
    const { digests } = await decoded(${JSON.stringify(era.path)}, { network: SMALL });
    console.log(JSON.stringify([new Date(0).getTimezoneOffset(), digests]));`;
  const env = { ...process.env, TZ: "America/New_York" };
  const { stdout } = await promisify(execFile)(process.execPath, ["--input-type=module", "-e", script], { env });
  expect(JSON.parse(stdout)).toEqual([300, digests]);
});

it("a transaction's hash is its Keccak-256, also for typed transactions, and not the whole transaction", async () => {
  const era = generated({ era: eraOf("capella") });
  const exact = await decoded(era.path, { network: SMALL });
  const compat = await decoded(era.path, { network: SMALL, values: "era-parser" });
  const types = new Set<string>();
  expect(exact.rows.transactions!.length).toBeGreaterThan(50);
  for (const [index, { transaction_hash }] of exact.rows.transactions!.entries()) {
    expect(transaction_hash).toMatch(/^0x[0-9a-f]{64}$/);
    const raw = Buffer.from((compat.rows.transactions![index]!.transaction_hash as string).slice(2), "hex");
    types.add(raw[0]! >= 0xc0 ? "legacy" : `type ${raw[0]}`);
    if (!crypto.getHashes().includes("keccak-256")) continue;
    expect(transaction_hash).toBe(`0x${crypto.createHash("keccak-256").update(raw).digest("hex")}`);
  }
  expect(types).toContain("legacy");
  expect(types).toContain("type 2");
});

it("participants and counts are counted; era-parser's zeros are only given when they are asked for", async () => {
  const era = generated({ era: eraOf("deneb") });
  const exact = await decoded(era.path, { network: SMALL });
  const compat = await decoded(era.path, { network: SMALL, values: "era-parser" });
  for (const row of exact.rows.sync_aggregates!) {
    const bits = BigInt(row.sync_committee_bits as string)
      .toString(2)
      .replaceAll("0", "").length;
    expect(row.participating_validators).toBe(bits);
  }
  const sum = (rows: typeof exact.rows, column: string) =>
    rows.execution_payloads!.reduce((total, row) => total + (row[column] as number), 0);
  expect(sum(exact.rows, "transactions_count")).toBe(era.rows.transactions);
  expect(sum(exact.rows, "withdrawals_count")).toBe(era.rows.withdrawals);
  expect(sum(compat.rows, "transactions_count") + sum(compat.rows, "withdrawals_count")).toBe(0);
  for (const row of compat.rows.sync_aggregates!) expect(row.participating_validators).toBe(0);
});

it("fulu is called fulu", async () => {
  const era = generated({ era: eraOf("fulu") });
  expect((await decoded(era.path, { network: SMALL })).rows.blocks![0]!.version).toBe("fulu");
  expect((await decoded(era.path, { network: SMALL, values: "era-parser" })).rows.blocks![0]!.version).toBe("electra");
});

it("a devnet is read by its own configuration, with its own preset", async () => {
  const devnet = configured(`{
    "CONFIG_NAME": "devnet", "PRESET_BASE": "mainnet", "SECONDS_PER_SLOT": "12", "MIN_GENESIS_TIME": "1719000000",
    "GENESIS_DELAY": "600", "GENESIS_FORK_VERSION": "0x10000038", "ALTAIR_FORK_EPOCH": "0", "ALTAIR_FORK_VERSION": "0x20000038",
    "BELLATRIX_FORK_EPOCH": "0", "BELLATRIX_FORK_VERSION": "0x30000038", "CAPELLA_FORK_EPOCH": "18446744073709551615"
  }`);
  const era = generated({ network: devnet, era: 1, slots: 20 });
  const { summary, rows } = await decoded(era.path, { network: devnet });
  expect(summary.forks).toEqual(["bellatrix"]);
  expect(rows.blocks![0]!.timestamp_utc).toBe(
    new Date(1000 * (1_719_000_600 + 12 * (rows.blocks![0]!.slot as number))).toISOString(),
  );
  expect(rows.voluntary_exits).toHaveLength(era.rows.voluntary_exits!);
});

it("memory does not grow with the era: what is handed over is bounded, chunk by chunk", async () => {
  const era = generated({ era: eraOf("deneb"), shape: { ...SHAPES.mainnet, validators: 100 } });
  const chunkBytes = 2 ** 20;
  let most = 0;
  let total = 0;
  await decodeEra(era.path, { network: SMALL, chunkBytes, workers: 0 }, async ({ bytes }) => {
    most = Math.max(most, bytes);
    total += bytes;
  });
  expect(total).toBeGreaterThan(5 * chunkBytes);
  expect(most).toBeLessThan(1.3 * chunkBytes);
});

it("every table has its slot first and its time last", () => {
  for (const { columns, orderBy } of DATASETS) {
    expect(columns[0]).toEqual({ name: "slot", type: "UInt64" });
    expect(columns.at(-1)).toEqual({ name: "timestamp_utc", type: "DateTime" });
    for (const key of orderBy) expect(columns.map(({ name }) => name)).toContain(key);
  }
});

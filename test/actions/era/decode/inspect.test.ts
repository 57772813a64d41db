import fs from "node:fs";
import path from "node:path";
import { expect, it } from "vitest";
import { readEraBlock, readEraStats } from "../../../../src/actions/era/decode/index.ts";
import { decoded, eraOf, generated, SMALL, scratch } from "./rig/eras.ts";

it("tells what is in a file without decompressing it", async () => {
  const era = generated({ era: eraOf("electra"), slots: 50 });
  const stats = await readEraStats(era.path, { network: SMALL });
  expect(stats).toMatchObject({
    network: "small",
    era: 6,
    fileName: era.fileName,
    bytes: era.bytes,
    forks: ["electra"],
  });
  expect(stats).toMatchObject({ slotStart: 320, slotEnd: 383, blocks: era.blocks, missedSlots: era.missedSlots });
  expect(stats.firstBlockSlot).toBeGreaterThanOrEqual(320);
  expect(stats.lastBlockSlot).toBeLessThan(370);
  expect(stats.blockBytes + stats.stateBytes).toBeLessThan(era.bytes);
  expect(stats.stateBytes).toBeGreaterThan(1000);
  const genesis = await readEraStats(generated({ era: 0 }).path, { network: SMALL });
  expect(genesis).toMatchObject({ blocks: 0, slotStart: undefined, firstBlockSlot: undefined, forks: [] });
});

it("shows one block in all tables, as the whole era does", async () => {
  const era = generated({ era: eraOf("fulu") });
  const { rows } = await decoded(era.path, { network: SMALL });
  const slots = rows.blocks!.map(({ slot }) => slot as number);
  for (const slot of [slots[0]!, slots[17]!, slots.at(-1)!]) {
    const block = await readEraBlock(era.path, slot, { network: SMALL });
    const expected = Object.entries(rows).map(([name, all]) => [name, all.filter((row) => row.slot === slot)]);
    expect(block).toEqual(Object.fromEntries(expected));
  }
  const compat = await readEraBlock(era.path, slots[0]!, { network: SMALL, values: "era-parser" });
  expect(compat!.blocks[0]!.version).toBe("electra");
});

it("knows a missed slot from a slot of another era", async () => {
  const era = generated({ era: 3, slots: 10 });
  expect(await readEraBlock(era.path, 191, { network: SMALL })).toBeUndefined();
  const outside = readEraBlock(era.path, 192, { network: SMALL });
  await expect(outside).rejects.toThrow(/slot 192 is not in era 3. It holds the slots 128 to 191/);
});

it("refuses damaged files here as well", async () => {
  const file = path.join(scratch(), "small-00002-0a1b2c3d.era");
  fs.writeFileSync(file, "<html>");
  await expect(readEraStats(file, { network: SMALL })).rejects.toThrow(/not an e2store file/);
});

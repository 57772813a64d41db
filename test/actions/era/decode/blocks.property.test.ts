import { execFile } from "node:child_process";
import path from "node:path";
import { promisify } from "node:util";
import { expect, it } from "vitest";

const seed = Number(process.env.SEED ?? Math.floor(Math.random() * 2 ** 31));
const script = path.join(import.meta.dirname, "rig/property.ts");

it.each(["mainnet", "gnosis", "minimal"])(
  `decodes random %s blocks of every fork as Lodestar does, and refuses what it refuses (SEED=${seed})`,
  async (preset) => {
    const env = { ...process.env, LODESTAR_PRESET: preset };
    const { stdout } = await promisify(execFile)(process.execPath, [script, String(seed), "6", "30"], { env });
    const tally = JSON.parse(stdout);
    expect(tally.blocks).toBe(42);
    expect(tally.rows).toBeGreaterThan(300);
    expect(tally.refused).toBeGreaterThan(100);
  },
);

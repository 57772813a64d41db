import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { JsonObject } from "../domain/json.ts";

/** What a replay can start from besides a snapshot, and how fast the stand-in runs. */
export function nodeosAssets(dir: string): {
  readonly values: JsonObject;
  readonly env: Readonly<Record<string, string>>;
} {
  mkdirSync(dir, { recursive: true });
  const genesis = join(dir, "genesis.json");
  const text = {
    initial_timestamp: "2018-06-08T08:08:08.888",
    initial_key: "EOS7EarnUhcyYqmdnPon8rm7mBCTnBoot6o7fE2WzjvEX2TdggbL3",
  };
  writeFileSync(genesis, `${JSON.stringify(text)}\n`);
  return {
    values: { command: "nodeos", genesis },
    env: { NODEOS_LAB_BLOCKS_PER_SECOND: process.env.NODEOS_LAB_BLOCKS_PER_SECOND ?? "20000" },
  };
}

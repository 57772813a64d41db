import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { JsonObject } from "../domain/json.ts";
import { freePorts } from "./free-ports.ts";
import type { S3Server } from "./s3/start.ts";

/** The bucket of the documented procedure. */
export const replayBucket = "chicken-dance";

/** Twelve periods, each about a second long at the lab's speed: three slices of four with a stride of 10,000. */
const shortChain = "# start\tend\tblocks per period\n0\t24000\t8000\n24000\t56000\t8000\n56000\t96000\t8000\n";

/** What a replay can start from besides a snapshot, where its node may listen, and how fast the stand-in runs. */
export async function nodeosAssets(
  dir: string,
  s3: S3Server | undefined,
): Promise<{ readonly values: JsonObject; readonly env: Readonly<Record<string, string>> }> {
  mkdirSync(dir, { recursive: true });
  const genesis = join(dir, "genesis.json");
  const text = {
    initial_timestamp: "2018-06-08T08:08:08.888",
    initial_key: "EOS7EarnUhcyYqmdnPon8rm7mBCTnBoot6o7fE2WzjvEX2TdggbL3",
  };
  writeFileSync(genesis, `${JSON.stringify(text)}\n`);
  const spacing = join(dir, "block_spacing.tsv");
  writeFileSync(spacing, shortChain);
  const [httpPort, p2pPort] = await freePorts(2);
  s3?.store.commit({ kind: "bucket-created", bucket: replayBucket, createdMs: Date.now() });
  const http = `127.0.0.1:${httpPort}`;
  return {
    values: {
      command: "nodeos",
      genesis,
      spacing,
      http,
      p2p: `127.0.0.1:${p2pPort}`,
      dataDir: join(dir, "data"),
      store: `s3://${replayBucket}/mainnet`,
    },
    env: { NODEOS_LAB_BLOCKS_PER_SECOND: process.env.NODEOS_LAB_BLOCKS_PER_SECOND ?? "8000" },
  };
}

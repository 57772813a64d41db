import { open } from "node:fs/promises";

const MAGIC = 0x30510550;
const SECTION = "eosio::chain::chain_snapshot_header";

/**
 * The format number of a snapshot file (the `6` of `-v6-`), read from its first section, which nodeos writes first
 * (libraries/chain/snapshot.cpp): magic, file version, then size, row count and name of the section and its one row.
 * Undefined when the file does not begin like that.
 */
export async function snapshotVersionOf(path: string): Promise<number | undefined> {
  const file = await open(path, "r");
  try {
    const start = Buffer.alloc(8 + 16 + SECTION.length + 1 + 4);
    const { bytesRead } = await file.read(start, 0, start.length, 0);
    if (bytesRead < start.length || start.readUInt32LE(0) !== MAGIC) return undefined;
    if (start.toString("latin1", 24, 24 + SECTION.length + 1) !== `${SECTION}\0`) return undefined;
    return start.readUInt32LE(24 + SECTION.length + 1);
  } finally {
    await file.close();
  }
}

import crypto from "node:crypto";

/**
 * The historical root of an era, 64 hex digits: hash_tree_root of HistoricalBatch (and equally of the HistoricalSummary
 * that followed it), from the block roots and state roots of the era's slots, 32 bytes each, a power of two of them.
 * Its first 8 digits stand in the name of the era's file.
 */
export function historicalRoot(blockRoots: Uint8Array, stateRoots: Uint8Array): string {
  return hash(Buffer.concat([vectorRoot(blockRoots), vectorRoot(stateRoots)])).toString("hex");
}

function vectorRoot(roots: Uint8Array): Buffer {
  let layer = Buffer.from(roots);
  while (layer.length > 32) {
    const above = Buffer.alloc(layer.length / 2);
    for (let at = 0; at < layer.length; at += 64) hash(layer.subarray(at, at + 64)).copy(above, at / 2);
    layer = above;
  }
  return layer;
}

function hash(bytes: Uint8Array): Buffer {
  return crypto.hash("sha256", bytes, "buffer");
}

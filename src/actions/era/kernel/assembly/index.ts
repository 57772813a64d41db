import { prepareCrc } from "./crc32c";
import { BLOCK, BLOCK_BYTES, INPUT } from "./memory";
import { chunk, decompress, prepareSnappy } from "./snappy";

export { freeExtents, release, seal, setExtents } from "./columns";
export { BYTE_COUNTS, emit, forget, PROGRAM, ROW_COUNTS, VERSIONS } from "./emit";
export { BLOCK, BLOCK_BYTES, EXTENT_BYTES, EXTENT_NEXT, EXTENT_USED, INPUT, INPUT_BYTES, MAX_EXTENTS, POOL } from "./memory";
export { problemAt, problemDetail } from "./problem";
export { setPreset } from "./preset";
export { COUNTS } from "./tables";
export { walk } from "./walk";

/** Once, before anything else. */
export function prepare(): void {
  prepareCrc();
  prepareSnappy();
}

/** Decompresses the record body at INPUT + `at` into BLOCK: its length, or a negative problem. */
export function decompressBlock(at: u32, length: u32, verify: bool): i32 {
  return decompress(INPUT + at, length, BLOCK, BLOCK_BYTES, verify);
}

/** Decompresses one whole chunk of a stream into BLOCK: the length of its content, or a negative problem. */
export function decompressChunk(at: u32, length: u32, verify: bool): i32 {
  return chunk(INPUT + at, length, BLOCK, BLOCK_BYTES, verify);
}

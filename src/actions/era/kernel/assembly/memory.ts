// The map of linear memory. The host creates the memory and writes into INPUT and PROGRAM; a page costs nothing until it
// is touched, so the areas are sized for the largest legal block, not for the usual one.

/** File bytes, put there by the host. */
export const INPUT: usize = 0x0010_0000;
export const INPUT_BYTES: u32 = 0x0340_0000;
/** One decompressed block (or one decompressed chunk of a state), with room behind it for reads of whole vectors. */
export const BLOCK: usize = 0x0350_0000;
export const BLOCK_BYTES: u32 = 0x0200_0000;
/** Arrays of u32, one entry per row of the table that is being written. */
export const ROWS: usize = 0x0560_0000;
export const ROWS_STRIDE: usize = 0x0040_0000;
/** Two lists of validator indices while their union is counted; hashes of transactions while they are written. */
export const SCRATCH: usize = 0x07e0_0000;
export const SCRATCH_BYTES: u32 = 0x0240_0000;
/** Per extent: the one after it in its column (index + 1, 0 = none), and how many bytes of it are used. */
export const EXTENT_NEXT: usize = 0x0a30_0000;
export const EXTENT_USED: usize = 0x0a32_0000;
/** The extents themselves, to the end of the memory. */
export const POOL: usize = 0x0a40_0000;
export const EXTENT_BYTES: u32 = 0x0001_0000;
export const MAX_EXTENTS: u32 = 0x8000;

// Why a block was refused: a code (the host has the words for it), the byte, and the field or value concerned.

let at: u32 = 0;
let detail: u32 = 0;

export const TRUNCATED_CHUNK: i32 = 1;
export const NO_IDENTIFIER: i32 = 2;
export const BAD_IDENTIFIER: i32 = 3;
export const UNKNOWN_CHUNK: i32 = 4;
export const CHUNK_TOO_LARGE: i32 = 5;
export const BAD_COMPRESSION: i32 = 6;
export const BAD_CRC: i32 = 7;
export const TOO_LARGE: i32 = 8;
export const TOO_SHORT: i32 = 20;
export const MESSAGE_OFFSET: i32 = 21;
export const BODY_OFFSET: i32 = 22;
export const OTHER_FORK: i32 = 23;
export const FIELD_OFFSET: i32 = 24;
export const PARTIAL_ITEM: i32 = 25;
export const TOO_MANY_ITEMS: i32 = 26;
export const ITEM_OFFSET: i32 = 27;
export const ITEM_TOO_SHORT: i32 = 28;
export const BITLIST_END: i32 = 29;
export const BITLIST_LENGTH: i32 = 30;
export const BIT_PADDING: i32 = 31;
export const EXTRA_DATA: i32 = 32;
export const OTHER_TIME: i32 = 33;

export function fail(code: i32, where: usize, which: u32 = 0): i32 {
  at = <u32>where;
  detail = which;
  return -code;
}

export function problemAt(): u32 {
  return at;
}

export function problemDetail(): u32 {
  return detail;
}

// Lists of items of fixed size, which stand side by side, and of variable size, which stand behind a table of offsets.

import { BLOCK } from "./memory";
import { fail, ITEM_OFFSET, ITEM_TOO_SHORT, PARTIAL_ITEM, TOO_MANY_ITEMS } from "./problem";
import { remember } from "./tables";

export function fixedList(table: u32, start: usize, end: usize, size: u32, most: u32): i32 {
  const bytes = <u32>(end - start);
  if (bytes % size != 0) return fail(PARTIAL_ITEM, start - BLOCK, table);
  if (bytes / size > most) return fail(TOO_MANY_ITEMS, start - BLOCK, table);
  return remember(table, bytes / size, start);
}

/** Checks the offsets of a list of items of variable size, each at least `least` bytes long. */
export function variableList(table: u32, start: usize, end: usize, most: u32, least: u32): i32 {
  if (start == end) return remember(table, 0, start);
  const bytes = <u32>(end - start);
  if (bytes < 4) return fail(PARTIAL_ITEM, start - BLOCK, table);
  const first = load<u32>(start);
  if (first == 0 || (first & 3) != 0 || first > bytes) return fail(ITEM_OFFSET, start - BLOCK, table);
  const count = first >>> 2;
  if (count > most) return fail(TOO_MANY_ITEMS, start - BLOCK, table);
  let offset = first;
  for (let i: u32 = 1; i <= count; i++) {
    const next = i < count ? load<u32>(start + (i << 2)) : bytes;
    if (next < offset || next > bytes) return fail(ITEM_OFFSET, start + (i << 2) - BLOCK, table);
    if (next - offset < least) return fail(ITEM_TOO_SHORT, start + offset - BLOCK, table);
    offset = next;
  }
  return remember(table, count, start);
}

// @ts-ignore: decorator
@inline export function itemAt(start: usize, i: u32): usize {
  return start + load<u32>(start + (i << 2));
}

// @ts-ignore: decorator
@inline export function itemEnd(start: usize, end: usize, i: u32, count: u32): usize {
  return i + 1 < count ? start + load<u32>(start + (i << 2), 4) : end;
}

// Column buffers: chains of 64 KiB extents out of one pool. Nothing is moved when a column grows, no column has a limit
// of its own, and what was handed over comes back extent by extent.

import { EXTENT_BYTES, EXTENT_NEXT, EXTENT_USED, POOL } from "./memory";

/** Per column: cursor, limit, head extent, tail extent (index + 1, 0 = none). */
const COLUMNS: usize = memory.data(256 * 16, 16);

/** Extents that came back, most recent first: those are warm. */
let free: u32 = 0;
/** How many extents have ever been used; those above are untouched. */
let fresh: u32 = 0;
let available: u32 = 0;

export function setExtents(count: u32): void {
  free = 0;
  fresh = 0;
  available = count;
  memory.fill(COLUMNS, 0, 256 * 16);
}

export function freeExtents(): u32 {
  return available;
}

// @ts-ignore: decorator
@inline export function cursor(column: u32): usize {
  return load<u32>(COLUMNS + (column << 4));
}

// @ts-ignore: decorator
@inline export function limit(column: u32): usize {
  return load<u32>(COLUMNS + (column << 4), 4);
}

// @ts-ignore: decorator
@inline export function setCursor(column: u32, value: usize): void {
  store<u32>(COLUMNS + (column << 4), value);
}

/** Ends the column's extent at `end` and gives it another; the cursor in the new one. The host has made sure of room. */
export function turn(column: u32, end: usize): usize {
  const record = COLUMNS + (column << 4);
  const extent = take();
  const tail = load<u32>(record, 12);
  if (tail == 0) store<u32>(record, extent, 8);
  else {
    store<u32>(EXTENT_USED + ((tail - 1) << 2), end - start(tail));
    store<u32>(EXTENT_NEXT + ((tail - 1) << 2), extent);
  }
  store<u32>(record, extent, 12);
  store<u32>(record, start(extent) + EXTENT_BYTES, 4);
  return start(extent);
}

/** Takes the column's chain out of it: the head extent, or 0. The column is empty then. */
export function seal(column: u32): u32 {
  const record = COLUMNS + (column << 4);
  const head = load<u32>(record, 8);
  const tail = load<u32>(record, 12);
  if (tail != 0) store<u32>(EXTENT_USED + ((tail - 1) << 2), load<u32>(record) - <u32>start(tail));
  memory.fill(record, 0, 16);
  return head;
}

/** Gives a chain that `seal` returned back to the pool. */
export function release(head: u32): void {
  while (head != 0) {
    const next = load<u32>(EXTENT_NEXT + ((head - 1) << 2));
    store<u32>(EXTENT_NEXT + ((head - 1) << 2), free);
    free = head;
    available++;
    head = next;
  }
}

function take(): u32 {
  if (available == 0) unreachable();
  available--;
  let extent: u32;
  if (free != 0) {
    extent = free;
    free = load<u32>(EXTENT_NEXT + ((extent - 1) << 2));
  } else extent = ++fresh;
  store<u32>(EXTENT_NEXT + ((extent - 1) << 2), 0);
  return extent;
}

// @ts-ignore: decorator
@inline function start(extent: u32): usize {
  return POOL + (extent - 1) * EXTENT_BYTES;
}

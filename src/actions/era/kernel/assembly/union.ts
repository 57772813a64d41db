import { SCRATCH } from "./memory";

/** How many different uint64 two lists hold together. Valid blocks have them sorted; nothing here relies on it. */
export function unionSize(first: usize, firstCount: u32, second: usize, secondCount: u32): u32 {
  const n = firstCount + secondCount;
  memory.copy(SCRATCH, first, firstCount << 3);
  memory.copy(SCRATCH + (firstCount << 3), second, secondCount << 3);
  sort(n);
  let different: u32 = 0;
  for (let i: u32 = 0; i < n; i++) {
    if (i == 0 || at(i) != at(i - 1)) different++;
  }
  return different;
}

/** Heapsort: no worst case that a hostile block could choose. */
function sort(n: u32): void {
  for (let i = n >>> 1; i > 0; i--) sift(i - 1, n);
  for (let i = n; i > 1; i--) {
    const last = at(i - 1);
    put(i - 1, at(0));
    put(0, last);
    sift(0, i - 1);
  }
}

function sift(root: u32, n: u32): void {
  const value = at(root);
  for (;;) {
    let child = (root << 1) + 1;
    if (child >= n) break;
    if (child + 1 < n && at(child + 1) > at(child)) child++;
    if (at(child) <= value) break;
    put(root, at(child));
    root = child;
  }
  put(root, value);
}

// @ts-ignore: decorator
@inline function at(i: u32): u64 {
  return load<u64>(SCRATCH + (<usize>i << 3));
}

// @ts-ignore: decorator
@inline function put(i: u32, value: u64): void {
  store<u64>(SCRATCH + (<usize>i << 3), value);
}

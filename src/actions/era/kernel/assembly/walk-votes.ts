// Attestations and attester slashings.

import { itemAt, itemEnd, variableList } from "./lists";
import { BLOCK } from "./memory";
import { committees } from "./preset";
import {
  BIT_PADDING,
  BITLIST_END,
  BITLIST_LENGTH,
  fail,
  ITEM_OFFSET,
  ITEM_TOO_SHORT,
  PARTIAL_ITEM,
  TOO_MANY_ITEMS,
} from "./problem";
import { ATTESTATIONS, ATTESTER_SLASHINGS, countOf, ELECTRA } from "./tables";

export let attestationsEnd: usize = 0;
export let attesterSlashingsEnd: usize = 0;
/** Bytes of an attestation in front of its bits. */
export let attestationHead: u32 = 228;

export function attestations(start: usize, end: usize, fork: u32): i32 {
  const committeeBytes = fork >= ELECTRA ? (committees + 7) >>> 3 : 0;
  attestationHead = 228 + committeeBytes;
  attestationsEnd = end;
  const problem = variableList(ATTESTATIONS, start, end, fork >= ELECTRA ? 8 : 128, attestationHead + 1);
  if (problem) return problem;
  const mostBits: u32 = fork >= ELECTRA ? 2048 * committees : 2048;
  const count = countOf(ATTESTATIONS);
  for (let i: u32 = 0; i < count; i++) {
    const at = itemAt(start, i);
    if (load<u32>(at) != attestationHead) return fail(ITEM_OFFSET, at - BLOCK, ATTESTATIONS);
    if (committeeBytes != 0 && (committees & 7) != 0) {
      const last: u32 = load<u8>(at + attestationHead - 1);
      if (last >>> (committees & 7) != 0) return fail(BIT_PADDING, at + attestationHead - 1 - BLOCK, ATTESTATIONS);
    }
    const bitsEnd = itemEnd(start, end, i, count);
    const last: u32 = load<u8>(bitsEnd - 1);
    if (last == 0) return fail(BITLIST_END, bitsEnd - 1 - BLOCK, ATTESTATIONS);
    const bits = ((<u32>(bitsEnd - at) - attestationHead) << 3) - clz(last) + 23;
    if (bits > mostBits) return fail(BITLIST_LENGTH, at + attestationHead - BLOCK, ATTESTATIONS);
  }
  return 0;
}

export function attesterSlashings(start: usize, end: usize, fork: u32): i32 {
  attesterSlashingsEnd = end;
  const problem = variableList(ATTESTER_SLASHINGS, start, end, fork >= ELECTRA ? 1 : 2, 8);
  if (problem) return problem;
  const most: u32 = fork >= ELECTRA ? 2048 * committees : 2048;
  const count = countOf(ATTESTER_SLASHINGS);
  for (let i: u32 = 0; i < count; i++) {
    const at = itemAt(start, i);
    const bytes = <u32>(itemEnd(start, end, i, count) - at);
    const second = load<u32>(at, 4);
    if (load<u32>(at) != 8) return fail(ITEM_OFFSET, at - BLOCK, ATTESTER_SLASHINGS);
    if (second < 8 || second > bytes) return fail(ITEM_OFFSET, at + 4 - BLOCK, ATTESTER_SLASHINGS);
    let bad = indexedAttestation(at + 8, second - 8, most);
    if (bad) return bad;
    bad = indexedAttestation(at + second, bytes - second, most);
    if (bad) return bad;
  }
  return 0;
}

function indexedAttestation(at: usize, bytes: u32, most: u32): i32 {
  if (bytes < 228) return fail(ITEM_TOO_SHORT, at - BLOCK, ATTESTER_SLASHINGS);
  if (load<u32>(at) != 228) return fail(ITEM_OFFSET, at - BLOCK, ATTESTER_SLASHINGS);
  if (((bytes - 228) & 7) != 0) return fail(PARTIAL_ITEM, at + 228 - BLOCK, ATTESTER_SLASHINGS);
  if ((bytes - 228) >>> 3 > most) return fail(TOO_MANY_ITEMS, at + 228 - BLOCK, ATTESTER_SLASHINGS);
  return 0;
}

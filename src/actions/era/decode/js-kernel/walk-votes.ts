import type { Preset } from "../../../../lib/beacon/presets.ts";
import { PROBLEM } from "../problems.ts";
import { type BlockReader, type Range, type Rows, table } from "./block-reader.ts";

/** Bytes of an attestation or an indexed attestation in front of what has no fixed length. */
const HEAD = 228;
const MAX_VALIDATORS_PER_COMMITTEE = 2048;

const ATTESTATIONS = table("attestations");
const ATTESTER_SLASHINGS = table("attester_slashings");

/** Attestations; the bytes of a row are its aggregation bits. Electra put the bits of all committees into one list. */
export function attestations(reader: BlockReader, range: Range, electra: boolean, preset: Preset): Rows {
  const committees = preset.maxCommitteesPerSlot;
  const head = HEAD + (electra ? Math.ceil(committees / 8) : 0);
  const rows = reader.variableList(ATTESTATIONS, range, electra ? 8 : 128, head + 1);
  const mostBits = MAX_VALIDATORS_PER_COMMITTEE * (electra ? committees : 1);
  for (let i = 0; i < rows.count; i++) {
    const at = rows.at(i);
    const [, end] = rows.bytes(i, 0);
    if (reader.uint32(at) !== head) reader.refuse(PROBLEM.itemOffset, at, ATTESTATIONS);
    if (electra && committees % 8 !== 0 && reader.byte(at + head - 1) >>> (committees % 8) !== 0) {
      reader.refuse(PROBLEM.bitPadding, at + head - 1, ATTESTATIONS);
    }
    const last = reader.byte(end - 1);
    if (last === 0) reader.refuse(PROBLEM.bitlistEnd, end - 1, ATTESTATIONS);
    if (8 * (end - at - head) + 23 - Math.clz32(last) > mostBits) {
      reader.refuse(PROBLEM.bitlistLength, at + head, ATTESTATIONS);
    }
  }
  return { ...rows, bytes: (i) => [rows.at(i) + head, rows.bytes(i, 0)[1]] };
}

/** Attester slashings; the bytes of a row are the indices of its first and of its second attestation. */
export function attesterSlashings(reader: BlockReader, range: Range, electra: boolean, preset: Preset): Rows {
  const rows = reader.variableList(ATTESTER_SLASHINGS, range, electra ? 1 : 2, 8);
  const most = MAX_VALIDATORS_PER_COMMITTEE * (electra ? preset.maxCommitteesPerSlot : 1);
  const second = (i: number) => rows.at(i) + reader.uint32(rows.at(i) + 4);
  for (let i = 0; i < rows.count; i++) {
    const at = rows.at(i);
    const [, end] = rows.bytes(i, 0);
    if (reader.uint32(at) !== 8) reader.refuse(PROBLEM.itemOffset, at, ATTESTER_SLASHINGS);
    if (second(i) < at + 8 || second(i) > end) reader.refuse(PROBLEM.itemOffset, at + 4, ATTESTER_SLASHINGS);
    indexedAttestation(reader, [at + 8, second(i)], most);
    indexedAttestation(reader, [second(i), end], most);
  }
  return {
    ...rows,
    bytes: (i, which) => (which === 0 ? [rows.at(i) + 8 + HEAD, second(i)] : [second(i) + HEAD, rows.bytes(i, 0)[1]]),
  };
}

function indexedAttestation(reader: BlockReader, [at, end]: Range, most: number): void {
  if (end - at < HEAD) reader.refuse(PROBLEM.itemTooShort, at, ATTESTER_SLASHINGS);
  if (reader.uint32(at) !== HEAD) reader.refuse(PROBLEM.itemOffset, at, ATTESTER_SLASHINGS);
  if ((end - at - HEAD) % 8 !== 0) reader.refuse(PROBLEM.partialItem, at + HEAD, ATTESTER_SLASHINGS);
  if ((end - at - HEAD) / 8 > most) reader.refuse(PROBLEM.tooManyItems, at + HEAD, ATTESTER_SLASHINGS);
}

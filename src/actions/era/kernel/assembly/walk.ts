// Checks every length and every offset of a decompressed SignedBeaconBlock against the consensus specifications, and
// remembers where the rows of each table are. Nothing is written before the whole block has passed.

import { fixedList } from "./lists";
import { BLOCK } from "./memory";
import { syncBytes } from "./preset";
import { BODY_OFFSET, FIELD_OFFSET, fail, MESSAGE_OFFSET, OTHER_FORK, TOO_SHORT } from "./problem";
import {
  ALTAIR,
  ATTESTATIONS,
  ATTESTER_SLASHINGS,
  BELLATRIX,
  BLOBS,
  BLOCKS,
  BLS_CHANGES,
  clearTables,
  DEPOSITS,
  ELECTRA,
  EXITS,
  PAYLOAD_FIELD,
  PROPOSER_SLASHINGS,
  REQUESTS_FIELD,
  SYNC_AGGREGATES,
  single,
} from "./tables";
import { executionPayload, executionRequests } from "./walk-execution";
import { attestations, attesterSlashings } from "./walk-votes";

/** Where the body begins. */
const BODY: usize = BLOCK + 184;

/** `fork` is the index of the fork in force at the block's slot, `time` the Unix time of that slot. 0 or a problem. */
export function walk(length: u32, fork: u32, time: u64): i32 {
  clearTables();
  fork = min(fork, ELECTRA);
  const end = BLOCK + length;
  if (length < 388) return fail(TOO_SHORT, length);
  if (load<u32>(BLOCK) != 100) return fail(MESSAGE_OFFSET, 0, load<u32>(BLOCK));
  if (load<u32>(BLOCK, 180) != 84) return fail(BODY_OFFSET, 180, load<u32>(BLOCK, 180));
  const sync: u32 = fork >= ALTAIR ? syncBytes + 96 : 0;
  const late: u32 = fork >= BELLATRIX ? fork - 1 : 0;
  const head: u32 = 220 + sync + 4 * late;
  const first = load<u32>(BODY, 200);
  if (first != head) return fail(OTHER_FORK, 384, first);
  if (length < 184 + head) return fail(TOO_SHORT, length);

  // Nine offsets at most: five in front of the sync aggregate, the others behind it.
  let previous = head;
  for (let i: u32 = 0; i < 5 + late; i++) {
    const where = offsetAt(i, sync);
    const offset = load<u32>(where);
    if (offset < previous || offset > <u32>(end - BODY)) return fail(FIELD_OFFSET, where - BLOCK, fieldName(i));
    previous = offset;
  }
  single(BLOCKS, BLOCK);
  if (fork >= ALTAIR) single(SYNC_AGGREGATES, BLOCK + 404);

  let problem = fixedList(PROPOSER_SLASHINGS, field(0, sync), field(1, sync), 416, 16);
  if (problem) return problem;
  problem = attesterSlashings(field(1, sync), field(2, sync), fork);
  if (problem) return problem;
  problem = attestations(field(2, sync), field(3, sync), fork);
  if (problem) return problem;
  problem = fixedList(DEPOSITS, field(3, sync), field(4, sync), 1240, 16);
  if (problem) return problem;
  problem = fixedList(EXITS, field(4, sync), late == 0 ? end : field(5, sync), 112, 16);
  if (problem || late == 0) return problem;
  problem = executionPayload(field(5, sync), late == 1 ? end : field(6, sync), fork, time);
  if (problem || late == 1) return problem;
  problem = fixedList(BLS_CHANGES, field(6, sync), late == 2 ? end : field(7, sync), 172, 16);
  if (problem || late == 2) return problem;
  problem = fixedList(BLOBS, field(7, sync), late == 3 ? end : field(8, sync), 48, 4096);
  if (problem || late == 3) return problem;
  return executionRequests(field(8, sync), end);
}

// @ts-ignore: decorator
@inline function offsetAt(i: u32, sync: u32): usize {
  return BODY + 200 + (i << 2) + (i < 5 ? 0 : sync);
}

// @ts-ignore: decorator
@inline function field(i: u32, sync: u32): usize {
  return BODY + load<u32>(offsetAt(i, sync));
}

function fieldName(i: u32): u32 {
  switch (i) {
    case 0:
      return PROPOSER_SLASHINGS;
    case 1:
      return ATTESTER_SLASHINGS;
    case 2:
      return ATTESTATIONS;
    case 3:
      return DEPOSITS;
    case 4:
      return EXITS;
    case 5:
      return PAYLOAD_FIELD;
    case 6:
      return BLS_CHANGES;
    case 7:
      return BLOBS;
    default:
      return REQUESTS_FIELD;
  }
}

import { forkIndex } from "../../../../lib/beacon/forks.ts";
import type { Preset } from "../../../../lib/beacon/presets.ts";
import { DATASET_NAMES, type DatasetName } from "../datasets.ts";
import { FIELD, PROBLEM, type ProblemCode } from "../problems.ts";
import { BlockReader, NO_ROWS, type Range, Refused, type Rows, single, table } from "./block-reader.ts";
import { executionPayload, executionRequests } from "./walk-execution.ts";
import { attestations, attesterSlashings } from "./walk-votes.ts";

export type Walked =
  | {
      readonly kind: "ok";
      /** In the order of DATASETS. */
      readonly tables: readonly Rows[];
    }
  | { readonly kind: "problem"; readonly code: ProblemCode; readonly at: number; readonly detail: number };

/** Checks a SignedBeaconBlock as assembly/walk.ts does, in the same order. */
export function walk(block: Uint8Array, fork: number, time: number, preset: Preset): Walked {
  try {
    const tables = walkBlock(new BlockReader(block), Math.min(fork, forkIndex("electra")), time, preset);
    return { kind: "ok", tables: DATASET_NAMES.map((name) => tables[name] ?? NO_ROWS) };
  } catch (error) {
    if (!(error instanceof Refused)) throw error;
    return { kind: "problem", code: error.code, at: error.at, detail: error.detail };
  }
}

/** Where the body begins in a SignedBeaconBlock. */
const BODY = 184;

/** The fields of a body whose offsets stand in it, in order: five in front of the sync aggregate, the others behind. */
const FIELDS = [
  ...["proposer_slashings", "attester_slashings", "attestations", "deposits", "voluntary_exits"].map((name) =>
    table(name as DatasetName),
  ),
  ...[FIELD.payload, table("bls_changes"), table("blob_commitments"), FIELD.requests],
];

function walkBlock(
  reader: BlockReader,
  fork: number,
  time: number,
  preset: Preset,
): { readonly [name in DatasetName]?: Rows } {
  const { length } = reader;
  if (length < 388) reader.refuse(PROBLEM.tooShort, length);
  if (reader.uint32(0) !== 100) reader.refuse(PROBLEM.messageOffset, 0, reader.uint32(0));
  if (reader.uint32(180) !== 84) reader.refuse(PROBLEM.bodyOffset, 180, reader.uint32(180));
  const altair = fork >= forkIndex("altair");
  const electra = fork >= forkIndex("electra");
  const syncBytes = preset.syncCommitteeSize / 8;
  const sync = altair ? syncBytes + 96 : 0;
  const late = Math.max(0, fork - 1);
  const head = 220 + sync + 4 * late;
  const first = reader.uint32(BODY + 200);
  if (first !== head) reader.refuse(PROBLEM.otherFork, 384, first);
  if (length < BODY + head) reader.refuse(PROBLEM.tooShort, length);
  const bounds = fieldBounds(reader, head, sync, 5 + late);
  const range = (i: number): Range => [bounds[i]!, bounds[i + 1]!];

  return {
    blocks: single(0),
    ...(altair && { sync_aggregates: single(404, [404, 404 + syncBytes]) }),
    proposer_slashings: reader.fixedList(table("proposer_slashings"), range(0), 416, 16),
    attester_slashings: attesterSlashings(reader, range(1), electra, preset),
    attestations: attestations(reader, range(2), electra, preset),
    deposits: reader.fixedList(table("deposits"), range(3), 1240, 16),
    voluntary_exits: reader.fixedList(table("voluntary_exits"), range(4), 112, 16),
    ...(late >= 1 && executionPayload(reader, range(5), fork, time, preset)),
    ...(late >= 2 && { bls_changes: reader.fixedList(table("bls_changes"), range(6), 172, 16) }),
    ...(late >= 3 && { blob_commitments: reader.fixedList(table("blob_commitments"), range(7), 48, 4096) }),
    ...(late >= 4 && executionRequests(reader, range(8))),
  };
}

/** Where each field begins, and where the last one ends. */
function fieldBounds(reader: BlockReader, head: number, sync: number, count: number): number[] {
  const bounds: number[] = [];
  for (let i = 0; i < count; i++) {
    const where = BODY + 200 + 4 * i + (i < 5 ? 0 : sync);
    const start = BODY + reader.uint32(where);
    if (start < (bounds.at(-1) ?? BODY + head) || start > reader.length) {
      reader.refuse(PROBLEM.fieldOffset, where, FIELDS[i]!);
    }
    bounds.push(start);
  }
  return [...bounds, reader.length];
}

import type { Preset } from "../../../../lib/beacon/presets.ts";
import { FIELD, PROBLEM, type ProblemCode } from "../problems.ts";

const TABLE = {
  blocks: 0,
  syncAggregates: 1,
  payloads: 2,
  transactions: 3,
  withdrawals: 4,
  attestations: 5,
  deposits: 6,
  exits: 7,
  proposerSlashings: 8,
  attesterSlashings: 9,
  blsChanges: 10,
  blobs: 11,
  depositRequests: 12,
  withdrawalRequests: 13,
  consolidationRequests: 14,
} as const;

const ALTAIR = 1;
const BELLATRIX = 2;
const CAPELLA = 3;
const DENEB = 4;
const ELECTRA = 5;

/** Where the body begins in a SignedBeaconBlock. */
const BODY = 184;

/** The fields of a body whose offsets stand in it, in order. */
const FIELDS = [
  TABLE.proposerSlashings,
  TABLE.attesterSlashings,
  TABLE.attestations,
  TABLE.deposits,
  TABLE.exits,
  FIELD.payload,
  TABLE.blsChanges,
  TABLE.blobs,
  FIELD.requests,
];

/** Thrown inside the walk only. */
class Refused {
  readonly code: ProblemCode;
  readonly at: number;
  readonly detail: number;

  constructor(code: ProblemCode, at: number, detail: number) {
    this.code = code;
    this.at = at;
    this.detail = detail;
  }
}

/** The rows of one table: where each begins, and its parts of variable length. */
export type Rows = {
  readonly count: number;
  readonly at: (row: number) => number;
  /** Begin and end of the row's bytes of variable length. */
  readonly bytes: (row: number, which: number) => readonly [number, number];
};

export type Walked =
  | { readonly kind: "ok"; readonly payload: number; readonly tables: readonly Rows[] }
  | { readonly kind: "problem"; readonly code: ProblemCode; readonly at: number; readonly detail: number };

/** Checks a SignedBeaconBlock as assembly/walk.ts does, in the same order. */
export function walk(block: Uint8Array, fork: number, time: number, preset: Preset): Walked {
  try {
    return new Walk(block, Math.min(fork, ELECTRA), time, preset).run();
  } catch (error) {
    if (!(error instanceof Refused)) throw error;
    return { kind: "problem", code: error.code, at: error.at, detail: error.detail };
  }
}

const NO_ROWS: Rows = { count: 0, at: () => 0, bytes: () => [0, 0] };

class Walk {
  readonly #view: DataView;
  readonly #length: number;
  readonly #fork: number;
  readonly #time: number;
  readonly #preset: Preset;
  readonly #tables: Rows[] = Array.from({ length: 15 }, () => NO_ROWS);
  #payload = 0;

  constructor(block: Uint8Array, fork: number, time: number, preset: Preset) {
    this.#view = new DataView(block.buffer, block.byteOffset, block.length);
    this.#length = block.length;
    this.#fork = fork;
    this.#time = time;
    this.#preset = preset;
  }

  run(): Walked {
    const fork = this.#fork;
    if (this.#length < 388) this.#refuse(PROBLEM.tooShort, this.#length);
    if (this.#uint32(0) !== 100) this.#refuse(PROBLEM.messageOffset, 0, this.#uint32(0));
    if (this.#uint32(180) !== 84) this.#refuse(PROBLEM.bodyOffset, 180, this.#uint32(180));
    const syncBytes = this.#preset.syncCommitteeSize / 8;
    const sync = fork >= ALTAIR ? syncBytes + 96 : 0;
    const late = fork >= BELLATRIX ? fork - 1 : 0;
    const head = 220 + sync + 4 * late;
    const first = this.#uint32(BODY + 200);
    if (first !== head) this.#refuse(PROBLEM.otherFork, 384, first);
    if (this.#length < BODY + head) this.#refuse(PROBLEM.tooShort, this.#length);
    const bounds: number[] = [];
    for (let i = 0; i < 5 + late; i++) {
      const where = BODY + 200 + 4 * i + (i < 5 ? 0 : sync);
      const offset = this.#uint32(where);
      if (offset < (bounds.at(-1) ?? head) || offset > this.#length - BODY) {
        this.#refuse(PROBLEM.fieldOffset, where, FIELDS[i]!);
      }
      bounds.push(offset);
    }
    const starts = [...bounds.map((offset) => BODY + offset), this.#length];
    const range = (i: number) => [starts[i]!, starts[i + 1]!] as const;

    this.#single(TABLE.blocks, 0);
    if (fork >= ALTAIR) this.#single(TABLE.syncAggregates, 404, [404, 404 + syncBytes]);
    this.#fixedList(TABLE.proposerSlashings, range(0), 416, 16);
    this.#attesterSlashings(range(1));
    this.#attestations(range(2));
    this.#fixedList(TABLE.deposits, range(3), 1240, 16);
    this.#fixedList(TABLE.exits, range(4), 112, 16);
    if (late >= 1) this.#executionPayload(range(5));
    if (late >= 2) this.#fixedList(TABLE.blsChanges, range(6), 172, 16);
    if (late >= 3) this.#fixedList(TABLE.blobs, range(7), 48, 4096);
    if (late >= 4) this.#requests(range(8));
    return { kind: "ok", payload: this.#payload, tables: this.#tables };
  }

  #attestations(range: readonly [number, number]): void {
    const electra = this.#fork >= ELECTRA;
    const committees = this.#preset.maxCommitteesPerSlot;
    const head = 228 + (electra ? Math.ceil(committees / 8) : 0);
    const rows = this.#variableList(TABLE.attestations, range, electra ? 8 : 128, head + 1);
    const mostBits = electra ? 2048 * committees : 2048;
    for (let i = 0; i < rows.count; i++) {
      const at = rows.at(i);
      const [, end] = rows.bytes(i, 0);
      if (this.#uint32(at) !== head) this.#refuse(PROBLEM.itemOffset, at, TABLE.attestations);
      if (electra && committees % 8 !== 0 && this.#view.getUint8(at + head - 1) >>> (committees % 8) !== 0) {
        this.#refuse(PROBLEM.bitPadding, at + head - 1, TABLE.attestations);
      }
      const last = this.#view.getUint8(end - 1);
      if (last === 0) this.#refuse(PROBLEM.bitlistEnd, end - 1, TABLE.attestations);
      if (8 * (end - at - head) + 23 - Math.clz32(last) > mostBits) {
        this.#refuse(PROBLEM.bitlistLength, at + head, TABLE.attestations);
      }
    }
    this.#tables[TABLE.attestations] = { ...rows, bytes: (i) => [rows.at(i) + head, rows.bytes(i, 0)[1]] };
  }

  #attesterSlashings(range: readonly [number, number]): void {
    const electra = this.#fork >= ELECTRA;
    const table = TABLE.attesterSlashings;
    const rows = this.#variableList(table, range, electra ? 1 : 2, 8);
    const most = electra ? 2048 * this.#preset.maxCommitteesPerSlot : 2048;
    for (let i = 0; i < rows.count; i++) {
      const at = rows.at(i);
      const [, end] = rows.bytes(i, 0);
      const second = this.#uint32(at + 4);
      if (this.#uint32(at) !== 8) this.#refuse(PROBLEM.itemOffset, at, table);
      if (second < 8 || second > end - at) this.#refuse(PROBLEM.itemOffset, at + 4, table);
      this.#indexedAttestation(at + 8, at + second, most);
      this.#indexedAttestation(at + second, end, most);
    }
    this.#tables[table] = {
      ...rows,
      bytes: (i, which) => {
        const second = rows.at(i) + this.#uint32(rows.at(i) + 4);
        return which === 0 ? [rows.at(i) + 8 + 228, second] : [second + 228, rows.bytes(i, 0)[1]];
      },
    };
  }

  #indexedAttestation(at: number, end: number, most: number): void {
    const table = TABLE.attesterSlashings;
    if (end - at < 228) this.#refuse(PROBLEM.itemTooShort, at, table);
    if (this.#uint32(at) !== 228) this.#refuse(PROBLEM.itemOffset, at, table);
    if ((end - at - 228) % 8 !== 0) this.#refuse(PROBLEM.partialItem, at + 228, table);
    if ((end - at - 228) / 8 > most) this.#refuse(PROBLEM.tooManyItems, at + 228, table);
  }

  #executionPayload([start, end]: readonly [number, number]): void {
    const capella = this.#fork >= CAPELLA;
    const head = this.#fork >= DENEB ? 528 : capella ? 512 : 508;
    const bytes = end - start;
    if (bytes < head) this.#refuse(PROBLEM.itemTooShort, start, FIELD.payload);
    const extra = this.#uint32(start + 436);
    const transactions = this.#uint32(start + 504);
    const withdrawals = capella ? this.#uint32(start + 508) : bytes;
    if (extra !== head) this.#refuse(PROBLEM.fieldOffset, start + 436, FIELD.extraData);
    if (transactions < extra || transactions > bytes) {
      this.#refuse(PROBLEM.fieldOffset, start + 504, TABLE.transactions);
    }
    if (withdrawals < transactions || withdrawals > bytes) {
      this.#refuse(PROBLEM.fieldOffset, start + 508, TABLE.withdrawals);
    }
    if (transactions - extra > 32) this.#refuse(PROBLEM.extraData, start + extra, FIELD.extraData);
    const stamp = this.#view.getBigUint64(start + 428, true);
    if (stamp !== 0n && stamp !== BigInt(this.#time)) this.#refuse(PROBLEM.otherTime, start + 428, FIELD.payload);
    this.#payload = start;
    this.#single(TABLE.payloads, start, [start + extra, start + transactions]);
    this.#variableList(TABLE.transactions, [start + transactions, start + withdrawals], 2 ** 20, 0);
    if (capella) this.#fixedList(TABLE.withdrawals, [start + withdrawals, end], 44, this.#preset.maxWithdrawals);
  }

  #requests([start, end]: readonly [number, number]): void {
    const bytes = end - start;
    if (bytes < 12) this.#refuse(PROBLEM.itemTooShort, start, FIELD.requests);
    const withdrawals = this.#uint32(start + 4);
    const consolidations = this.#uint32(start + 8);
    if (this.#uint32(start) !== 12) this.#refuse(PROBLEM.fieldOffset, start, TABLE.depositRequests);
    if (withdrawals < 12 || withdrawals > bytes) {
      this.#refuse(PROBLEM.fieldOffset, start + 4, TABLE.withdrawalRequests);
    }
    if (consolidations < withdrawals || consolidations > bytes) {
      this.#refuse(PROBLEM.fieldOffset, start + 8, TABLE.consolidationRequests);
    }
    this.#fixedList(TABLE.depositRequests, [start + 12, start + withdrawals], 192, 8192);
    this.#fixedList(TABLE.withdrawalRequests, [start + withdrawals, start + consolidations], 76, 16);
    this.#fixedList(TABLE.consolidationRequests, [start + consolidations, end], 116, 2);
  }

  #single(table: number, at: number, bytes: readonly [number, number] = [0, 0]): void {
    this.#tables[table] = { count: 1, at: () => at, bytes: () => bytes };
  }

  #fixedList(table: number, [start, end]: readonly [number, number], size: number, most: number): void {
    if ((end - start) % size !== 0) this.#refuse(PROBLEM.partialItem, start, table);
    const count = (end - start) / size;
    if (count > most) this.#refuse(PROBLEM.tooManyItems, start, table);
    this.#tables[table] = { count, at: (row) => start + size * row, bytes: () => [0, 0] };
  }

  #variableList(table: number, [start, end]: readonly [number, number], most: number, least: number): Rows {
    const bytes = end - start;
    if (bytes === 0) return NO_ROWS;
    if (bytes < 4) this.#refuse(PROBLEM.partialItem, start, table);
    const first = this.#uint32(start);
    if (first === 0 || first % 4 !== 0 || first > bytes) this.#refuse(PROBLEM.itemOffset, start, table);
    const count = first / 4;
    if (count > most) this.#refuse(PROBLEM.tooManyItems, start, table);
    let offset = first;
    for (let i = 1; i <= count; i++) {
      const next = i < count ? this.#uint32(start + 4 * i) : bytes;
      if (next < offset || next > bytes) this.#refuse(PROBLEM.itemOffset, start + 4 * i, table);
      if (next - offset < least) this.#refuse(PROBLEM.itemTooShort, start + offset, table);
      offset = next;
    }
    const at = (row: number) => start + this.#uint32(start + 4 * row);
    const rows: Rows = { count, at, bytes: (row) => [at(row), row + 1 < count ? at(row + 1) : end] };
    this.#tables[table] = rows;
    return rows;
  }

  #uint32(at: number): number {
    return this.#view.getUint32(at, true);
  }

  #refuse(code: ProblemCode, at: number, detail = 0): never {
    throw new Refused(code, at, detail);
  }
}

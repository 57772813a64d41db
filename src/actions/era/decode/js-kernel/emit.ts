import type { Instruction } from "../layout.ts";
import { type Rows, table } from "./block-reader.ts";
import type { ColumnBuffer } from "./column.ts";
import { keccak256 } from "./keccak.ts";

/** A walked block and what is the same for all its rows. */
export type EmitContext = {
  readonly block: Uint8Array;
  readonly view: DataView;
  readonly tables: readonly Rows[];
  readonly slot: number;
  readonly time: number;
  readonly fork: number;
  readonly version: string;
};

/** Appends the values of all rows of a table to one of its columns. */
export function emitColumn(column: ColumnBuffer, instruction: Instruction, rows: Rows, context: EmitContext): void {
  const from = column.length;
  const shared = blockValue(column, instruction, context);
  if (shared) column.repeat(from, rows.count);
  else for (let row = 0; row < rows.count; row++) rowValue(column, instruction, rows, row, context);
}

/** Appends the value once if it is the same for all rows of the block; else false. */
function blockValue(column: ColumnBuffer, instruction: Instruction, context: EmitContext): boolean {
  const { block } = context;
  const payload = context.tables[PAYLOADS]!.at(0);
  switch (instruction.kind) {
    case "slot":
      column.uint64(context.slot);
      return true;
    case "time":
      column.uint32(context.time);
      return true;
    case "zero32":
      column.uint32(0);
      return true;
    case "zero64":
      column.uint64(0);
      return true;
    case "version":
      column.ascii(context.version);
      return true;
    case "base-fee":
      column.ascii(uint256(block, payload + 440).toString());
      return true;
    case "length":
      column.uint64(context.tables[table(instruction.dataset)]!.count);
      return true;
    case "payload-uint64":
      if (context.fork >= instruction.since) column.copy64(block, payload + instruction.at);
      else column.uint64(0);
      return true;
    case "payload-hex":
      column.hex(block, payload + instruction.at, instruction.bytes);
      return true;
    default:
      return false;
  }
}

function rowValue(column: ColumnBuffer, instruction: Instruction, rows: Rows, row: number, context: EmitContext): void {
  const { block, view } = context;
  switch (instruction.kind) {
    case "index":
      column.uint64(row);
      break;
    case "uint64":
      column.copy64(block, base(rows, row, instruction.base) + instruction.at);
      break;
    case "hex":
      column.hex(block, base(rows, row, instruction.base) + instruction.at, instruction.bytes);
      break;
    case "bytes": {
      const [start, end] = rows.bytes(row, instruction.which);
      column.hex(block, start, end - start);
      break;
    }
    case "keccak":
      column.hex(keccak256(block.subarray(...rows.bytes(row, 0))), 0, 32);
      break;
    case "count":
      column.uint32(counted(rows, row, instruction.which, context));
      break;
    case "proof":
      column.ascii(proof(block, rows.at(row)));
      break;
    case "indices": {
      const texts = uint64s(view, rows.bytes(row, instruction.which)).map((index) => `"${index}"`);
      column.ascii(`[${texts.join(", ")}]`);
      break;
    }
  }
}

/** The row, or its first or second attestation: those begin 228 bytes in front of their indices. */
function base(rows: Rows, row: number, which: number): number {
  return which === 0 ? rows.at(row) : rows.bytes(row, which - 1)[0] - 228;
}

/** Participants of a sync aggregate; indices of a slashing's first and second attestation, and of both together. */
function counted(rows: Rows, row: number, which: number, { block, view, tables }: EmitContext): number {
  if (rows === tables[SYNC_AGGREGATES]) {
    let set = 0;
    const [start, end] = rows.bytes(row, 0);
    for (let i = start; i < end; i++) for (let byte = block[i]!; byte !== 0; byte &= byte - 1) set++;
    return set;
  }
  if (which < 2) {
    const [start, end] = rows.bytes(row, which);
    return (end - start) / 8;
  }
  return new Set([...uint64s(view, rows.bytes(row, 0)), ...uint64s(view, rows.bytes(row, 1))]).size;
}

const PAYLOADS = table("execution_payloads");
const SYNC_AGGREGATES = table("sync_aggregates");

function proof(block: Uint8Array, at: number): string {
  const hashes = Array.from({ length: 33 }, (_, i) => {
    const hash = Buffer.from(block.buffer, block.byteOffset + at + 32 * i, 32);
    return `"0x${hash.toString("hex")}"`;
  });
  return `[${hashes.join(", ")}]`;
}

function uint64s(view: DataView, [start, end]: readonly [number, number]): bigint[] {
  return Array.from({ length: (end - start) / 8 }, (_, i) => view.getBigUint64(start + 8 * i, true));
}

function uint256(bytes: Uint8Array, at: number): bigint {
  let value = 0n;
  for (let i = 31; i >= 0; i--) value = (value << 8n) | BigInt(bytes[at + i]!);
  return value;
}

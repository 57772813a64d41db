import type { ConstantColumn } from "./contract.ts";
import type { Column } from "./datasets.ts";

/**
 * A block of ClickHouse's Native format in pieces: number of columns, number of rows, then per column its name, its type
 * and its values. Source: ClickHouse documentation, formats/Native.
 */
export function nativeBlock(
  rows: number,
  constants: readonly ConstantColumn[],
  columns: readonly { readonly column: Column; readonly values: readonly Uint8Array[] }[],
): Uint8Array[] {
  const parts: Uint8Array[] = [Uint8Array.from([...varint(constants.length + columns.length), ...varint(rows)])];
  for (const constant of constants) parts.push(columnHead(constant), ...repeated(constantValue(constant), rows));
  for (const { column, values } of columns) parts.push(columnHead(column), ...values);
  return parts;
}

function columnHead({ name, type }: { readonly name: string; readonly type: string }): Uint8Array {
  return Uint8Array.from([...text(name), ...text(type)]);
}

function constantValue(constant: ConstantColumn): Uint8Array {
  switch (constant.type) {
    case "String":
      return Uint8Array.from(text(constant.value));
    case "UInt32":
      return new Uint8Array(Uint32Array.of(constant.value).buffer);
    case "UInt64":
      return new Uint8Array(BigUint64Array.of(constant.value).buffer);
  }
}

/** `value` so many times, as pieces that share their memory. */
function repeated(value: Uint8Array, times: number): Uint8Array[] {
  const perPiece = Math.max(1, Math.floor(REPEAT_BYTES / Math.max(1, value.length)));
  const piece = new Uint8Array(Buffer.alloc(Math.min(times, perPiece) * value.length, value));
  const whole = Math.floor(times / perPiece);
  const rest = piece.subarray(0, (times % perPiece) * value.length);
  return [...Array.from({ length: whole }, () => piece), ...(rest.length > 0 ? [rest] : [])];
}

const REPEAT_BYTES = 65_536;

function text(value: string): number[] {
  const bytes = new TextEncoder().encode(value);
  return [...varint(bytes.length), ...bytes];
}

function varint(value: number): number[] {
  const bytes: number[] = [];
  let rest = value;
  for (; rest > 127; rest = Math.floor(rest / 128)) bytes.push((rest % 128) + 128);
  return [...bytes, rest];
}

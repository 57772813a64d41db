import type { Kernel } from "../../../../../src/actions/era/decode/kernel.ts";
import { nativeBlock } from "../../../../../src/actions/era/decode/native-block.ts";
import type { Program } from "../../../../../src/actions/era/decode/program.ts";
import { type NativeRow, readNative } from "../../../../../src/actions/era/decode/read-native.ts";
import { compressFrames } from "../../../../../src/lab/era-files/snappy.ts";

export type Verdict =
  | { readonly kind: "rows"; readonly rows: { readonly [dataset: string]: readonly NativeRow[] } }
  | { readonly kind: "refused"; readonly code: number; readonly at: number; readonly detail: number };

/** Sends one serialized block through a kernel that has been started with `program`. */
export function kernelRows(
  kernel: Kernel,
  program: Program,
  block: Uint8Array,
  at: { readonly slot: number; readonly time: number; readonly fork: number },
): Verdict {
  const record = compressFrames(block);
  kernel.input.set(record);
  const length = kernel.decompressBlock(0, record.length, true);
  if (length !== block.length) throw new Error(`decompressed ${length} instead of ${block.length} bytes`);
  const code = -kernel.walk(length, at.fork, at.time);
  if (code !== 0) return { kind: "refused", code, ...kernel.problem() };
  kernel.emit(at.slot, at.time, at.fork);
  const rows = program.tables.map((table, index) => {
    const count = kernel.rows[index]!;
    const bytes = kernel.bytes[index]!;
    const { columns, release } = kernel.take(index);
    const values = table.columns.map((column, i) => ({ column, values: columns[i]! }));
    const sum = columns.flat().reduce((total, piece) => total + piece.length, 0);
    if (sum !== bytes) throw new Error(`${table.dataset}: counted ${bytes} bytes, wrote ${sum}`);
    const native = Buffer.concat(nativeBlock(count, [], values));
    release();
    return [table.dataset, count === 0 ? [] : readNative(native)] as const;
  });
  return { kind: "rows", rows: Object.fromEntries(rows) };
}

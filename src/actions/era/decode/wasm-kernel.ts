import { KERNEL_WASM } from "../kernel/kernel-wasm.ts";
import { DATASET_NAMES } from "./datasets.ts";
import { INPUT_BYTES, type Kernel, MAX_BLOCK_BYTES } from "./kernel.ts";
import type { Program } from "./program.ts";
import { encode } from "./wasm-program.ts";
import { webAssembly } from "./webassembly.ts";

/** What assembly/index.ts exports: functions on plain numbers, and addresses. */
type Exports = {
  readonly prepare: () => void;
  readonly setExtents: (count: number) => void;
  readonly setPreset: (syncBytes: number, committees: number, withdrawals: number) => void;
  readonly decompressBlock: (at: number, length: number, verify: number) => number;
  readonly decompressChunk: (at: number, length: number, verify: number) => number;
  readonly walk: (length: number, fork: number, time: bigint) => number;
  readonly problemAt: () => number;
  readonly problemDetail: () => number;
  readonly emit: (slot: bigint, time: number, fork: number) => void;
  readonly freeExtents: () => number;
  readonly forget: (table: number) => void;
  readonly seal: (column: number) => number;
  readonly release: (head: number) => void;
} & { readonly [address in Address]: { readonly value: number } };

type Address =
  | "COUNTS"
  | "ROW_COUNTS"
  | "BYTE_COUNTS"
  | "INPUT"
  | "BLOCK"
  | "PROGRAM"
  | "VERSIONS"
  | "EXTENT_BYTES"
  | "EXTENT_NEXT"
  | "EXTENT_USED"
  | "POOL";

let compiled: object | undefined;

/** A kernel with room for `poolBytes` in its columns. Throws where the runtime has no WebAssembly. */
export function wasmKernel(poolBytes: number): Kernel {
  const api = webAssembly();
  if (api === undefined) throw new Error("this runtime has no WebAssembly");
  compiled ??= new api.Module(Buffer.from(KERNEL_WASM, "base64"));
  const extents = Math.ceil(poolBytes / EXTENT_BYTES);
  const pages = (POOL + extents * EXTENT_BYTES) / 65_536;
  const memory = new api.Memory({ initial: pages, maximum: pages });
  const abort = () => {
    throw new Error("the era kernel aborted");
  };
  const exports = new api.Instance(compiled, { env: { memory, abort } }).exports as unknown as Exports;
  exports.prepare();
  return new WasmKernel(exports, memory, extents);
}

const EXTENT_BYTES = 65_536;
const POOL = 0x0a40_0000;

class WasmKernel implements Kernel {
  readonly name = "wasm";
  readonly input: Uint8Array;
  readonly block: Uint8Array;
  readonly counts: Uint32Array;
  readonly rows: Uint32Array;
  readonly bytes: Uint32Array;
  readonly #exports: Exports;
  readonly #bytes: Uint8Array;
  readonly #next: Uint32Array;
  readonly #used: Uint32Array;
  readonly #extents: number;
  #firstColumn: readonly number[] = [];
  #columns: readonly number[] = [];
  #columnCount = 0;

  constructor(exports: Exports, memory: { readonly buffer: ArrayBuffer }, extents: number) {
    this.#exports = exports;
    this.#extents = extents;
    this.#bytes = new Uint8Array(memory.buffer);
    this.input = new Uint8Array(memory.buffer, exports.INPUT.value, INPUT_BYTES);
    this.block = new Uint8Array(memory.buffer, exports.BLOCK.value, MAX_BLOCK_BYTES);
    this.counts = new Uint32Array(memory.buffer, exports.COUNTS.value, DATASET_NAMES.length);
    this.rows = new Uint32Array(memory.buffer, exports.ROW_COUNTS.value, DATASET_NAMES.length);
    this.bytes = new Uint32Array(memory.buffer, exports.BYTE_COUNTS.value, DATASET_NAMES.length);
    this.#next = new Uint32Array(memory.buffer, exports.EXTENT_NEXT.value, extents);
    this.#used = new Uint32Array(memory.buffer, exports.EXTENT_USED.value, extents);
  }

  start(program: Program): void {
    const { preset, tables, versions } = program;
    this.#exports.setExtents(this.#extents);
    this.#exports.setPreset(preset.syncCommitteeSize / 8, preset.maxCommitteesPerSlot, preset.maxWithdrawals);
    this.#columns = tables.map((table) => table.columns.length);
    this.#columnCount = sum(this.#columns);
    this.#firstColumn = tables.map((_, index) => sum(this.#columns.slice(0, index)));
    const address = this.#exports.PROGRAM.value;
    const words = encode(tables, address, this.#firstColumn);
    new Uint32Array(this.#bytes.buffer, address, words.length).set(words);
    for (const [fork, text] of versions.entries()) {
      const at = this.#exports.VERSIONS.value + 16 * fork;
      this.#bytes[at] = text.length;
      this.#bytes.set(Buffer.from(text, "latin1"), at + 1);
    }
    for (const table of tables.keys()) this.#exports.forget(table);
  }

  decompressBlock(at: number, length: number, verifyCrc: boolean): number {
    return this.#exports.decompressBlock(at, length, verifyCrc ? 1 : 0);
  }

  decompressChunk(at: number, length: number, verifyCrc: boolean): number {
    return this.#exports.decompressChunk(at, length, verifyCrc ? 1 : 0);
  }

  walk(length: number, fork: number, time: number): number {
    return this.#exports.walk(length, fork, BigInt(time));
  }

  problem(): { at: number; detail: number } {
    return { at: this.#exports.problemAt() >>> 0, detail: this.#exports.problemDetail() >>> 0 };
  }

  emit(slot: number, time: number, fork: number): void {
    this.#exports.emit(BigInt(slot), time, fork);
  }

  room(): number {
    // Every column may leave up to a value's length of its extent unused, and may be about to start another.
    return Math.max(0, this.#exports.freeExtents() - this.#columnCount) * (EXTENT_BYTES - 600);
  }

  take(table: number): { columns: Uint8Array[][]; release(): void } {
    const first = this.#firstColumn[table]!;
    const heads = Array.from({ length: this.#columns[table]! }, (_, index) => this.#exports.seal(first + index));
    this.#exports.forget(table);
    return {
      columns: heads.map((head) => this.#extentsFrom(head)),
      release: () => {
        for (const head of heads) this.#exports.release(head);
      },
    };
  }

  #extentsFrom(head: number): Uint8Array[] {
    const pieces: Uint8Array[] = [];
    for (let extent = head; extent !== 0; extent = this.#next[extent - 1]!) {
      const start = POOL + (extent - 1) * EXTENT_BYTES;
      pieces.push(this.#bytes.subarray(start, start + this.#used[extent - 1]!));
    }
    return pieces;
  }
}

function sum(numbers: readonly number[]): number {
  return numbers.reduce((total, number) => total + number, 0);
}

import { DATASET_NAMES } from "../datasets.ts";
import { INPUT_BYTES, type Kernel, MAX_BLOCK_BYTES } from "../kernel.ts";
import type { Program, ProgramTable } from "../program.ts";
import { ColumnBuffer } from "./column.ts";
import { type EmitContext, emitColumn } from "./emit.ts";
import { decompress, decompressChunk } from "./snappy.ts";
import { type Walked, walk } from "./walk.ts";

/** The kernel in plain JavaScript, for runtimes without WebAssembly and as the other opinion in tests. */
export function jsKernel(): Kernel {
  return new JsKernel();
}

type Table = { readonly program: ProgramTable; readonly columns: readonly ColumnBuffer[] };

class JsKernel implements Kernel {
  readonly name = "js";
  readonly input: Uint8Array = new Uint8Array(INPUT_BYTES);
  readonly block: Uint8Array = new Uint8Array(MAX_BLOCK_BYTES);
  readonly counts: Uint32Array = new Uint32Array(DATASET_NAMES.length);
  readonly rows: Uint32Array = new Uint32Array(DATASET_NAMES.length);
  readonly bytes: Uint32Array = new Uint32Array(DATASET_NAMES.length);
  #program: Program | undefined;
  #tables: readonly Table[] = [];
  #problem = { at: 0, detail: 0 };
  #walked: Extract<Walked, { kind: "ok" }> | undefined;

  start(program: Program): void {
    this.#program = program;
    this.#tables = program.tables.map((table) => ({
      program: table,
      columns: table.columns.map(() => new ColumnBuffer()),
    }));
    this.rows.fill(0);
    this.bytes.fill(0);
  }

  decompressBlock(at: number, length: number, verifyCrc: boolean): number {
    const result = decompress(this.input.subarray(at, at + length), this.block, verifyCrc);
    if (result.kind === "written") return result.bytes;
    this.#problem = { at: result.at, detail: 0 };
    return -result.code;
  }

  decompressChunk(at: number, length: number, verifyCrc: boolean): number {
    return decompressChunk(this.input.subarray(at, at + length), this.block, 0, verifyCrc);
  }

  walk(length: number, fork: number, time: number): number {
    const result = walk(this.block.subarray(0, length), fork, time, this.#program!.preset);
    this.#walked = result.kind === "ok" ? result : undefined;
    if (result.kind === "ok") {
      this.counts.set(result.tables.map(({ count }) => count));
      return 0;
    }
    this.#problem = { at: result.at, detail: result.detail };
    return -result.code;
  }

  problem(): { at: number; detail: number } {
    return this.#problem;
  }

  emit(slot: number, time: number, fork: number): void {
    const { tables } = this.#walked!;
    const { block } = this;
    const view = new DataView(block.buffer, block.byteOffset, block.length);
    const version = this.#program!.versions[fork]!;
    const context: EmitContext = { block, view, tables, slot, time, fork, version };
    for (const [index, table] of this.#tables.entries()) {
      const rows = tables[index]!;
      if (rows.count === 0 || table.columns.length === 0) continue;
      for (const [i, column] of table.columns.entries()) {
        emitColumn(column, table.program.columns[i]!.instruction, rows, context);
      }
      this.rows[index]! += rows.count;
      this.bytes[index] = table.columns.reduce((sum, column) => sum + column.length, 0);
    }
  }

  room(): number {
    return Number.POSITIVE_INFINITY;
  }

  take(table: number): { columns: Uint8Array[][]; release(): void } {
    const taken = this.#tables[table]!.columns.map((column) => column.take());
    this.rows[table] = 0;
    this.bytes[table] = 0;
    return {
      columns: taken.map(({ content }) => [content]),
      release: () => {
        for (const { release } of taken) release();
      },
    };
  }
}

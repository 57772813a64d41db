import type { ChunkSink, ConstantColumn, NativeChunk } from "./contract.ts";
import type { DatasetName } from "./datasets.ts";
import type { Kernel } from "./kernel.ts";
import { nativeBlock } from "./native-block.ts";
import type { Program } from "./program.ts";

export type ChunkOptions = {
  readonly chunkBytes: number;
  /** Whether decoding stops while the sink is open. */
  readonly waits: boolean;
  readonly constants: readonly ConstantColumn[];
  readonly firstChunk: number;
  readonly signal: AbortSignal | undefined;
};

/**
 * Decides when columns become chunks, and hands them to the sink.
 *
 * 1. Which rows a chunk holds depends on the file and the options only, never on timing: a dataset is let grow to half
 *    of `chunkBytes`, and all together to `chunkBytes`; then the largest goes.
 * 2. One call of the sink is open at a time. Decoding goes on meanwhile (unless `waits` is set); the next chunk waits.
 * 3. The memory of a chunk is used again only after its sink call has settled.
 */
export class ChunkWriter {
  readonly #kernel: Kernel;
  readonly #program: Program;
  readonly #sink: ChunkSink;
  readonly #chunkBytes: number;
  readonly #waits: boolean;
  readonly #constants: readonly ConstantColumn[];
  readonly #signal: AbortSignal | undefined;
  readonly #numbers: number[];
  #open: Promise<void> | undefined;
  #lent = false;
  #failure: { readonly error: unknown } | undefined;
  readonly rows: { [dataset in DatasetName]?: number } = {};
  nativeBytes = 0;

  constructor(kernel: Kernel, program: Program, sink: ChunkSink, options: ChunkOptions) {
    this.#kernel = kernel;
    this.#program = program;
    this.#sink = sink;
    this.#chunkBytes = options.chunkBytes;
    this.#waits = options.waits;
    this.#constants = options.constants;
    this.#signal = options.signal;
    this.#numbers = program.tables.map(() => options.firstChunk);
    for (const table of program.tables) if (table.columns.length > 0) this.rows[table.dataset] = 0;
  }

  /** Whether nobody looks at the kernel's memory. */
  get idle(): boolean {
    return !this.#lent;
  }

  /** To be asked after every block: true when `flushLargest` is due. */
  get full(): boolean {
    let bytes = 0;
    let largest = 0;
    for (const more of this.#kernel.bytes) {
      bytes += more;
      if (more > largest) largest = more;
    }
    return bytes >= this.#chunkBytes || 2 * largest >= this.#chunkBytes;
  }

  async flushLargest(): Promise<void> {
    const { bytes } = this.#kernel;
    await this.#flush(bytes.indexOf(Math.max(...bytes)));
  }

  /** Makes sure that the kernel can take `bytes` more. */
  async makeRoom(bytes: number): Promise<void> {
    if (this.#kernel.room() >= bytes) return;
    await this.settled();
    if (this.#kernel.room() < bytes) await this.finish();
  }

  /** Hands over everything that is left, and waits for the sink. */
  async finish(): Promise<void> {
    for (let table = 0; table < this.#numbers.length; table++) await this.#flush(table);
    await this.settled();
  }

  /** Waits for the open sink call, but not beyond the signal; throws what it threw. */
  async settled(): Promise<void> {
    const signal = this.#signal;
    if (signal === undefined || !this.#lent) await this.#open;
    else {
      const { promise: aborted, reject } = Promise.withResolvers<never>();
      const onAbort = () => reject(signal.reason);
      signal.addEventListener("abort", onAbort, { once: true });
      try {
        signal.throwIfAborted();
        await Promise.race([this.#open, aborted]);
      } finally {
        signal.removeEventListener("abort", onAbort);
      }
    }
    this.throwIfFailed();
  }

  /** So that a failed sink ends the decoding before the next chunk is due. */
  throwIfFailed(): void {
    if (this.#failure !== undefined) throw this.#failure.error;
  }

  async #flush(table: number): Promise<void> {
    const rows = this.#kernel.rows[table]!;
    if (rows === 0) return;
    await this.settled();
    const { dataset, columns } = this.#program.tables[table]!;
    const taken = this.#kernel.take(table);
    const parts = nativeBlock(
      rows,
      this.#constants,
      columns.map((column, index) => ({ column, values: taken.columns[index]! })),
    );
    const bytes = parts.reduce((sum, part) => sum + part.length, 0);
    this.rows[dataset]! += rows;
    this.nativeBytes += bytes;
    this.#open = this.#hand(nativeChunk(dataset, rows, parts, bytes, this.#numbers[table]!++), () => taken.release());
    if (this.#waits) await this.settled();
  }

  async #hand(chunk: NativeChunk, release: () => void): Promise<void> {
    this.#lent = true;
    try {
      await this.#sink(chunk);
    } catch (error) {
      this.#failure = { error };
    } finally {
      this.#lent = false;
      release();
    }
  }
}

/** A chunk whose one-piece form is made when somebody asks for it. */
export function nativeChunk(
  dataset: DatasetName,
  rows: number,
  parts: readonly Uint8Array[],
  bytes: number,
  chunk: number,
): NativeChunk {
  let native: Uint8Array | undefined;
  return {
    dataset,
    rows,
    parts,
    bytes,
    chunk,
    get native() {
      native ??= Buffer.concat(parts, bytes);
      return native;
    },
  };
}

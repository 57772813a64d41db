import { jsKernel } from "./js-kernel/kernel.ts";
import type { Kernel } from "./kernel.ts";
import { wasmKernel } from "./wasm-kernel.ts";
import { webAssembly } from "./webassembly.ts";

/** One idle kernel, kept for the next era: its memory is large, and the collector is in no hurry to give it back. */
let idle: { readonly kernel: Kernel; readonly poolBytes: number } | undefined;

/**
 * A kernel that nobody else uses. Unless one is asked for by name it is the wasm kernel, or the slower one in JavaScript
 * where that cannot be had: no WebAssembly (`--jitless`), a processor without vectors, no address space for the memory.
 */
export function borrowKernel(wanted: Kernel["name"] | undefined, chunkBytes: number): Kernel {
  const poolBytes = 2 * chunkBytes + LARGEST_BLOCK_BYTES;
  if (idle?.poolBytes === poolBytes && idle.kernel.name === (wanted ?? idle.kernel.name)) {
    const { kernel } = idle;
    idle = undefined;
    return kernel;
  }
  if (wanted === "js") return jsKernel();
  try {
    return wasmKernel(poolBytes);
  } catch (error) {
    if (wanted === "wasm") throw error;
    return jsKernel();
  }
}

/** Only after nobody looks at its memory any more. */
export function returnKernel(kernel: Kernel, chunkBytes: number): void {
  // A kernel that was asked for by name must not become everybody's.
  if (kernel.name === "js" && webAssembly() !== undefined) return;
  idle = { kernel, poolBytes: 2 * chunkBytes + LARGEST_BLOCK_BYTES };
}

/** What a single block may add beyond the limit, in every column an extent half empty included. Untouched pages are free. */
const LARGEST_BLOCK_BYTES = 160 * 2 ** 20;

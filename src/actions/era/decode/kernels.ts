import { jsKernel } from "./js-kernel/kernel.ts";
import type { Kernel } from "./kernel.ts";
import { wasmKernel } from "./wasm-kernel.ts";
import { webAssembly } from "./webassembly.ts";

/** One idle kernel, kept for the next era: its memory is large, and the collector is in no hurry to give it back. */
let idle: { readonly kernel: Kernel; readonly poolBytes: number } | undefined;

/** A kernel that nobody else uses. The wasm kernel where the runtime has WebAssembly, unless another is asked for. */
export function borrowKernel(wanted: Kernel["name"] | undefined, chunkBytes: number): Kernel {
  const poolBytes = 2 * chunkBytes + LARGEST_BLOCK_BYTES;
  if (idle?.poolBytes === poolBytes && idle.kernel.name === (wanted ?? "wasm")) {
    const { kernel } = idle;
    idle = undefined;
    return kernel;
  }
  if (wanted === "js" || (wanted === undefined && webAssembly === undefined)) return jsKernel();
  return wasmKernel(poolBytes);
}

/** Only after nobody looks at its memory any more. */
export function returnKernel(kernel: Kernel, chunkBytes: number): void {
  idle = { kernel, poolBytes: 2 * chunkBytes + LARGEST_BLOCK_BYTES };
}

/** What a single block may add beyond the limit, in every column an extent half empty included. Untouched pages are free. */
const LARGEST_BLOCK_BYTES = 160 * 2 ** 20;

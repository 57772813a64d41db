import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import type { Block } from "./block.ts";

/**
 * The state database of a simulated node: only its head and the dirty flag. As in the real one, the flag is set while
 * the node runs and cleared by a clean stop; a node that finds it set refuses to start.
 */
export type NodeState = { readonly dirty: boolean; readonly head: Block };

export function stateFile(dataDir: string): string {
  return join(dataDir, "state", "shared_memory.bin");
}

/** The saved state, undefined when the node never ran here. Throws when the file is damaged. */
export function readState(dataDir: string): NodeState | undefined {
  const file = stateFile(dataDir);
  if (!existsSync(file)) return undefined;
  return JSON.parse(readFileSync(file, "utf8")) as NodeState;
}

export function writeState(dataDir: string, state: NodeState): void {
  const file = stateFile(dataDir);
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(file, `${JSON.stringify(state)}\n`);
}

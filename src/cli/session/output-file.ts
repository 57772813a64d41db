import { devNull } from "node:os";
import { join } from "node:path";
import type { RunState } from "../../domain/state.ts";

/** The file with what an attempt printed, for whoever shows it; an empty one for sensitive steps, which nobody shows. */
export function outputFile(runDir: string, state: RunState, dir: string, stream: "out" | "err"): string {
  for (const { last } of state.steps.values()) if (last?.dir === dir && last.sensitive) return devNull;
  return join(runDir, dir, stream);
}

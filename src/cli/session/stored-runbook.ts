import { readFileSync } from "node:fs";
import { dirname, join, relative } from "node:path";
import type { RunState } from "../../domain/state.ts";
import { type RunPaths, runPaths } from "../../journal/index.ts";
import { type Loaded, loadForUse } from "./load.ts";

/** The runbook exactly as the run was started with (or as its last accepted change left it). */
export async function loadStored(runDir: string, state: RunState): Promise<Loaded> {
  const file = state.created?.runbookFile;
  if (file === undefined) throw new Error(`${runDir} holds no run`);
  const paths = runPaths(runDir);
  return loadForUse(file, {
    bytes: readFileSync(paths.runbook),
    included: (path) => readStored(paths, file, path),
    lenient: true,
  });
}

function readStored(paths: RunPaths, main: string, path: string): Uint8Array | undefined {
  try {
    return readFileSync(join(paths.files, storedName(main, path)));
  } catch {
    return undefined;
  }
}

/** Name below `files/` for a called runbook: its path seen from the main one, with `..` made harmless. */
export function storedName(main: string, path: string): string {
  return relative(dirname(main), path).replaceAll("..", "__up__");
}

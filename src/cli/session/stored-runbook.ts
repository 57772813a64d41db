import { readFileSync } from "node:fs";
import { dirname, join, relative } from "node:path";
import type { RunState } from "../../domain/state.ts";
import { runPaths } from "../../journal/index.ts";
import { type Loaded, loadForUse } from "./load.ts";

/** The runbook exactly as the run was started with, or as its last accepted change left it. */
export async function loadStored(runDir: string, state: RunState): Promise<Loaded> {
  const file = state.created?.runbookFile;
  if (file === undefined) throw new Error(`${runDir} holds no run`);
  const paths = runPaths(runDir);
  const changed = state.runbookSha256 === state.created?.runbookSha256 ? undefined : state.runbookSha256;
  const runbook = changed ? join(changedRunbookPath(runDir, changed), "runbook.yaml") : paths.runbook;
  const files = changed ? join(changedRunbookPath(runDir, changed), "files") : paths.files;
  return loadForUse(file, {
    bytes: readFileSync(runbook),
    included: (path) => readStored(files, file, path),
    lenient: true,
  });
}

/** Where the text of an accepted change is kept. */
export function changedRunbookPath(runDir: string, sha256: string): string {
  return join(runPaths(runDir).files, `.changed-${sha256.slice(0, 16)}`);
}

function readStored(files: string, main: string, path: string): Uint8Array | undefined {
  try {
    return readFileSync(join(files, storedName(main, path)));
  } catch {
    return undefined;
  }
}

/** Name below `files/` for a called runbook: its path seen from the main one, with `..` made harmless. */
export function storedName(main: string, path: string): string {
  return relative(dirname(main), path).replaceAll("..", "__up__");
}

import { statfsSync } from "node:fs";
import { dirname } from "node:path";
import { JournalError } from "../../domain/ports.ts";
import { openStateDir, type StateDir, stateDirPath } from "../../journal/index.ts";
import { type Finding, ok, warning } from "./finding.ts";

/** A journal needs little; what commands print needs more. */
const LITTLE_BYTES = 512 * 1024 * 1024;

/** Whether runs can be kept where they would be kept. `stateDir` is undefined when they cannot. */
export function statePlace(asked: string | undefined): {
  readonly findings: readonly Finding[];
  readonly stateDir: StateDir | undefined;
} {
  const path = stateDirPath(asked, process.env);
  try {
    const stateDir = openStateDir(asked, { create: false });
    const { fileSystem, warnings } = stateDir;
    const place = fileSystem.kind === "local" ? "local disk" : fileSystem.name;
    const others = warnings.map((text) => warning("state directory", text, "choose another one with --state-dir"));
    const first = others.length > 0 ? [] : [ok("state directory", `${stateDir.path}, ${place}`)];
    return { findings: [...first, ...others, space(stateDir.path)], stateDir };
  } catch (error) {
    if (!(error instanceof JournalError)) throw error;
    const finding: Finding = {
      part: "state directory",
      verdict: "problem",
      found: error.message,
      advice: error.hint ?? `choose another one with --state-dir instead of ${path}`,
    };
    return { findings: [finding], stateDir: undefined };
  }
}

function space(path: string): Finding {
  const { bavail, bsize } = statfsSync(nearest(path));
  const free = bavail * bsize;
  const words = `${(free / 1e9).toFixed(1)} GB free`;
  if (free > LITTLE_BYTES) return ok("space", words);
  const advice =
    "free some: runs pause with exit code 74 when the disk is full (runsheet state prune removes old runs)";
  return warning("space", words, advice);
}

/** The directory that the state directory will be made in, while it is not there yet. */
function nearest(path: string): string {
  try {
    statfsSync(path);
    return path;
  } catch {
    return nearest(dirname(path));
  }
}

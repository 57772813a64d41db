import { type Dirent, readdirSync } from "node:fs";
import { join } from "node:path";
import { fileSystemFacts } from "../file-system.ts";
import { RESERVE_BYTES } from "../reserve.ts";
import { directoryProblem, lstatOrNothing, modeText, type RunPaths } from "../run-dir.ts";
import { readWitness } from "../witness.ts";
import type { Report } from "./verify-run.ts";

/** Owners, modes, missing and left-over files, file system. `readable`: it makes sense to look further. */
export function verifyFiles(paths: RunPaths, report: Report): { readonly readable: boolean } {
  for (const dir of [paths.dir, paths.attempts]) {
    const stats = lstatOrNothing(dir);
    const problem = directoryProblem(dir, stats);
    if (problem === undefined) continue;
    const gone = !stats?.isDirectory();
    report({ code: gone ? "missing-file" : "mode", severity: "error", message: problem, hint: `chmod 700 ${dir}` });
    if (gone) return { readable: false };
  }
  verifyParts(paths, report);
  verifyModes(paths.dir, report, 3);
  verifyPlace(paths, report);
  return { readable: true };
}

function verifyParts(paths: RunPaths, report: Report): void {
  for (const file of [paths.journal, paths.lock, paths.runbook]) {
    const stats = lstatOrNothing(file);
    if (stats?.isFile() && stats.size > 0) continue;
    const what = !stats ? "is missing" : stats.isFile() ? "is empty" : "is not a file";
    report({ code: "missing-file", severity: "error", message: `${file} ${what}`, hint: "restore it from a backup" });
  }
  if (!readWitness(paths.witness)) {
    const message = `${paths.witness} is missing or damaged: a loss of the last events could go unnoticed`;
    report({ code: "missing-file", severity: "warning", message, hint: "the next resume writes it again" });
  }
  for (const name of readdirSync(paths.dir)) {
    if (!/^(journal\.db-journal|journal\.format-\d+\.bak\.tmp)$/.test(name)) continue;
    const hint = "the next resume takes care of it";
    report({ code: "leftover", severity: "warning", message: `${join(paths.dir, name)} was left behind`, hint });
  }
}

/** Nothing of a run may be readable for others: output can hold what the operator would not show. */
function verifyModes(dir: string, report: Report, depth: number): void {
  for (const entry of entriesOf(dir)) {
    const path = join(dir, entry.name);
    const stats = lstatOrNothing(path);
    // Gone meanwhile; or a link or a socket, whose own mode means nothing within a private directory.
    if (!stats || stats.isSymbolicLink() || stats.isSocket()) continue;
    const hint = `chmod ${entry.isDirectory() ? "700" : "600"} ${path}`;
    if (stats.uid !== process.geteuid?.()) {
      report({ code: "mode", severity: "warning", message: `${path} belongs to uid ${stats.uid}` });
    } else if ((stats.mode & 0o077) !== 0) {
      const message = `${path} can be used by others (mode ${modeText(stats)})`;
      report({ code: "mode", severity: "warning", message, hint });
    }
    if (entry.isDirectory() && depth > 1) verifyModes(path, report, depth - 1);
  }
}

function entriesOf(dir: string): Dirent[] {
  try {
    return readdirSync(dir, { withFileTypes: true });
  } catch {
    return [];
  }
}

function verifyPlace(paths: RunPaths, report: Report): void {
  const { fileSystem, freeBytes } = fileSystemFacts(paths.dir);
  if (fileSystem.kind === "network") {
    const message = `${paths.dir} is on a network file system (${fileSystem.name}), where locks are not reliable`;
    report({ code: "file-system", severity: "error", message, hint: "move the state directory to a local disk" });
  }
  if (fileSystem.kind === "volatile") {
    const message = `${paths.dir} is on ${fileSystem.name}: it is lost when the machine restarts`;
    report({ code: "file-system", severity: "warning", message, hint: "move the state directory to a disk" });
  }
  if (freeBytes < 8 * RESERVE_BYTES) {
    const message = `only ${freeBytes} bytes are free for ${paths.dir}`;
    report({ code: "space", severity: "warning", message, hint: "free some space before you resume" });
  }
}

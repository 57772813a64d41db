import { execFile } from "node:child_process";
import { chmodSync, lstatSync, readdirSync, rmSync } from "node:fs";
import { dirname, join } from "node:path";
import { promisify } from "node:util";
import { JournalError } from "../../domain/ports.ts";
import { acquireLock, createLockFile, lockIsHeld } from "../lock.ts";
import { type OwnerFacts, runIsOwned } from "../owner.ts";
import { syncDirectory, writePrivateFile } from "../private-files.ts";
import { lstatOrNothing, type RunPaths, runPaths } from "../run-dir.ts";
import { type Assessment, assess } from "./assess.ts";
import { rebuildJournal } from "./rebuild.ts";
import { type FindingCode, type VerifyReport, verifyRun } from "./verify-run.ts";

/** Something that can be mended. `loses`: what will not come back. */
export type Repair = {
  readonly kind: "modes" | "lock" | "rows" | "journal";
  readonly message: string;
  readonly deed: string;
  readonly loses?: string;
};

export type DoctorReport = {
  /** The state after the repairs when they were applied, else before. */
  readonly verify: VerifyReport;
  readonly repairs: readonly Repair[];
  /** What only a person or a backup can mend. */
  readonly beyond: readonly string[];
  /** The untouched copy of the run that was made before anything was changed. */
  readonly copy: string | undefined;
};

/**
 * Proposes repairs for what `verifyRun` finds; with `apply` carries them out, after copying the whole run beside itself.
 *
 * Nothing that may have run is ever taken for not run: where events were lost, attempts that left traces come back in
 * doubt. Throws `JournalError` 75 when another process owns the run, 74 when the copy cannot be made.
 */
export async function doctorRun(runDir: string, options: { readonly apply?: OwnerFacts } = {}): Promise<DoctorReport> {
  const paths = runPaths(runDir);
  const before = await verifyRun(runDir);
  const { repairs, beyond } = propose(paths, before);
  if (!options.apply || repairs.length === 0) return { verify: before, repairs, beyond, copy: undefined };
  const copy = await apply(paths, repairs, options.apply);
  return { verify: await verifyRun(runDir), repairs, beyond, copy };
}

function propose(paths: RunPaths, report: VerifyReport): { repairs: Repair[]; beyond: string[] } {
  const codes = new Set(report.findings.map(({ code }) => code));
  const repairs: Repair[] = [];
  const beyond: string[] = [];
  if (codes.has("mode")) {
    const message = "files of the run can be used by others";
    repairs.push({ kind: "modes", message, deed: "give its directories mode 0700 and its files 0600" });
  }
  if (!lockWorks(paths)) {
    const loses = "if a process still owns this run, it will be cut off at its next write";
    repairs.push({ kind: "lock", message: `${paths.lock} is missing or damaged`, deed: "make a new one", loses });
  }
  if (journalCodes.some((code) => codes.has(code))) proposeForJournal(paths, repairs, beyond);
  for (const { code, message, hint } of report.findings) {
    if (beyondUs.includes(code)) beyond.push(hint ? `${message}: ${hint}` : message);
  }
  return { repairs, beyond };
}

const journalCodes: readonly FindingCode[] = ["rows", "integrity", "chain", "lost-events", "unknown-attempt"];
const beyondUs: readonly FindingCode[] = [
  "not-a-journal",
  "too-new",
  "unreadable",
  "missing-file",
  "missing-attempt",
  "output-differs",
  "file-system",
  "space",
];

function proposeForJournal(paths: RunPaths, repairs: Repair[], beyond: string[]): void {
  let found: Assessment;
  try {
    found = assess(paths);
  } catch (error) {
    beyond.push(`${(error as Error).message}: restore a backup`);
    return;
  }
  if (found.nameless.length > 0) {
    beyond.push(`nobody can say which steps ran in ${found.nameless.join(", ")}: restore a backup`);
    return;
  }
  const gone = found.knownSeq - found.soundSeq;
  if (gone === 0 && found.lost.length === 0) {
    const message = "the rows do not follow from the events, which are whole";
    repairs.push({ kind: "rows", message, deed: "make the rows anew from the events" });
    return;
  }
  const attempts = found.lost.map(({ at, n }) => `${at} (attempt ${n})`);
  repairs.push({
    kind: "journal",
    message: `the record holds up to event ${found.soundSeq}${gone > 0 ? ` of ${found.knownSeq}` : ""}`,
    deed: `keep what holds${attempts.length > 0 ? `, and bring back in doubt: ${attempts.join(", ")}` : ""}; the run is paused`,
    loses: "what was recorded after that: ends of steps, answers, checkpoints; those steps are finished or asked again",
  });
}

function lockWorks(paths: RunPaths): boolean {
  try {
    lockIsHeld(paths.lock);
    return (lstatOrNothing(paths.lock)?.size ?? 0) > 0;
  } catch {
    return false;
  }
}

async function apply(paths: RunPaths, repairs: readonly Repair[], repairer: OwnerFacts): Promise<string> {
  const has = (kind: Repair["kind"]) => repairs.some((repair) => repair.kind === kind);
  const copy = await copyAside(paths);
  if (has("lock")) makeLockAnew(paths);
  const lock = await acquireLock(paths.lock);
  if (!lock) throw runIsOwned(paths.runId, undefined);
  try {
    if (has("rows")) rebuildJournal(paths, repairer, undefined);
    if (has("journal")) rebuildJournal(paths, repairer, assess(paths).lost);
    if (has("modes")) closeModes(paths.dir);
    return copy;
  } finally {
    lock.release();
  }
}

/** By another process: opening these files here could drop locks of ours (see lock.ts). FIFOs are copied as FIFOs. */
async function copyAside(paths: RunPaths): Promise<string> {
  const stamp = new Date().toISOString().slice(0, 19).replaceAll(/[-:]/g, "");
  const copy = join(dirname(paths.dir), `.copy-${paths.runId}-${stamp}`);
  try {
    await promisify(execFile)("cp", ["-a", "--", paths.dir, copy]);
    return copy;
  } catch (error) {
    rmSync(copy, { recursive: true, force: true });
    throw new JournalError(74, `cannot copy ${paths.dir} to ${copy}; nothing was changed`, "see if there is space", {
      cause: error,
    });
  }
}

function makeLockAnew(paths: RunPaths): void {
  for (const suffix of ["", "-journal"]) rmSync(`${paths.lock}${suffix}`, { force: true });
  writePrivateFile(paths.lock, new Uint8Array());
  createLockFile(paths.lock);
  syncDirectory(paths.dir);
}

function closeModes(dir: string): void {
  chmodSync(dir, 0o700);
  for (const entry of readdirSync(dir, { withFileTypes: true })) {
    const path = join(dir, entry.name);
    if (entry.isDirectory()) closeModes(path);
    else if (!entry.isSymbolicLink() && (lstatSync(path).mode & 0o077) !== 0)
      chmodSync(path, lstatSync(path).mode & 0o700);
  }
}

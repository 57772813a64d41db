import { closeSync, constants, lstatSync, openSync, readdirSync, readFileSync, readSync, rmSync } from "node:fs";
import { basename, join } from "node:path";
import { JournalError } from "../domain/ports.ts";
import type { Connection } from "./connection.ts";
import { lstatOrNothing, type RunPaths } from "./run-dir.ts";

/**
 * What an attempt's directory says about the attempt, without the journal. It is the second witness: when a command left
 * traces that the journal does not know, the journal has lost events.
 */
export type Traces =
  /** No sign that the command ever began. */
  | { readonly kind: "none" }
  /** Something of the attempt is alive: it waits at its gate, or it runs. */
  | { readonly kind: "alive" }
  /** The command ran: there is a record of its end, or output of it. */
  | { readonly kind: "ran"; readonly sign: string };

export type UnknownAttempt = { readonly name: string; readonly dir: string; readonly traces: Traces };

/** The directories of a run's attempts. Dot names are prepared FIFOs. */
export function attemptNames(paths: RunPaths): string[] {
  return readdirSync(paths.attempts).filter((name) => !name.startsWith("."));
}

/** Directories below `attempts/` of which the journal has no release. */
export function unknownAttempts(db: Connection, paths: RunPaths): UnknownAttempt[] {
  // The directories first: whatever had begun by then was released before, so its row is in the later answer.
  const names = attemptNames(paths);
  const dirs = db.prepare("SELECT dir FROM attempt").pluck().all() as string[];
  return withoutRelease(paths, names, new Set(dirs.map((dir) => basename(dir))));
}

/** Those of `names` that are not among the released ones. */
export function withoutRelease(
  paths: RunPaths,
  names: readonly string[],
  released: ReadonlySet<string>,
): UnknownAttempt[] {
  return names
    .filter((name) => !released.has(name))
    .map((name) => {
      const dir = join(paths.attempts, name);
      return { name, dir, traces: tracesOf(dir) };
    });
}

/** What the wrapper wrote about its gate and its command counts more than all else (lines of the file `exit`). */
export function tracesOf(dir: string): Traces {
  if (!lstatSync(dir).isDirectory()) return { kind: "none" };
  const said = readSmall(join(dir, "exit")) ?? "";
  const line = /^(?:go|rc=\d+) attempt=.*$/m.exec(said);
  if (line) return { kind: "ran", sign: `its wrapper wrote "${line[0]}"` };
  if (/^gate-eof /m.test(said)) return { kind: "none" };
  const outBytes = lstatOrNothing(join(dir, "out"))?.size ?? 0;
  if (outBytes > 0) return { kind: "ran", sign: `it has written ${outBytes} bytes of output` };
  return somethingHolds(join(dir, "alive")) ? { kind: "alive" } : { kind: "none" };
}

/**
 * Whether it is certain that the attempt never began: its wrapper's record is there and as it was prepared, or says that
 * the gate was closed. Attempts inside the executor have no such record.
 */
export function certainlyNotBegun(dir: string): boolean {
  const said = readSmall(join(dir, "exit"));
  return said !== undefined && said !== "" && tracesOf(dir).kind === "none";
}

/** The id that the wrapper wrote into its record, if it came to that. */
export function attemptIdIn(dir: string): string | undefined {
  return /^(?:go|rc=\d+) attempt=(\S+)$/m.exec(readSmall(join(dir, "exit")) ?? "")?.[1];
}

/** The exit code that the wrapper of this attempt wrote last, if any. */
export function exitCodeIn(dir: string, attemptId: string): number | undefined {
  const lines = [...(readSmall(join(dir, "exit")) ?? "").matchAll(/^rc=(\d{1,3}) attempt=(.*)$/gm)];
  const last = lines.findLast((line) => line[2] === attemptId)?.[1];
  return last === undefined ? undefined : Number(last);
}

/**
 * Refuses to go on when a command ran of which the journal knows nothing: carrying on would run it again. Removes what
 * never passed its gate. Waits a moment for wrappers whose executor has just died to notice it.
 */
export async function settleUnknownAttempts(db: Connection, paths: RunPaths): Promise<void> {
  const deadline = performance.now() + gatePatienceMs;
  let unknown = unknownAttempts(db, paths);
  while (unknown.some(({ traces }) => traces.kind === "alive") && performance.now() < deadline) {
    await new Promise((resolve) => setTimeout(resolve, 20));
    unknown = unknownAttempts(db, paths);
  }
  const lost = unknown.filter(({ traces }) => traces.kind !== "none");
  if (lost.length > 0) throw journalLostEvents(paths, lost);
  for (const { dir } of unknown) rmSync(dir, { recursive: true, force: true });
}

function journalLostEvents(paths: RunPaths, lost: readonly UnknownAttempt[]): JournalError {
  const shown = lost
    .slice(0, 3)
    .map(({ name, traces }) => `${name} (${traces.kind === "ran" ? traces.sign : "it is running now"})`)
    .join(", ");
  const more = lost.length > 3 ? ` and ${lost.length - 3} more` : "";
  return new JournalError(
    76,
    `${paths.journal} has lost events: it knows nothing of ${shown}${more}`,
    `nothing was run again; see \`runsheet state verify ${paths.runId}\`, then \`runsheet state doctor ${paths.runId}\``,
  );
}

const gatePatienceMs = 2000;

function readSmall(file: string): string | undefined {
  const stats = lstatOrNothing(file);
  if (!stats?.isFile() || stats.size > 4096) return undefined;
  return readFileSync(file, "utf8");
}

/** The liveness FIFO: whoever belongs to the attempt holds it open (fifo(7): without writers a read returns 0 bytes). */
function somethingHolds(fifo: string): boolean {
  if (!lstatOrNothing(fifo)?.isFIFO()) return false;
  const fd = openSync(fifo, constants.O_RDONLY | constants.O_NONBLOCK);
  try {
    return readSync(fd, Buffer.alloc(1), 0, 1, null) > 0;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === "EAGAIN";
  } finally {
    closeSync(fd);
  }
}

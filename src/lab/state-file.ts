import { existsSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { JsonObject } from "../domain/json.ts";
import type { LabPart } from "./parts.ts";

/** What other processes may know of a running lab: `lab.json` in its directory, readable by its owner only. */
export type LabState = {
  readonly format: 1;
  readonly pid: number;
  /** Start time of the process as the kernel counts it: a reused pid has another one. Absent outside Linux. */
  readonly processStart: string | null;
  readonly startedAt: string;
  readonly dir: string;
  readonly parts: readonly LabPart[];
  readonly scenario: string | null;
  /** Started by a practice run for itself: the next one may take its place. */
  readonly forRun: boolean;
  readonly control: { readonly url: string; readonly token: string };
  readonly values: JsonObject;
  readonly env: Readonly<Record<string, string>>;
};

export function stateFileOf(dir: string): string {
  return join(dir, "lab.json");
}

export function writeState(state: LabState): void {
  const file = stateFileOf(state.dir);
  writeFileSync(`${file}.new`, `${JSON.stringify(state, undefined, 2)}\n`, { mode: 0o600 });
  renameSync(`${file}.new`, file);
}

export function removeState(dir: string): void {
  rmSync(stateFileOf(dir), { force: true });
}

/** The state of the lab in this directory: running, or left over by a process that is gone, or none. */
export type FoundLab =
  | { readonly kind: "running"; readonly state: LabState }
  | { readonly kind: "stale"; readonly state: LabState }
  | { readonly kind: "none" };

export function findLab(dir: string): FoundLab {
  const file = stateFileOf(dir);
  if (!existsSync(file)) return { kind: "none" };
  const state = JSON.parse(readFileSync(file, "utf8")) as LabState;
  return { kind: isSameProcess(state) ? "running" : "stale", state };
}

/** Is the process that wrote the state still there? */
export function isSameProcess({ pid, processStart: recorded }: Pick<LabState, "pid" | "processStart">): boolean {
  try {
    process.kill(pid, 0);
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === "EPERM";
  }
  return recorded === null || processStart(pid) === recorded;
}

export function processStart(pid: number): string | null {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, "utf8");
    const [state, ...rest] = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
    // A zombie has ended; only its parent has not noticed yet.
    return state === "Z" ? "ended" : (rest[18] ?? null);
  } catch {
    return null;
  }
}

import { readFileSync, readlinkSync } from "node:fs";
import type { ProcessIdentity } from "../domain/attempt.ts";

/** What names a living process of this machine for ever; `undefined` when there is none. */
export function identityOf(pid: number): ProcessIdentity | undefined {
  const stat = statOf(pid);
  return stat && { pid, startTicks: stat.startTicks, bootId: bootId(), pidNamespace: pidNamespace() };
}

/**
 * Whether the process of this identity lives. A process that only has its number is another one. Where we cannot look, it
 * counts as alive.
 */
export function isAlive(identity: ProcessIdentity): boolean {
  if (!isReachable(identity)) return false;
  try {
    const stat = statOf(identity.pid);
    return stat !== undefined && stat.startTicks === identity.startTicks && stat.state !== "Z";
  } catch {
    return true;
  }
}

/** Whether the identity's number means anything here: same boot, same pid namespace. */
export function isReachable(identity: ProcessIdentity): boolean {
  return identity.bootId === bootId() && identity.pidNamespace === pidNamespace();
}

export type ProcessStat = {
  readonly pid: number;
  readonly name: string;
  readonly state: string;
  readonly parent: number;
  readonly group: number;
  readonly session: number;
  /** Field 22 of `/proc/PID/stat`, clock ticks since boot. */
  readonly startTicks: string;
};

/** `undefined` when there is no such process. @throws when we cannot look */
export function statOf(pid: number): ProcessStat | undefined {
  let text: string;
  try {
    text = readFileSync(`/proc/${pid}/stat`, "latin1");
  } catch (error) {
    if (isShortage(error)) throw error;
    return undefined;
  }
  // The name stands in parentheses and may hold spaces and parentheses itself.
  const afterName = text.lastIndexOf(")");
  const fields = text.slice(afterName + 2).split(" ");
  return {
    pid,
    name: text.slice(text.indexOf("(") + 1, afterName),
    state: fields[0] ?? "",
    parent: Number(fields[1]),
    group: Number(fields[2]),
    session: Number(fields[3]),
    startTicks: fields[19] ?? "",
  };
}

/** We could not look; that says nothing about the process. */
export function isShortage(error: unknown): boolean {
  const { code } = error as NodeJS.ErrnoException;
  return code === "EMFILE" || code === "ENFILE" || code === "ENOMEM";
}

let knownBootId: string | undefined;

export function bootId(): string {
  knownBootId ??= readFileSync("/proc/sys/kernel/random/boot_id", "utf8").trim();
  return knownBootId;
}

let knownNamespace: string | undefined;

function pidNamespace(): string {
  knownNamespace ??= readlinkSync("/proc/self/ns/pid");
  return knownNamespace;
}

import { lstatSync, readdirSync, readFileSync, readlinkSync, realpathSync } from "node:fs";
import { constants } from "node:os";
import { setImmediate as breathe } from "node:timers/promises";
import type { Attempt } from "./attempt.ts";
import { isAlive, isReachable, isShortage, statOf } from "./identity.ts";
import { ignoredByWrapper } from "./wrapper.ts";

/** The id of the attempt that a process belongs to, in the environment of everything it starts. */
export const attemptVariable = "RUNSHEET_ATTEMPT";
/** Ids of the attempts around that one, when a step runs this program itself; separated by commas. */
export const outerAttemptsVariable = "RUNSHEET_OUTER_ATTEMPTS";
/** Marks our own processes, which end by themselves when the last command has. */
export const helperVariable = "RUNSHEET_HELPER";

/** A process of an attempt, as it was when we looked. */
export type Member = {
  readonly pid: number;
  readonly startTicks: string;
  readonly name: string;
  readonly group: number;
  /** The wrapper itself: it only waits, and must live to write the exit record. */
  readonly isWrapper: boolean;
  /** Still the wrapper's own code on the way to the command; it ignores signals. */
  readonly isBeginning: boolean;
};

const processesPerTurn = 200;

/**
 * The living processes of an attempt. One belongs to it when the attempt's id stands in its environment, when it holds
 * the attempt's FIFO, or when it is in the session of the wrapper while the wrapper itself is certainly alive. All three
 * are unique to the attempt: a foreign process that got an old number is never taken for one.
 */
export async function findMembers(attempt: Attempt): Promise<readonly Member[]> {
  const { identity } = attempt;
  const wrapperAlive = identity !== undefined && isAlive(identity);
  const earliest = identity && isReachable(identity) ? BigInt(identity.startTicks) : 0n;
  const fifo = fifoPath(attempt.paths.alive);
  const members: Member[] = [];
  let looked = 0;
  for (const pid of processIds()) {
    if (++looked % processesPerTurn === 0) await breathe();
    const stat = statOf(pid);
    if (!stat || stat.state === "Z" || pid === process.pid || BigInt(stat.startTicks) < earliest) continue;
    const isWrapper = wrapperAlive && pid === identity.pid;
    const inSession = wrapperAlive && stat.session === identity.pid;
    if (!isWrapper && !inSession && !belongs(pid, attempt.attemptId, fifo)) continue;
    const isBeginning = wrapperAlive && stat.parent === identity.pid && ignoresAll(pid);
    members.push({ pid, startTicks: stat.startTicks, name: stat.name, group: stat.group, isWrapper, isBeginning });
  }
  return members;
}

/** Sends a signal to a process that is still the one that was found. `false`: gone, or not ours to signal. */
export function signalMember(member: Member, signal: NodeJS.Signals): "sent" | "gone" | "refused" {
  try {
    if (statOf(member.pid)?.startTicks !== member.startTicks) return "gone";
    process.kill(member.pid, signal);
    return "sent";
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === "EPERM" ? "refused" : "gone";
  }
}

/** For people: `4711 sleep`. */
export function describeMember(member: Member): string {
  return `${member.pid} ${commandLine(member.pid) || member.name}`;
}

/** The variables that mark what an attempt starts, given the environment around it. */
export function cookies(attemptId: string, around: NodeJS.ProcessEnv): Record<string, string> {
  const outer = [around[outerAttemptsVariable], around[attemptVariable]].filter((id) => id !== undefined && id !== "");
  return {
    [attemptVariable]: attemptId,
    ...(outer.length === 0 ? {} : { [outerAttemptsVariable]: outer.join(",") }),
  };
}

function processIds(): number[] {
  return readdirSync("/proc")
    .filter((name) => /^\d+$/.test(name))
    .map(Number);
}

function belongs(pid: number, attemptId: string, fifo: string | undefined): boolean {
  const environment = environmentOf(pid);
  if (environment.some((entry) => entry.startsWith(`${helperVariable}=`))) return false;
  for (const entry of environment) {
    if (entry === `${attemptVariable}=${attemptId}`) return true;
    if (entry.startsWith(`${outerAttemptsVariable}=`) && entry.split(/[=,]/).includes(attemptId)) return true;
  }
  return fifo !== undefined && holds(pid, fifo);
}

/** Empty when the process is gone or belongs to somebody else. */
function environmentOf(pid: number): string[] {
  try {
    return readFileSync(`/proc/${pid}/environ`, "latin1").split("\0");
  } catch (error) {
    if (isShortage(error)) throw error;
    return [];
  }
}

function holds(pid: number, fifo: string): boolean {
  try {
    return readdirSync(`/proc/${pid}/fd`).some((descriptor) => {
      const link = `/proc/${pid}/fd/${descriptor}`;
      // Write permission of the link = open for writing (proc(5)). Who only looks whether the attempt lives is no member.
      return linkOf(link) === fifo && (lstatSync(link).mode & 0o200) !== 0;
    });
  } catch {
    return false;
  }
}

function fifoPath(alive: string): string | undefined {
  try {
    return realpathSync(alive);
  } catch {
    return undefined;
  }
}

function linkOf(path: string): string | undefined {
  try {
    return readlinkSync(path);
  } catch {
    return undefined;
  }
}

function ignoresAll(pid: number): boolean {
  try {
    const status = readFileSync(`/proc/${pid}/status`, "latin1");
    const ignored = BigInt(`0x${/^SigIgn:\s*([0-9a-f]+)$/m.exec(status)?.[1] ?? "0"}`);
    return ignoredByWrapper.every((name) => (ignored & (1n << BigInt(constants.signals[name] - 1))) !== 0n);
  } catch {
    return false;
  }
}

function commandLine(pid: number): string {
  try {
    const text = readFileSync(`/proc/${pid}/cmdline`, "utf8").replaceAll("\0", " ").trim();
    return text.length > 120 ? `${text.slice(0, 119)}…` : text;
  } catch {
    return "";
  }
}

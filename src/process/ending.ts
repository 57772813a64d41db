import { statSync } from "node:fs";
import { constants } from "node:os";
import { setTimeout as delay } from "node:timers/promises";
import type { AttemptEnd } from "../domain/attempt.ts";
import { faultPoint } from "../lib/fault-point.ts";
import type { Attempt } from "./attempt.ts";
import { type ExitRecord, readExitRecord } from "./exit-record.ts";
import { bootId, isAlive, isReachable } from "./identity.ts";
import { isHeld, watchHeld } from "./liveness.ts";
import type { AttemptOutput } from "./output-watch.ts";
import { describeMember, findMembers } from "./process-table.ts";
import { redactionProblem } from "./redaction-record.ts";

/** What is known about an attempt from outside while it runs. */
export type Surroundings = {
  /** Resolves when the wrapper is gone. */
  readonly wrapperGone: Promise<void>;
  /** Resolves when a stop was tried and these processes are left. */
  readonly unstoppable: Promise<readonly string[]>;
  readonly stopping: () => boolean;
  readonly output: AttemptOutput;
  readonly lingerMs: number;
};

/**
 * The end of an attempt. That is when no process of it is left; or when its command has ended and what is left are
 * background processes that stay longer than `lingerMs`, which are then named; or when it cannot be stopped.
 */
export async function awaitEnd(attempt: Attempt, around: Surroundings): Promise<AttemptEnd> {
  const unstoppable = around.unstoppable.then((left) => ({ kind: "unstoppable" as const, left }));
  const first = await Promise.race([around.wrapperGone, unstoppable]);
  faultPoint("process.exit-seen");
  if (first) return givenUp(attempt, around.output, first.left);
  if (!isHeld(attempt.paths.alive)) return verdict(attempt, around.output, []);
  const watch = watchHeld(attempt.paths.alive);
  const over = new AbortController();
  const background = backgroundOf(attempt, around, over.signal);
  background.catch(() => {});
  try {
    const rest = await Promise.race([watch.freed, unstoppable, background]);
    if (!rest) return await verdict(attempt, around.output, []);
    if (rest.kind === "unstoppable") return await givenUp(attempt, around.output, rest.left);
    return await verdict(attempt, around.output, rest.left);
  } finally {
    over.abort();
    watch.close();
  }
}

/** What may be concluded from the files alone, when no process is left. */
export async function verdict(
  attempt: Attempt,
  output: AttemptOutput,
  lingering: readonly string[],
): Promise<AttemptEnd> {
  const record = await readPatiently(attempt);
  if (typeof record === "string") return lost(attempt, output, [record, ...whereabouts(attempt)]);
  if (record.kind === "gate-closed") return { kind: "not-started" };
  // Before a power failure that line may have been written and lost again; within one boot it cannot.
  if (record.kind === "blank" && attempt.identity?.bootId === bootId()) return { kind: "not-started" };
  if (record.kind !== "ended") return lost(attempt, output, await evidenceOf(attempt, record));
  const incomplete = lingering.length === 0 ? redactionProblem(attempt.paths.redaction) : undefined;
  if (incomplete) return lost(attempt, output, [`the command ended with exit code ${record.exitCode}`, incomplete]);
  const left = lingering.length === 0 ? {} : { lingering };
  const summary = await output.summary(lingering.length > 0);
  const signal = signalOf(record.exitCode);
  if (signal) return { kind: "signalled", signal, output: summary, ...left };
  return { kind: "exited", exitCode: record.exitCode, output: summary, ...left };
}

/** Not even KILL has ended these. If the command itself is known to have ended, they are background processes. */
function givenUp(attempt: Attempt, output: AttemptOutput, left: readonly string[]): Promise<AttemptEnd> {
  if (hasEnded(attempt)) return verdict(attempt, output, left);
  return lost(
    attempt,
    output,
    left.map((process) => `could not be ended, not even by KILL: process ${process}`),
  );
}

/** Being short of something passes; a disk that cannot be read does not, and is then the evidence. */
async function readPatiently({ paths, attemptId }: Attempt): Promise<ExitRecord | string> {
  for (let tries = 1; ; tries++) {
    try {
      return readExitRecord(paths.exit, attemptId);
    } catch (error) {
      if (tries === mostReads) return `the exit record cannot be read: ${(error as Error).message}`;
      await delay(betweenReadsMs);
    }
  }
}

const mostReads = 50;
const betweenReadsMs = 100;

async function lost(attempt: Attempt, output: AttemptOutput, evidence: readonly string[]): Promise<AttemptEnd> {
  const stillRunning = isHeld(attempt.paths.alive);
  return { kind: "lost", evidence, output: await output.summary(stillRunning) };
}

/** Resolves only when the command is known to have ended and somebody stays. */
async function backgroundOf(
  attempt: Attempt,
  { stopping, lingerMs }: Surroundings,
  over: AbortSignal,
): Promise<{ kind: "background"; left: readonly string[] }> {
  for (let looks = 1; ; looks++) {
    await delay(lingerMs, undefined, { signal: over });
    if (stopping() || !hasEnded(attempt)) continue;
    const members = (await findMembers(attempt).catch(() => [])).filter((member) => !member.isWrapper);
    if (members.length > 0) return { kind: "background", left: members.map(describeMember) };
    // Nobody is to be found: our own helper is still writing out what it has read, or somebody hides.
    if (looks >= looksForHidden) return { kind: "background", left: ["that cannot be found"] };
  }
}

const looksForHidden = 30;

/** Whether the command is known to have ended. */
export function hasEnded({ paths, attemptId }: Attempt): boolean {
  try {
    return readExitRecord(paths.exit, attemptId).kind === "ended";
  } catch {
    return false;
  }
}

/**
 * A shell reports death by signal `n` as `128 + n`. Above that, programs use the numbers freely (ssh: 255). The few that use
 * these as codes of their own (git: 129) are taken for signalled: a doubt too many, never one too few.
 */
function signalOf(exitCode: number): string | undefined {
  const number = exitCode - 128;
  if (number < 1 || number > highestSignal) return undefined;
  const name = Object.entries(constants.signals).find(([, value]) => value === number)?.[0];
  return name ?? `SIG${number}`;
}

const highestSignal = 64;

async function evidenceOf(attempt: Attempt, record: ExitRecord): Promise<string[]> {
  // Nobody holds the FIFO, but a program may have closed it for what it started (Node does).
  const strays = await findMembers(attempt).catch(() => []);
  return [
    record.kind === "begun"
      ? "the command was started, and nothing says how it ended"
      : `no exit record of this attempt in ${attempt.paths.exit}`,
    ...whereabouts(attempt),
    ...strays.map((member) => `still running: process ${describeMember(member)}`),
    ...lastOutput(attempt),
  ];
}

function whereabouts({ identity }: Attempt): string[] {
  if (!identity) return ["its process is not on record"];
  if (identity.bootId !== bootId()) return ["the machine was restarted since"];
  if (!isReachable(identity)) return ["it ran in another container or pid namespace"];
  return isAlive(identity) ? [] : [`its process ${identity.pid} is gone`];
}

function lastOutput({ paths }: Attempt): string[] {
  const written = (["out", "err"] as const).flatMap((stream) => {
    const stats = statSync(paths[stream], { throwIfNoEntry: false });
    if (!stats || stats.size === 0) return [];
    return [`last written to ${stream}: ${stats.mtime.toISOString()}, ${stats.size} bytes in all`];
  });
  return written.length === 0 ? ["it printed nothing"] : written;
}

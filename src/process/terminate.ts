import { setTimeout as delay } from "node:timers/promises";
import type { ProcessIdentity } from "../domain/attempt.ts";
import type { Attempt } from "./attempt.ts";
import { isAlive } from "./identity.ts";
import { isHeld } from "./liveness.ts";
import { describeMember, findMembers, type Member, signalMember } from "./process-table.ts";

/**
 * Ends everything an attempt has started: a signal to all of it, KILL to what is left after the grace.
 *
 * The wrapper is spared until nothing else is left, so that it can still write how the command ended. T1: no signal goes
 * to a process that is not certainly of this attempt. T2: it comes to an end, also when a process cannot be killed.
 */
export class Termination {
  private readonly attempt: Attempt;
  private readonly over: AbortSignal;
  private deadline = Number.POSITIVE_INFINITY;
  private signal: NodeJS.Signals = "SIGTERM";
  private due = false;
  private retries = 0;
  private readonly signalled = new Set<string>();
  private running: Promise<readonly string[]> | undefined;

  /** @param over aborted when the attempt has ended with nobody left */
  constructor(attempt: Attempt, over: AbortSignal) {
    this.attempt = attempt;
    this.over = over;
  }

  /**
   * Asks, again or for the first time. Never waits longer than asked for earlier. Resolves with what could not be ended,
   * as text; empty = nothing is left.
   */
  request(graceMs: number, signal: NodeJS.Signals): Promise<readonly string[]> {
    this.deadline = Math.min(this.deadline, performance.now() + graceMs);
    this.signal = signal;
    this.due = true;
    this.retries = mostRetries;
    this.running ??= this.run();
    return this.running;
  }

  private async run(): Promise<readonly string[]> {
    for (let wait = 5; performance.now() < this.deadline; wait = Math.min(wait * 2, 200)) {
      if (this.due) this.due = !(await this.signalAll()) && --this.retries > 0;
      else if (!this.isWrapperAlive()) await this.signalNew();
      if (await this.isOver()) return [];
      await this.pause(Math.min(wait, this.deadline - performance.now()));
    }
    return this.kill();
  }

  /** `false` when the gate has just opened: there was nobody to signal yet, or nobody who could hear it. */
  private async signalAll(): Promise<boolean> {
    this.signalled.clear();
    const members = await this.signalNew();
    // All of the group in one call: nobody slips through by being born meanwhile. The wrapper does not mind.
    if (this.isWrapperAlive()) signalGroup(this.attempt.identity as ProcessIdentity, this.signal);
    return members.length > 0 && !members.some((member) => member.isBeginning);
  }

  /** Once the command has ended, what is left gets the signal that its parent could no longer pass on. */
  private async signalNew(): Promise<readonly Member[]> {
    const members = (await this.members()).filter((member) => !member.isWrapper);
    const inGroup = this.isWrapperAlive() ? this.attempt.identity?.pid : undefined;
    for (const member of members) {
      const name = `${member.pid}:${member.startTicks}`;
      if (this.signalled.has(name)) continue;
      this.signalled.add(name);
      if (member.group !== inGroup) signalMember(member, this.signal);
      // A stopped process handles a signal only when it goes on.
      signalMember(member, "SIGCONT");
    }
    return members;
  }

  /** Looked for until we can look: to take nobody for an answer would leave processes behind. */
  private async members(): Promise<readonly Member[]> {
    for (;;) {
      try {
        return await findMembers(this.attempt);
      } catch {
        await delay(lookAgainMs);
      }
    }
  }

  private isWrapperAlive(): boolean {
    const { identity } = this.attempt;
    return identity !== undefined && isAlive(identity);
  }

  private async isOver(): Promise<boolean> {
    if (isHeld(this.attempt.paths.alive)) return false;
    return (await this.members()).length === 0;
  }

  private async kill(): Promise<readonly string[]> {
    const patience = performance.now() + killPatienceMs;
    let left: readonly Member[] = [];
    for (let wait = 5; performance.now() < patience; wait = Math.min(wait * 2, 200)) {
      const members = await this.members();
      left = members.filter((member) => !member.isWrapper);
      for (const member of left) signalMember(member, "SIGKILL");
      if (left.length === 0) {
        if (members.length === 0 && !isHeld(this.attempt.paths.alive)) return [];
        if (await this.endWrapper()) return [];
      }
      await this.pause(wait);
    }
    if (left.length > 0) return left.map(describeMember);
    return isHeld(this.attempt.paths.alive) ? ["that cannot be found"] : [];
  }

  /** With its command gone it ends by itself, unless somebody stopped it. */
  private async endWrapper(): Promise<boolean> {
    const { identity, paths } = this.attempt;
    for (const signal of ["SIGCONT", "SIGKILL"] as const) {
      const until = performance.now() + wrapperPatienceMs;
      while (performance.now() < until) {
        if (!isHeld(paths.alive)) return true;
        await this.pause(5);
      }
      if (!identity || !isAlive(identity)) return false;
      process.kill(identity.pid, signal);
    }
    return false;
  }

  private async pause(ms: number): Promise<void> {
    if (ms <= 0) return;
    // The end of the attempt wakes us; what it may have left behind is looked for then, without haste.
    if (this.over.aborted) await delay(Math.min(ms, 20));
    else await delay(ms, undefined, { signal: this.over }).catch(() => {});
  }
}

function signalGroup({ pid }: ProcessIdentity, signal: NodeJS.Signals): void {
  try {
    process.kill(-pid, signal);
  } catch {
    // It has just gone.
  }
}

/** How long KILL is repeated before what survives it (another user's process, uninterruptible sleep) is given up. */
const killPatienceMs = 10_000;
/** Of a signal that came before the command did. */
const mostRetries = 20;
const lookAgainMs = 100;
const wrapperPatienceMs = 3_000;

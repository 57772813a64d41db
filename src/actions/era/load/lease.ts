import { randomUUID } from "node:crypto";
import { fail } from "../failed.ts";
import { pause } from "../retry.ts";
import { type EraDatabase, tableIn } from "../schema/era-database.ts";
import { isProvablyDead, type Owner, ownerForPeople, ownerText } from "./owner.ts";

/**
 * The right to work on one era.
 *
 * L1 At most one loader holds it: a claim is inserted first and counts only if a later read shows no other living claim.
 *    Of two loaders at least the one that reads later sees the other (inserts are visible when they return), so both may
 *    draw back, but both can never go on.
 * L2 Only ClickHouse's clock decides whether a claim is alive; on the owner's own machine a dead process frees it at once.
 * L3 A holder that slept too long learns it before its commit; should it not, its commit is still a complete era.
 */
export type Lease = {
  readonly claim: string;
  /** Aborted when the lease could not be kept alive. */
  readonly lost: AbortSignal;
  /** Asks once more, right before a commit. @throws Failed `era-lease-lost` */
  demandHeld(): Promise<void>;
  release(): Promise<void>;
};

export type Claimed =
  | { readonly kind: "held"; readonly lease: Lease }
  /** Another loader works on the era. */
  | { readonly kind: "taken"; readonly by: string };

/** Without a sign of life for this long, an owner on another machine counts as dead. */
const LEASE_MS = 60_000;
const BEAT_MS = 15_000;
const TRIES = 8;
/** A rival claim that has shown a sign of life, or is older than this, is held; another may be about to draw back. */
const SETTLED_MS = 3000;

/** @param tries 1 asks once and takes a rival's unsettled claim for a held one */
export async function claimEra(
  target: EraDatabase,
  era: number,
  owner: Owner,
  signal?: AbortSignal,
  tries = TRIES,
): Promise<Claimed> {
  for (let attempt = 1; ; attempt++) {
    const claim = randomUUID();
    await write(target, era, claim, owner, "claim");
    const rivals = await livingRivals(target, era, claim);
    if (rivals.length === 0) return { kind: "held", lease: keep(target, era, claim, owner) };
    await write(target, era, claim, owner, "release");
    const holder = rivals.find((rival) => rival.beats > 0 || rival.ageMs > SETTLED_MS);
    if (holder !== undefined || attempt >= tries) {
      return { kind: "taken", by: ownerForPeople((holder ?? rivals[0]!).owner) };
    }
    await pause(Math.random() * 150 * attempt, signal);
  }
}

/** Who works on which era right now. */
export async function livingClaims(target: EraDatabase): Promise<Map<number, string>> {
  const claims = await readClaims(target, undefined);
  return new Map(claims.filter(isAlive).map((claim) => [claim.era, ownerForPeople(claim.owner)]));
}

function keep(target: EraDatabase, era: number, claim: string, owner: Owner): Lease {
  const lost = new AbortController();
  let lastBeat = performance.now();
  let beating: Promise<void> = Promise.resolve();
  const beat = async () => {
    // Others may have begun while this process stood still (SIGSTOP, a suspended machine): no beat makes up for that.
    if (performance.now() - lastBeat > LEASE_MS) lost.abort(leaseLost(era));
    if (lost.signal.aborted) return;
    try {
      await write(target, era, claim, owner, "beat", AbortSignal.timeout(BEAT_MS));
      lastBeat = performance.now();
    } catch {
      // One missed beat is no loss; after a whole lease without any, others may have taken over.
      if (performance.now() - lastBeat > LEASE_MS - BEAT_MS) lost.abort(leaseLost(era));
    }
  };
  const beatNext = () => {
    beating = beating.then(beat);
  };
  beatNext(); // tells rivals at once that this claim has come to stay
  const timer = setInterval(beatNext, BEAT_MS);
  timer.unref();
  return {
    claim,
    lost: lost.signal,
    async demandHeld() {
      if (lost.signal.aborted) throw leaseLost(era);
      const claims = await readClaims(target, era);
      const mine = claims.find((entry) => entry.claim === claim);
      // A claim without a beat is a rival that is about to draw back, because it sees this one.
      const rival = claims.some((entry) => entry.claim !== claim && entry.beats > 0 && isAlive(entry));
      if (mine === undefined || mine.idleMs > LEASE_MS || rival) throw leaseLost(era);
    },
    async release() {
      clearInterval(timer);
      await beating;
      await write(target, era, claim, owner, "release");
    },
  };
}

type ClaimRow = {
  readonly era: number;
  readonly claim: string;
  readonly owner: string;
  readonly idleMs: number;
  readonly ageMs: number;
  readonly beats: number;
};

async function livingRivals(target: EraDatabase, era: number, mine: string): Promise<ClaimRow[]> {
  return (await readClaims(target, era)).filter((row) => row.claim !== mine && isAlive(row));
}

function isAlive({ idleMs, owner }: ClaimRow): boolean {
  return idleMs <= LEASE_MS && !isProvablyDead(owner);
}

/** Claims without a release; `era` undefined: of all eras. */
async function readClaims(target: EraDatabase, era: number | undefined): Promise<ClaimRow[]> {
  const rows = await target.clickhouse.rows<{ [name: string]: string | number }>(
    `SELECT era_number, claim, any(owner) AS who,
       dateDiff('millisecond', max(at), now64(3)) AS idle, dateDiff('millisecond', min(at), now64(3)) AS age,
       countIf(kind = 'beat') AS beats
     FROM ${tableIn(target, "era_lease")}
     ${era === undefined ? "" : "WHERE era_number = {era:UInt32}"}
     GROUP BY era_number, claim HAVING countIf(kind = 'release') = 0`,
    { params: era === undefined ? {} : { era } },
  );
  return rows.map((row) => ({
    era: Number(row.era_number),
    claim: String(row.claim),
    owner: String(row.who),
    idleMs: Number(row.idle),
    ageMs: Number(row.age),
    beats: Number(row.beats),
  }));
}

async function write(
  target: EraDatabase,
  era: number,
  claim: string,
  owner: Owner,
  kind: "claim" | "beat" | "release",
  signal?: AbortSignal,
): Promise<void> {
  await target.clickhouse.command(
    `INSERT INTO ${tableIn(target, "era_lease")} (era_number, claim, owner, kind)
     SELECT {era:UInt32}, {claim:String}, {owner:String}, {kind:String}`,
    { params: { era, claim, owner: ownerText(owner), kind }, settings: { async_insert: 0 }, signal },
  );
}

function leaseLost(era: number): Error {
  const message = `era ${era}: this loader was out of touch with ClickHouse for so long that another may have taken the era over`;
  return fail("era-lease-lost", message, { hint: "nothing of it was published by this loader: load the era again" });
}

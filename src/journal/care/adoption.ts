import type { Event } from "../../domain/event.ts";
import type { Actor } from "../../domain/prompt.ts";
import type { UnknownAttempt } from "../attempts-on-disk.ts";

/** An attempt of which only its directory is left. */
export type LostAttempt = {
  readonly at: string;
  readonly n: number;
  readonly attemptId: string;
  readonly dir: string;
  readonly sign: string;
};

/**
 * Who a directory's attempt belongs to: address and number stand in its name (domain/address.ts, `attemptDirName`), its
 * id in what the wrapper wrote. `undefined` when the address was too long for the name.
 */
export function lostAttempt(unknown: UnknownAttempt, attemptId: string | undefined): LostAttempt | undefined {
  const match = /^(.+)\.([1-9]\d*)$/.exec(unknown.name);
  if (!match || /~[0-9a-f]{16}$/.test(match[1] as string)) return undefined;
  const [, flat, n] = match as unknown as [string, string, string];
  return {
    at: flat.replaceAll(",", "/"),
    n: Number(n),
    attemptId: attemptId ?? `lost-${unknown.name}`,
    dir: `attempts/${unknown.name}`,
    sign: unknown.traces.kind === "ran" ? unknown.traces.sign : "nothing is known of it but its directory",
  };
}

/**
 * Events that bring lost attempts back into the record as what they are: started, with an outcome that nobody knows. Of
 * several at one address only the last is left to be settled by a person; the run went past the others.
 */
export function adoptionEvents(lost: readonly LostAttempt[], open: readonly OpenAttempt[], actor: Actor): Event[] {
  const unsettled = new Map(open.map((attempt) => [attempt.at, attempt]));
  const events: Event[] = [];
  for (const attempt of lost.toSorted((a, b) => a.n - b.n)) {
    const { at, n, attemptId, dir, sign } = attempt;
    const before = unsettled.get(at);
    if (before) events.push(...settled(before, n, actor));
    events.push(
      { type: "attempt-released", at, n, attemptId, effect: "mutate", commandSha256: "", dir },
      {
        type: "attempt-ended",
        at,
        n,
        outcome: { kind: "in-doubt", evidence: ["the journal lost its record", sign] },
        observedLate: true,
      },
    );
    unsettled.set(at, { at, n, inDoubt: true });
  }
  return events;
}

/** An attempt that is released or in doubt in what is left of the record. */
export type OpenAttempt = { readonly at: string; readonly n: number; readonly inDoubt: boolean };

function settled({ at, n, inDoubt }: OpenAttempt, next: number, actor: Actor): Event[] {
  const reason = `attempt ${next} followed it; the journal lost how it ended`;
  const evidence = [reason];
  const resolved: Event = { type: "doubt-resolved", at, n, as: "rerun", by: "operator", reason, actor };
  if (inDoubt) return [resolved];
  return [{ type: "attempt-ended", at, n, outcome: { kind: "in-doubt", evidence }, observedLate: true }, resolved];
}

import type { ProcessIdentity } from "../domain/attempt.ts";
import { JournalError } from "../domain/ports.ts";
import type { Actor } from "../domain/prompt.ts";

/** Who wants to own a run, as the `owner-acquired` event records it. */
export type OwnerFacts = {
  readonly actor: Actor;
  readonly identity: ProcessIdentity;
  /** Version of this program. */
  readonly version: string;
};

export type Owner = OwnerFacts & { readonly sinceWallMs: number };

/** `anna@host1, pid 4711, /dev/pts/3, since 2026-03-17 14:25:30Z` */
export function ownerText(owner: Owner): string {
  const { actor, identity } = owner;
  const since = new Date(owner.sinceWallMs).toISOString().slice(0, 19).replace("T", " ");
  return [`${actor.user}@${actor.host}`, `pid ${identity.pid}`, actor.tty ?? "no terminal", `since ${since}Z`].join(
    ", ",
  );
}

export function runIsOwned(runId: string, owner: Owner | undefined): JournalError {
  return new JournalError(
    75,
    `run ${runId} is being carried out by ${owner ? ownerText(owner) : "another process"}`,
    `look at it with \`runsheet attach ${runId}\`, or end it with \`runsheet stop ${runId}\``,
  );
}

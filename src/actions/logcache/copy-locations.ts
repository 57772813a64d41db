import type { ActionContext, ActionResult } from "../../domain/action.ts";
import type { Failure } from "../../domain/failure.ts";
import type { Json } from "../../domain/json.ts";
import { copyFolders, type FolderResult } from "../s3/copy-folders.ts";
import type { S3Location } from "../s3/location.ts";
import { inSession, type Session, type SessionOptions } from "../s3/session.ts";

/** One directory after copying. */
export type CopiedLocation = FolderResult & { readonly key: string };

export type CopyLocations = {
  readonly keys: readonly string[];
  /** Keys end with a slash or are empty. */
  readonly from: S3Location;
  readonly to: S3Location;
  readonly multipartAbove: number;
  /** How often what failed is copied again, the first time included. */
  readonly rounds: number;
};

export type LocationsCopied = {
  readonly locations: readonly CopiedLocation[];
  /** Objects that were copied by this attempt, over all rounds. */
  readonly transferred: number;
  readonly transferredBytes: number;
  /** Why the last round was not whole. */
  readonly failure: Failure | undefined;
};

/**
 * Copies every directory, each verified, and those that were not whole again. A failure that stops everything (no access,
 * stopped) ends it at once.
 */
export async function copyLocations(
  context: ActionContext,
  options: SessionOptions,
  job: CopyLocations,
): Promise<ActionResult<LocationsCopied>> {
  const results = new Map<string, CopiedLocation>();
  let checkpoint = context.lastCheckpoint;
  let transferred = 0;
  let transferredBytes = 0;
  let keys = job.keys;
  let failure: Failure | undefined;
  for (let round = 1; round <= job.rounds && keys.length > 0; round++) {
    if (round > 1) context.log(`round ${round}: copying ${keys.length} directories again: ${keys.join(", ")}`);
    const inRound: ActionContext = {
      ...context,
      lastCheckpoint: checkpoint,
      checkpoint: async (value: Json) => {
        checkpoint = value;
        await context.checkpoint(value);
      },
    };
    let copied: readonly FolderResult[] | undefined;
    const ended = await inSession(inRound, options, async (session) => {
      copied = await copyFolders(
        session,
        keys.map((key) => folderJob(session, job, key)),
      );
      return session.meter.counts;
    });
    // Without results the round ended before its end, and another one would too.
    if (copied === undefined) return ended.kind === "failed" ? ended : bug();
    for (const [index, result] of copied.entries()) results.set(keys[index]!, { ...result, key: keys[index]! });
    failure = ended.kind === "failed" ? ended.failure : undefined;
    if (ended.kind === "ok") {
      transferred += ended.outputs.transferred;
      transferredBytes += ended.outputs.transferredBytes;
    }
    keys = keys.filter((key) => results.get(key)!.failed > 0);
  }
  const locations = job.keys.map((key) => results.get(key)!);
  return { kind: "ok", outputs: { locations, transferred, transferredBytes, failure } };
}

function folderJob(session: Session, { from, to, multipartAbove }: CopyLocations, key: string) {
  return {
    from: { store: session.source, bucket: from.bucket, prefix: `${from.key}${key}/` },
    to: { store: session.target, bucket: to.bucket, prefix: `${to.key}${key}/` },
    multipartAbove,
  };
}

function bug(): never {
  throw new Error("a session ended well without a result");
}

import { access } from "node:fs/promises";
import { basename, join } from "node:path";
import { z } from "zod";
import type { ActionContext } from "../../domain/action.ts";
import { type Failure, failure } from "../../domain/failure.ts";
import { pause } from "../../lib/pause.ts";
import type { MadeSnapshot, NodeApi } from "./node-api.ts";
import type { PointList } from "./point-list.ts";
import type { SharedCheckpoint } from "./ship.ts";
import { findSnapshots, renameDurably, type SnapshotFile } from "./snapshot-files.ts";
import { snapshotName } from "./snapshot-name.ts";
import { snapshotVersionOf } from "./snapshot-version.ts";

export type TakerOptions = {
  readonly api: NodeApi;
  readonly points: PointList;
  readonly checkpoint: SharedCheckpoint;
  readonly context: ActionContext;
  readonly dir: string;
  readonly chain: string;
  /** For names, where neither the node's answer nor the file tells. */
  readonly version: number | undefined;
  readonly everyMs: number;
};

/** `nothing`: not this time; the node did not answer, or its head has moved on. */
export type Taking =
  | { readonly kind: "taken"; readonly path: string; readonly height: bigint }
  | { readonly kind: "nothing" }
  | { readonly kind: "failed"; readonly failure: Failure };

const pending = z.object({
  file: z.string(),
  height: z.string(),
  headId: z.string(),
  blockTime: z.string(),
  version: z.number(),
});

const TRIES = 5;

/**
 * Makes the snapshot for a point, or finds the one that an earlier attempt made: asking nodeos twice at one head is an
 * error and at a later head a second file, so the directory is listed before anything is created.
 */
export class SnapshotTaker {
  readonly #options: TakerOptions;
  #version: number | undefined;

  constructor(options: TakerOptions) {
    this.#options = options;
    this.#version = options.version;
  }

  /** What the node had answered when the last attempt ended, and nobody had acted on yet. */
  async finishPending(): Promise<Taking> {
    const saved = pending.safeParse(this.#options.checkpoint.part("made"));
    if (!saved.success) return { kind: "nothing" };
    const made = { ...saved.data, height: BigInt(saved.data.height) };
    return (await exists(join(this.#options.dir, basename(made.file)))) ? this.#adopt(made) : { kind: "nothing" };
  }

  async take(point: bigint): Promise<Taking> {
    const { api, context, points, everyMs } = this.#options;
    const there = await this.#findRaw(point, points.endOf(point));
    if (there !== undefined) return there;
    for (let tries = 1; ; tries++) {
      const answer = await api.createSnapshot(context.signal);
      if (answer.kind === "ok") return this.#keep(answer.value);
      if (context.signal.aborted) return { kind: "nothing" };
      context.log(answer.failure.message);
      // The answer may be lost and the file be there: the next look at the directory tells.
      if (answer.kind === "silent") return { kind: "nothing" };
      if (answer.name === "snapshot_directory_not_found_exception")
        return { kind: "failed", failure: noDirectory(answer.failure) };
      if (answer.name === "snapshot_exists_exception") {
        const found = await this.#findRaw(point, points.endOf(point));
        if (found !== undefined) return found;
      }
      if (tries === TRIES) return { kind: "failed", failure: refused(answer.failure) };
      await pause(everyMs, context.signal);
    }
  }

  async #keep(made: MadeSnapshot): Promise<Taking> {
    await this.#options.checkpoint.put("made", { ...made, height: `${made.height}` });
    this.#version = made.version > 0 ? made.version : this.#version;
    const raw = join(this.#options.dir, basename(made.file));
    if (await exists(raw)) return this.#adopt(made);
    const message = `the node reports ${made.file}, but ${raw} is not there`;
    const hint = 'set "dir" to the directory in which this machine sees the node\'s snapshots';
    return { kind: "failed", failure: failure("snapshot-elsewhere", message, { hint, retryable: false }) };
  }

  /** Gives a finished file of the node its final name. */
  async #adopt({ file, height, blockTime, version }: MadeSnapshot): Promise<Taking> {
    const { dir, chain } = this.#options;
    const path = join(dir, snapshotName({ chain, blockTime, version, height }));
    await renameDurably(join(dir, basename(file)), path);
    return { kind: "taken", path, height };
  }

  /** A finished file in the node's own naming whose height serves the point: made by a call whose answer was lost. */
  async #findRaw(from: bigint, to: bigint): Promise<Taking | undefined> {
    const { dir, api, context } = this.#options;
    const raw = (await findSnapshots(dir)).filter(
      ({ stage, height }) => stage === "raw" && height >= from && height < to,
    );
    const newest = raw.sort((a, b) => Number(b.height - a.height))[0];
    if (newest === undefined) return undefined;
    const time = await api.blockTime(newest.height, context.signal);
    const version = await this.#versionOf(newest);
    if (time.kind === "ok" && version !== undefined) {
      context.log(`found ${basename(newest.path)}, made by a call whose answer was lost`);
      return this.#adopt({ file: newest.path, height: newest.height, headId: "", blockTime: time.value, version });
    }
    context.log(
      `left ${newest.path} alone: ${time.kind === "ok" ? "its version" : "the time of its block"} is not known`,
    );
    return undefined;
  }

  async #versionOf(file: SnapshotFile): Promise<number | undefined> {
    return (await snapshotVersionOf(file.path)) ?? this.#version;
  }
}

function noDirectory(from: Failure): Failure {
  const hint = "make the node's snapshots directory (snapshots-dir of its configuration), then resume the run";
  return failure("snapshot-directory-missing", from.message, { hint });
}

function refused(from: Failure): Failure {
  const hint = "look at the node's log; resume the run to try again";
  return failure("snapshot-refused", `no snapshot after ${TRIES} tries: ${from.message}`, { hint });
}

async function exists(path: string): Promise<boolean> {
  return access(path).then(
    () => true,
    () => false,
  );
}

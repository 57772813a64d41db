import { mkdir, rm } from "node:fs/promises";
import { basename, join, resolve } from "node:path";
import type { ActionContext, ActionResult } from "../../domain/action.ts";
import { type Failure, failure } from "../../domain/failure.ts";
import type { JsonObject } from "../../domain/json.ts";
import { pause } from "../../lib/pause.ts";
import { toMs, wholeToJson } from "../fields.ts";
import { compressFile, hashDecompressed, hashFile } from "../file/compression.ts";
import { findBlockLogs, gapsBetween, lastWholeStride, stampOf } from "./block-logs.ts";
import type { BlocklogsOutputs, BlocklogsParams } from "./blocklogs-params.ts";
import { connectionOf } from "./load-snapshots.ts";
import { nodeApi } from "./node-api.ts";
import { type HeadNews, NodeWatch } from "./node-watch.ts";
import { SharedCheckpoint, shipFile } from "./ship.ts";

type Failed = { readonly kind: "failed"; readonly failure: Failure };

/** What a checkpoint remembers of a file that is done: the source as it was, so that another one is not taken for it. */
type Done = { [name: string]: string };

type Sweep = {
  readonly given: BlocklogsParams;
  readonly context: ActionContext;
  readonly checkpoint: SharedCheckpoint;
  readonly done: Done;
  readonly dir: string;
  readonly archive: string;
};

/** The whole of `replay.blocklogs`. */
export async function shipBlockLogs(
  given: BlocklogsParams,
  context: ActionContext,
): Promise<ActionResult<BlocklogsOutputs>> {
  const checkpoint = new SharedCheckpoint(context);
  const done = { ...(checkpoint.part("done") as Done | undefined) };
  const [dir, archive] = [resolve(context.cwd, given.dir), resolve(context.cwd, given.archive)];
  await mkdir(archive, { recursive: true });
  const sweep: Sweep = { given, context, checkpoint, done, dir, archive };
  return (await (given.follow === undefined ? once(sweep) : follow(sweep, given.follow))) ?? finish(sweep);
}

async function once(sweep: Sweep): Promise<Failed | undefined> {
  const swept = await sweepOver(sweep);
  if (swept !== undefined) return swept;
  const alone = (await findBlockLogs(sweep.dir)).filter(({ index }) => index === undefined);
  if (alone.length === 0) return undefined;
  const names = alone.map(({ log }) => basename(log)).join(", ");
  const hint = "make the index with `leap-util block-log make-index` (or eosio-blocklog), then resume the run";
  return { kind: "failed", failure: failure("block-log-without-index", `no index beside ${names}`, { hint }) };
}

async function follow(sweep: Sweep, wanted: NonNullable<BlocklogsParams["follow"]>): Promise<Failed | undefined> {
  const { context, given } = sweep;
  const goal = lastWholeStride(BigInt(wanted.terminateAt), BigInt(wanted.stride));
  const log = wanted.log === undefined ? undefined : resolve(context.cwd, wanted.log);
  const node = new NodeWatch({ stalledMs: toMs(wanted.stalled), unreachableMs: toMs(wanted.unreachable), log });
  const api = nodeApi(wanted.node, 1);
  for (;;) {
    // Asked before looking at the files: what a node has retired before its end is then seen.
    const news: HeadNews = await node.hear(await api.head(context.signal));
    const trouble = await sweepOver(sweep);
    if (trouble !== undefined) return trouble;
    if (context.signal.aborted) return { kind: "failed", failure: failure("cancelled", "the watch was broken off") };
    if (lastDone(sweep.done) >= goal) return undefined;
    if (news.kind === "ended") return once(sweep);
    if (news.kind === "failed") return news;
    const note =
      news.kind === "head" ? `head ${news.num}, last log ends at ${goal}` : news.kind === "waiting" ? news.note : "";
    context.progress({ done: Object.keys(sweep.done).length, unit: "files", note });
    await pause(toMs(given.every), context.signal);
  }
}

/** Everything that lies there complete and is not done yet. */
async function sweepOver(sweep: Sweep): Promise<Failed | undefined> {
  for (const pair of await findBlockLogs(sweep.dir)) {
    if (pair.index === undefined) continue;
    // The index first, as it is small: a log in the store then always has its index there.
    for (const file of [pair.index, pair.log]) {
      if (sweep.context.signal.aborted) return undefined;
      const trouble = await ship(sweep, file);
      if (trouble !== undefined) return trouble;
    }
    if (sweep.given.removeSource) for (const file of [pair.index, pair.log]) await rm(file, { force: true });
  }
  return undefined;
}

async function ship({ given, context, checkpoint, done, archive }: Sweep, file: string): Promise<Failed | undefined> {
  const name = basename(file);
  const stamp = await stampOf(file);
  if (done[name] === stamp) return undefined;
  const { signal } = context;
  try {
    const before = await hashFile(file, signal);
    const packed = join(archive, `${name}.zst`);
    const isPacked = await holds(packed, before.sha256, signal);
    if (!isPacked) {
      const { from } = await compressFile(file, packed, "zstd", { signal, level: given.level });
      const changed = from.sha256 !== before.sha256 || (await stampOf(file)) !== stamp;
      if (changed) return changing(file);
      if (!(await holds(packed, before.sha256, signal))) return damaged(packed, file);
    }
    let where = packed;
    if (given.to !== undefined) {
      const destination = { to: given.to, connection: connectionOf(given) };
      const sent = await shipFile(packed, destination, { kind: "keep" }, checkpoint.contextFor("uploads", context));
      if (sent.kind === "failed") return sent;
      where = sent.outputs;
    }
    done[name] = stamp;
    await checkpoint.put("done", { ...done } as JsonObject);
    context.log(`${name}: ${before.sizeBytes} bytes, sha256 ${before.sha256}, verified at ${where}`);
    return undefined;
  } catch (error) {
    if (!signal.aborted) throw error;
    return { kind: "failed", failure: failure("cancelled", `${name}: broken off`) };
  }
}

/** A compressed file that gives back the bytes with this checksum: made by an earlier attempt, or just now. */
async function holds(packed: string, sha256: string, signal: AbortSignal): Promise<boolean> {
  try {
    return (await hashDecompressed(packed, "zstd", signal)).sha256 === sha256;
  } catch (error) {
    if (signal.aborted) throw error;
    // Missing, or not readable as zstd: it is made (again).
    return false;
  }
}

async function finish({ context, done }: Sweep): Promise<ActionResult<BlocklogsOutputs>> {
  const pairs = Object.keys(done)
    .flatMap((name) => {
      const match = /^blocks-(\d+)-(\d+)\.log$/.exec(name);
      return match === null ? [] : [{ first: BigInt(match[1]!), last: BigInt(match[2]!) }];
    })
    .sort((a, b) => (a.first < b.first ? -1 : 1));
  const gaps = gapsBetween(pairs);
  for (const gap of gaps) context.log(`warning: ${gap}`);
  const [first, last] = [pairs[0], pairs.at(-1)];
  const extent =
    first === undefined || last === undefined
      ? {}
      : { firstBlock: wholeToJson(first.first), lastBlock: wholeToJson(last.last) };
  context.log(`${pairs.length} block logs with their indexes are in the store`);
  return { kind: "ok", outputs: { files: Object.keys(done).length, ...extent, gaps } };
}

function lastDone(done: Done): bigint {
  return Object.keys(done).reduce((most, name) => {
    const last = BigInt(/^blocks-\d+-(\d+)\.log$/.exec(name)?.[1] ?? 0);
    return last > most ? last : most;
  }, 0n);
}

function changing(file: string): Failed {
  const hint = "is another program writing there? resume the run when it has finished";
  return {
    kind: "failed",
    failure: failure("block-log-changing", `${file} changed while it was compressed`, { hint }),
  };
}

function damaged(packed: string, file: string): Failed {
  const hint = "check disk and memory of this machine before you resume the run";
  return {
    kind: "failed",
    failure: failure("compression-damaged", `${packed} does not give back what ${file} holds`, { hint }),
  };
}

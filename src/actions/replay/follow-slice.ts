import { mkdir } from "node:fs/promises";
import { basename, resolve } from "node:path";
import type { ActionContext, ActionResult } from "../../domain/action.ts";
import { type Failure, failure } from "../../domain/failure.ts";
import { writeFileAtomically } from "../../lib/atomic-file.ts";
import { pause } from "../../lib/pause.ts";
import { toMs, wholeToJson } from "../fields.ts";
import { connectionOf } from "./load-snapshots.ts";
import { Stopwatch } from "./measuring.ts";
import { nodeApi } from "./node-api.ts";
import { NodeWatch } from "./node-watch.ts";
import { PointList } from "./point-list.ts";
import { remoteNames } from "./remote-names.ts";
import { SharedCheckpoint } from "./ship.ts";
import { Shipping } from "./shipping.ts";
import { slicePoints } from "./slice-points.ts";
import { findSnapshots } from "./snapshot-files.ts";
import { snapshotHeight } from "./snapshot-name.ts";
import { SnapshotTaker } from "./snapshot-taker.ts";
import type { SnapshotsOutputs, SnapshotsParams } from "./snapshots-params.ts";

type Failed = { readonly kind: "failed"; readonly failure: Failure };

/** Everything of one attempt. */
type Watch = {
  readonly given: SnapshotsParams;
  readonly context: ActionContext;
  readonly points: PointList;
  readonly checkpoint: SharedCheckpoint;
  readonly taker: SnapshotTaker;
  readonly shipping: Shipping;
  readonly stopwatch: Stopwatch;
  readonly dir: string;
  readonly archive: string;
};

/** The whole of `replay.snapshots`. */
export async function followSlice(
  given: SnapshotsParams,
  context: ActionContext,
): Promise<ActionResult<SnapshotsOutputs>> {
  const found = await slicePoints(given, context.cwd);
  if (found.kind === "failed") return found;
  const checkpoint = new SharedCheckpoint(context);
  const points = new PointList(found.value, BigInt(given.terminateAt), checkpoint.part("points"));
  const dir = resolve(context.cwd, given.dir);
  const archive = resolve(context.cwd, given.archive);
  await mkdir(archive, { recursive: true });
  const destination = given.to === undefined ? undefined : { to: given.to, connection: connectionOf(given) };
  const everyMs = toMs(given.every);
  const shipping = new Shipping({ destination, archive, level: given.level, context, checkpoint, againMs: everyMs });
  const api = nodeApi(given.node, toMs(given.snapshotTimeout));
  const { chain, version } = given;
  const taker = new SnapshotTaker({ api, points, checkpoint, context, dir, chain, version, everyMs });
  const stopwatch = new Stopwatch(checkpoint.part("measured"));
  const watch: Watch = { given, context, points, checkpoint, taker, shipping, stopwatch, dir, archive };
  try {
    return (await takeUp(watch)) ?? (await follow(watch, api)) ?? (await finish(watch));
  } finally {
    await shipping.stop();
  }
}

/** Counts what is there already, and goes on with what an earlier attempt left half-way. */
async function takeUp(watch: Watch): Promise<Failed | undefined> {
  const { given, context, points, taker, shipping, dir, archive } = watch;
  const left = await taker.finishPending();
  if (left.kind === "failed") return left;
  const lying = await findSnapshots(dir);
  for (const { path, height, stage } of lying) {
    if (stage === "raw" || points.servedBy(height) === undefined) continue;
    // Compressed, but not removed: nobody has read the compressed file back.
    if (stage === "packed" && lying.some((other) => other.path === path.replace(/\.zst$/, ""))) continue;
    points.take(height, nameOf(path));
    shipping.add(path);
  }
  for (const { path, height } of await findSnapshots(archive)) points.take(height, nameOf(path));
  if (given.to !== undefined && points.open.length > 0) {
    const names = await remoteNames(given.to, connectionOf(given), context);
    if (names.kind === "failed") return names;
    for (const name of names.value) {
      const height = snapshotHeight(name);
      if (height !== undefined && name.includes(`-${given.chain}-v`)) points.take(height, name);
    }
  }
  if (points.done > 0) context.log(`${points.done} of ${points.count} snapshots are there already`);
  await watch.checkpoint.put("points", points.toJson());
  return undefined;
}

/** Undefined: no point is open any more. */
async function follow(watch: Watch, api: ReturnType<typeof nodeApi>): Promise<Failed | undefined> {
  const { given, context, points, taker, shipping, stopwatch } = watch;
  const log = given.log === undefined ? undefined : resolve(context.cwd, given.log);
  const node = new NodeWatch({ stalledMs: toMs(given.stalled), unreachableMs: toMs(given.unreachable), log });
  while (points.open.length > 0) {
    const news = await node.hear(await api.head(context.signal));
    if (context.signal.aborted) return { kind: "failed", failure: failure("cancelled", "the watch was broken off") };
    if (news.kind === "failed") return news;
    if (news.kind === "ended") {
      for (const point of points.open) miss(watch, point, "the node had ended");
      break;
    }
    if (news.kind === "head") {
      const due = points.open.filter((point) => point <= news.num);
      const current = due.at(-1);
      if (current === undefined) await lap(watch, news.num, stopwatch.state.last === undefined);
      else {
        for (const point of due) if (point !== current) miss(watch, point, `the head was at ${news.num} already`);
        const taking = await taker.take(current);
        node.touch();
        if (taking.kind === "failed") return taking;
        if (taking.kind === "taken") {
          await lap(watch, taking.height, true);
          const served = points.take(taking.height, nameOf(taking.path));
          if (served !== undefined && served !== current)
            miss(watch, current, `the snapshot has height ${taking.height}`);
          context.log(`snapshot ${basename(taking.path)} for ${served ?? "no point"}`);
          shipping.add(taking.path);
        }
        await watch.checkpoint.put("points", points.toJson());
      }
    }
    const next = points.open[0];
    const waiting = shipping.waiting === 0 ? "" : `, ${shipping.waiting} to send`;
    const note = news.kind === "waiting" ? news.note : `head ${node.lastHead}, next at ${next ?? "-"}${waiting}`;
    context.progress({ done: points.done, total: points.count, unit: "snapshots", note });
    await pause(toMs(given.every), context.signal);
  }
  return undefined;
}

/** Notes the time at which the head was here; the file follows when a period is over. */
async function lap({ given, context, checkpoint, stopwatch }: Watch, height: bigint, isBorder: boolean): Promise<void> {
  if (!isBorder) return;
  stopwatch.lap(height);
  await checkpoint.put("measured", stopwatch.toJson());
  if (given.measured !== undefined) await writeFileAtomically(resolve(context.cwd, given.measured), stopwatch.text());
}

async function finish({
  given,
  context,
  points,
  shipping,
  checkpoint,
  stopwatch,
}: Watch): Promise<ActionResult<SnapshotsOutputs>> {
  await checkpoint.put("points", points.toJson());
  const { count, done } = { count: points.count, done: points.done };
  context.progress({ done, total: count, unit: "snapshots", note: `sending the last ${shipping.waiting}` });
  const trouble = await shipping.drain();
  if (context.signal.aborted) return { kind: "failed", failure: failure("cancelled", "sending was broken off") };
  if (trouble !== undefined) return { kind: "failed", failure: trouble };
  const missed = points.missed.map(wholeToJson);
  if (given.measured !== undefined) await writeFileAtomically(resolve(context.cwd, given.measured), stopwatch.text());
  context.log(`${points.names.length} snapshots of ${count}, ${missed.length} missed`);
  const measured = given.measured === undefined ? {} : { measured: resolve(context.cwd, given.measured) };
  return { kind: "ok", outputs: { due: count, taken: [...points.names], missed, ...measured } };
}

function miss({ points, context }: Watch, point: bigint, why: string): void {
  points.miss(point);
  context.log(`warning: no snapshot for ${point}: ${why}`);
}

/** The name in the store, whatever stage the file is in. */
function nameOf(path: string): string {
  return `${basename(path).replace(/\.zst$/, "")}.zst`;
}

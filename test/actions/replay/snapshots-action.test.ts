import { mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { zstdCompressSync, zstdDecompressSync } from "node:zlib";
import { describe, expect, test } from "vitest";
import { replayActions } from "../../../src/actions/replay/index.ts";
import type { Json } from "../../../src/domain/json.ts";
import { type S3Server, startS3 } from "../../../src/lab/s3/start.ts";
import { actionNamed, contextIn, previewAction, runAction, type TestContext, temporaryDirectory } from "../context.ts";
import { closedPort } from "../http/server.ts";
import { contents } from "../s3/rig.ts";
import { finalName, snapshotContent, steeredNode } from "./steered-node.ts";

const snapshots = actionNamed(replayActions, "replay.snapshots");

/** A home with a manifest of four periods (borders at 1000, 2000, 3000), a node and a store. */
async function slice(heads: number[]) {
  const home = await temporaryDirectory();
  writeFileSync(join(home.path, "manifest.csv"), "0,1000,1000\n1000,2000,1000\n2000,3000,1000\n3000,4000,1000\n");
  const node = await steeredNode(join(home.path, "snapshots"), heads);
  const store = await startS3({ buckets: ["replay"] });
  const given = {
    node: node.url,
    manifest: "manifest.csv",
    syncUntil: 0,
    terminateAt: 4000,
    dir: "snapshots",
    archive: "archive",
    to: "s3://replay/mainnet/snapshots/",
    endpoint: store.endpoint,
    every: "1ms",
    measured: "measured.tsv",
  };
  const env = {
    AWS_ACCESS_KEY_ID: store.credentials.accessKeyId,
    AWS_SECRET_ACCESS_KEY: store.credentials.secretAccessKey,
  };
  const context = (more: { lastCheckpoint?: Json; onCheckpoint?: (value: Json) => void; signal?: AbortSignal } = {}) =>
    contextIn({ cwd: home.path, env, ...more });
  return {
    home: home.path,
    node,
    store,
    given,
    context,
    run: (more: object = {}, ctx: TestContext = context()) => runAction(snapshots, { ...given, ...more }, ctx),
    [Symbol.asyncDispose]: async () => {
      await node[Symbol.asyncDispose]();
      await store.close();
      await home[Symbol.asyncDispose]();
    },
  };
}

const objects = async (store: S3Server) =>
  [...(await contents(store, "replay")).keys()].map((key) => key.replace("mainnet/snapshots/", ""));
const heights = (...all: number[]) => all.map(finalName);

describe("replay.snapshots", () => {
  test("takes, names, compresses, uploads, verifies and archives a snapshot in every period", async () => {
    await using s = await slice([0, 500, 1010, 1500, 2020, 3030]);
    const result = await s.run();
    const names = heights(1010, 2020, 3030);
    expect(result).toMatchObject({
      kind: "ok",
      outputs: { due: 3, taken: names, missed: [], measured: join(s.home, "measured.tsv") },
    });
    expect(names[0]).toBe("snapshot-2019-08-11-00-eos-v6-0000001010.bin.zst");
    for (const [index, height] of [1010, 2020, 3030].entries()) {
      const object = (await contents(s.store, "replay")).get(`mainnet/snapshots/${names[index]}`)!;
      expect(zstdDecompressSync(object).equals(snapshotContent(height))).toBe(true);
    }
    expect(readdirSync(join(s.home, "archive")).sort()).toEqual(names);
    expect(readdirSync(join(s.home, "snapshots"))).toEqual([]);
  });

  test("measures how long the blocks took, contiguously from the first head that was seen", async () => {
    await using s = await slice([300, 1010, 2020, 3030]);
    await s.run();
    const rows = readFileSync(join(s.home, "measured.tsv"), "utf8").trimEnd().split("\n");
    expect(rows[0]).toBe("start\tend\tseconds");
    expect(rows.slice(1).map((row) => row.replace(/\t[\d.]+$/, ""))).toEqual(["300\t1010", "1010\t2020", "2020\t3030"]);
    expect(rows.slice(1).every((row) => /\t\d+\.\d{3}$/.test(row) && !row.endsWith("\t0.000"))).toBe(true);
  });

  test("names every border that the head had passed unseen, and takes the current one", async () => {
    await using s = await slice([10, 3500]);
    const context = s.context();
    expect(await s.run({}, context)).toMatchObject({ outputs: { taken: heights(3500), missed: [1000, 2000] } });
    expect(context.lines.filter((line) => line.startsWith("warning"))).toHaveLength(2);
  });

  test("takes no snapshot that is in the store, the archive or the directory already", async () => {
    await using s = await slice([3500]);
    mkdirSync(join(s.home, "archive"));
    writeFileSync(join(s.home, "archive", finalName(1100)), "");
    writeFileSync(join(s.home, "snapshots", finalName(2100).replace(".zst", "")), snapshotContent(2100));
    writeFileSync(join(s.home, "snapshots", finalName(3100)), zstdCompressSync(snapshotContent(3100)));
    const result = await s.run();
    expect(result).toMatchObject({ outputs: { taken: heights(1100, 2100, 3100), missed: [] } });
    expect(s.node.snapshotCalls).toBe(0);
    expect(await objects(s.store)).toEqual(heights(2100, 3100));
    rmSync(join(s.home, "archive"), { recursive: true });
    s.node.heads = [1500];
    mkdirSync(join(s.home, "again"));
    const remote = await s.run({ archive: "again", dir: "again", terminateAt: 3000, syncUntil: 1000 });
    expect(remote).toMatchObject({ outputs: { due: 1, taken: heights(2100) } });
  });

  test("finds the snapshot of a call whose answer was lost instead of making a second one", async () => {
    await using s = await slice([1010, 2020, 3030]);
    s.node.faults.push("answer-lost", "exists");
    s.node.heads = [1010, 1011, 2020, 3030];
    expect(await s.run()).toMatchObject({ outputs: { taken: heights(1010, 2020, 3030), missed: [] } });
    expect(s.node.snapshotCalls).toBe(3);
  });

  test("makes another one when a file of the node cannot be named, and leaves that alone", async () => {
    await using s = await slice([1010]);
    s.node.knowsBlocks = false;
    s.node.faults.push("answer-lost");
    s.node.heads = [1010, 1020, 2020, 3030];
    const context = s.context();
    expect(await s.run({}, context)).toMatchObject({ outputs: { taken: heights(1020, 2020, 3030) } });
    expect(context.lines.join("\n")).toContain("left ");
    expect(readdirSync(join(s.home, "snapshots"))).toHaveLength(1);
  });

  test("tries again when the node could not finish one, and says when its directory is missing", async () => {
    await using s = await slice([1010, 2020, 3030]);
    s.node.faults.push("not-finalized", "not-made");
    s.node.heads = [1010, 1011, 2020, 3030];
    expect(await s.run()).toMatchObject({ outputs: { missed: [] } });
    await using t = await slice([1010]);
    t.node.faults.push("no-directory");
    expect(await t.run()).toMatchObject({ kind: "failed", failure: { code: "snapshot-directory-missing" } });
    await using u = await slice([1010]);
    expect(await u.run({ dir: "elsewhere" })).toMatchObject({
      kind: "failed",
      failure: { code: "snapshot-elsewhere" },
    });
  });

  test("goes on with the node while the store refuses, and sends what waits when it recovers", async () => {
    await using s = await slice([1010, 2020, 3030]);
    s.store.faults.add({ op: "PutObject", times: 1, kind: "error", status: 403, code: "AccessDenied" });
    const context = s.context();
    const result = await s.run({}, context);
    expect(s.node.snapshotCalls).toBe(3);
    expect(result).toMatchObject({ kind: "ok", outputs: { missed: [] } });
    expect(context.lines.join("\n")).toContain("could not be sent");
    expect(await objects(s.store)).toEqual(heights(1010, 2020, 3030));
    expect(s.node.snapshotCalls).toBe(3);
  });

  test("says what could not be sent when the store goes on refusing, and finishes that when resumed", async () => {
    await using s = await slice([1010, 2020, 3030]);
    s.store.faults.add({ op: "PutObject", kind: "error", status: 403, code: "AccessDenied" });
    const context = s.context();
    expect(await s.run({}, context)).toMatchObject({ kind: "failed", failure: { code: "snapshot-not-shipped" } });
    s.store.faults.clear();
    const resumed = s.context({ lastCheckpoint: context.checkpoints.at(-1)! });
    expect(await s.run({}, resumed)).toMatchObject({ kind: "ok", outputs: { taken: heights(1010, 2020, 3030) } });
    expect(s.node.snapshotCalls).toBe(3);
  });

  test("ends as it should when the node has reached its last block and is gone", async () => {
    await using s = await slice([1010]);
    writeFileSync(
      join(s.home, "node.log"),
      "info producer_plugin.cpp:1 on_block ] Block 4000 reached configured maximum block 4000; terminating\n",
    );
    let seen = 0;
    const context = {
      ...s.context(),
      progress: () => {
        if (++seen === 1) s.node.silent = true;
      },
    };
    expect(await s.run({ log: "node.log" }, context)).toMatchObject({
      outputs: { taken: heights(1010), missed: [2000, 3000] },
    });
  });

  test("fails at once when the log says that the node has ended, and waits while the node writes to it", async () => {
    await using s = await slice([1010, 2020, 3030]);
    const log = join(s.home, "node.log");
    s.node.silent = true;
    writeFileSync(log, "run-node: start nodeos\nerror: database dirty flag set\nrun-node: nodeos ended with code 2\n");
    expect(await s.run({ log: "node.log" })).toMatchObject({
      failure: {
        code: "node-ended",
        message: "the node is gone; its log ends with: run-node: nodeos ended with code 2",
      },
    });
    writeFileSync(
      log,
      "Block 9 reached configured maximum block 9; terminating\nrun-node: nodeos ended with code 0\nrun-node: start nodeos\n",
    );
    let asked = 0;
    const context = {
      ...s.context(),
      progress: () => {
        writeFileSync(log, "Snapshot initialization 17% complete\n", { flag: "a" });
        if (++asked === 60) s.node.silent = false;
      },
    };
    expect(await s.run({ log: "node.log", unreachable: "40ms" }, context)).toMatchObject({
      kind: "ok",
      outputs: { missed: [] },
    });
  });

  test("fails when the node is gone for too long, or stands still", async () => {
    await using s = await slice([10]);
    expect(await s.run({ stalled: "20ms" })).toMatchObject({
      failure: { code: "node-stalled", message: expect.stringContaining("head is 10") },
    });
    const node = `http://127.0.0.1:${await closedPort()}`;
    expect(await s.run({ node, unreachable: "20ms" })).toMatchObject({ failure: { code: "node-unreachable" } });
    expect(await s.run({ node: s.store.endpoint })).toMatchObject({
      failure: { code: "node-odd-answer", retryable: false },
    });
  });

  test("previews how many snapshots are due", async () => {
    await using s = await slice([10]);
    const preview = await previewAction(snapshots, s.given, s.context());
    expect(preview.lines).toEqual([
      "would take 3 snapshots between 0 and 4000 and upload them to s3://replay/mainnet/snapshots/",
    ]);
  });
});

describe("replay.snapshots, interrupted", () => {
  const checkpoints = 40;

  test.each(Array.from({ length: 12 }, (_, index) => index + 1))(
    "at checkpoint %i: makes nothing twice and ends complete",
    async (at) => {
      await using s = await slice([10, 1010, 1020, 2020, 2030, 3030]);
      let last: Json | undefined;
      let saved = 0;
      for (let attempt = 1; attempt < checkpoints; attempt++) {
        const killed = new AbortController();
        const context = s.context({
          ...(last === undefined ? {} : { lastCheckpoint: last }),
          signal: killed.signal,
          onCheckpoint: (value) => {
            saved += 1;
            if (attempt > 1 || saved < at) {
              last = value;
              return;
            }
            // The process is gone at this instant: the checkpoint did not make it.
            killed.abort();
            throw new Error("killed");
          },
        });
        const result = await s.run({}, context).catch((error: Error) => ({ kind: "killed" as const, error }));
        if (result.kind !== "ok") continue;
        expect((result.outputs as { missed: unknown }).missed).toEqual([]);
        break;
      }
      const served = (await objects(s.store)).map((name) => Math.floor(Number(/(\d+)\.bin/.exec(name)![1]) / 1000));
      expect(served).toEqual([1, 2, 3]);
      expect(readdirSync(join(s.home, "snapshots"))).toEqual([]);
      expect(s.node.snapshotCalls).toBe(3);
    },
  );

  test("takes up a snapshot in whatever stage it lies in the directory", async () => {
    await using s = await slice([3500]);
    // Made and not renamed; renamed and not compressed; compressed and not sent.
    const raw = join(s.home, "snapshots", `snapshot-${(1200).toString(16).padStart(8, "0")}${"ab".repeat(28)}.bin`);
    writeFileSync(raw, snapshotContent(1200));
    const made = {
      file: `/data/${raw.split("/").at(-1)}`,
      height: "1200",
      headId: "x",
      blockTime: "2019-08-11T00:10:00.000",
      version: 6,
    };
    // Compressed half-way when the process died: both are there.
    writeFileSync(join(s.home, "snapshots", finalName(2200).replace(".zst", "")), snapshotContent(2200));
    writeFileSync(join(s.home, "snapshots", finalName(2200)), "half");
    writeFileSync(join(s.home, "snapshots", finalName(3200)), zstdCompressSync(snapshotContent(3200)));
    await s.run({}, s.context({ lastCheckpoint: { made } }));
    expect(await objects(s.store)).toEqual(heights(1200, 2200, 3200));
    expect(s.node.snapshotCalls).toBe(0);
  });
});

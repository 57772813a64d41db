import { appendFileSync, existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { zstdDecompressSync } from "node:zlib";
import { describe, expect, test } from "vitest";
import { replayActions } from "../../../src/actions/replay/index.ts";
import type { Json } from "../../../src/domain/json.ts";
import { startS3 } from "../../../src/lab/s3/start.ts";
import { actionNamed, contextIn, previewAction, runAction, type TestContext, temporaryDirectory } from "../context.ts";
import { contents } from "../s3/rig.ts";
import { steeredNode } from "./steered-node.ts";

const blocklogs = actionNamed(replayActions, "replay.blocklogs");

async function yard() {
  const home = await temporaryDirectory();
  const dir = join(home.path, "retained");
  mkdirSync(dir);
  const store = await startS3({ buckets: ["replay"] });
  const env = {
    AWS_ACCESS_KEY_ID: store.credentials.accessKeyId,
    AWS_SECRET_ACCESS_KEY: store.credentials.secretAccessKey,
  };
  const given = {
    dir: "retained",
    archive: "archive",
    to: "s3://replay/blocks",
    endpoint: store.endpoint,
    every: "1ms",
  };
  const context = (more: { lastCheckpoint?: Json; signal?: AbortSignal } = {}) =>
    contextIn({ cwd: home.path, env, ...more });
  return {
    home: home.path,
    dir,
    store,
    context,
    retire: (first: number, last: number) => {
      writeFileSync(join(dir, `blocks-${first}-${last}.index`), `index of ${first}`.repeat(100));
      writeFileSync(join(dir, `blocks-${first}-${last}.log`), `log of ${first}`.repeat(10_000));
    },
    run: (more: object = {}, ctx: TestContext = context()) => runAction(blocklogs, { ...given, ...more }, ctx),
    objects: async () =>
      new Map([...(await contents(store, "replay"))].map(([key, body]) => [key.replace("blocks/", ""), body])),
    given,
    [Symbol.asyncDispose]: async () => {
      await store.close();
      await home[Symbol.asyncDispose]();
    },
  };
}

describe("replay.blocklogs", () => {
  test("compresses, uploads and archives each log with its index, and keeps the source", async () => {
    await using y = await yard();
    y.retire(1, 1000);
    y.retire(1001, 2000);
    writeFileSync(join(y.dir, "blocks.log"), "still written");
    const context = y.context();
    expect(await y.run({}, context)).toMatchObject({
      kind: "ok",
      outputs: { files: 4, firstBlock: 1, lastBlock: 2000, gaps: [] },
    });
    const names = [
      "blocks-1-1000.index.zst",
      "blocks-1-1000.log.zst",
      "blocks-1001-2000.index.zst",
      "blocks-1001-2000.log.zst",
    ];
    expect([...(await y.objects()).keys()]).toEqual(names);
    for (const [name, body] of await y.objects()) {
      expect(zstdDecompressSync(body).equals(readFileSync(join(y.dir, name.replace(".zst", ""))))).toBe(true);
    }
    expect(readdirSync(join(y.home, "archive")).sort()).toEqual(names);
    expect(context.lines[0]).toMatch(
      /^blocks-1-1000\.index: \d+ bytes, sha256 [0-9a-f]{64}, verified at s3:\/\/replay\/blocks\/blocks-1-1000\.index\.zst$/,
    );
  });

  test("does nothing again for what is done, and again for a file that was replaced", async () => {
    await using y = await yard();
    y.retire(1, 1000);
    const first = y.context();
    await y.run({}, first);
    const puts = () => y.store.counters.total();
    const before = puts();
    const lastCheckpoint = first.checkpoints.at(-1)!;
    const second = y.context({ lastCheckpoint });
    expect(await y.run({}, second)).toMatchObject({ outputs: { files: 2 } });
    expect(second.lines.filter((line) => line.includes("verified"))).toEqual([]);
    expect(puts()).toBe(before);
    appendFileSync(join(y.dir, "blocks-1-1000.log"), "more");
    const third = y.context({ lastCheckpoint });
    await y.run({}, third);
    expect(third.lines.filter((line) => line.includes("verified"))).toHaveLength(1);
    expect(
      zstdDecompressSync((await y.objects()).get("blocks-1-1000.log.zst")!)
        .toString()
        .endsWith("more"),
    ).toBe(true);
  });

  test("makes a damaged compressed file of an earlier attempt again", async () => {
    await using y = await yard();
    y.retire(1, 1000);
    mkdirSync(join(y.home, "archive"));
    writeFileSync(join(y.home, "archive/blocks-1-1000.log.zst"), "half of a file");
    await y.run();
    expect(zstdDecompressSync((await y.objects()).get("blocks-1-1000.log.zst")!).toString()).toContain("log of 1");
  });

  test("fails on a log without an index when nothing more will come, and reports gaps", async () => {
    await using y = await yard();
    y.retire(1, 1000);
    y.retire(2001, 3000);
    const context = y.context();
    expect(await y.run({}, context)).toMatchObject({ outputs: { gaps: ["blocks 1001 to 2000 are in no block log"] } });
    writeFileSync(join(y.dir, "blocks-3001-4000.log"), "x");
    const alone = await y.run({}, y.context({ lastCheckpoint: context.checkpoints.at(-1)! }));
    expect(alone).toMatchObject({
      failure: { code: "block-log-without-index", message: "no index beside blocks-3001-4000.log" },
    });
  });

  test("removes a source only when both files of the pair are verified", async () => {
    await using y = await yard();
    y.retire(1, 1000);
    y.store.faults.add({ op: "PutObject", key: "log", kind: "error", status: 403, code: "AccessDenied" });
    expect(await y.run({ removeSource: true })).toMatchObject({
      kind: "failed",
      failure: { code: expect.stringContaining("s3-") },
    });
    expect(readdirSync(y.dir)).toHaveLength(2);
    y.store.faults.clear();
    await y.run({ removeSource: true });
    expect(readdirSync(y.dir)).toEqual([]);
    expect((await y.objects()).size).toBe(2);
  });

  test("follows the node until its last whole log is there", async () => {
    await using y = await yard();
    await using node = await steeredNode(join(y.home, "snapshots"), [500]);
    y.retire(1, 1000);
    const later = [
      () => y.retire(1001, 2000),
      () => rmSync(join(y.dir, "blocks-1-1000.log")),
      () => y.retire(2001, 3000),
    ];
    const plain = y.context();
    const context = { ...plain, progress: () => later.shift()?.() };
    const follow = { node: node.url, terminateAt: 3500, stride: 1000 };
    expect(await y.run({ follow }, context)).toMatchObject({ outputs: { files: 6, lastBlock: 3000, gaps: [] } });
    expect(later).toEqual([]);
  });

  test("takes a last look when the node has ended, and fails when it is gone before", async () => {
    await using y = await yard();
    await using node = await steeredNode(join(y.home, "snapshots"), [500]);
    node.silent = true;
    const follow = { node: node.url, terminateAt: 9000, stride: 1000, log: "node.log", unreachable: "20ms" };
    expect(await y.run({ follow })).toMatchObject({ failure: { code: "node-unreachable" } });
    y.retire(8001, 9000);
    writeFileSync(
      join(y.home, "node.log"),
      "on_block ] Block 8999 reached configured maximum block 8999; terminating\n",
    );
    expect(await y.run({ follow: { ...follow, terminateAt: 9999 } })).toMatchObject({ outputs: { files: 2 } });
  });

  test("previews without touching anything", async () => {
    await using y = await yard();
    y.retire(1, 1000);
    const preview = await previewAction(blocklogs, y.given, y.context());
    expect(preview.lines).toEqual(["would compress and upload 1 block logs of retained"]);
    expect(existsSync(join(y.home, "archive"))).toBe(false);
  });
});

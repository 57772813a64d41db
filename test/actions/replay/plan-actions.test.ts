import { existsSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { describe, expect, test } from "vitest";
import { replayActions } from "../../../src/actions/replay/index.ts";
import { startS3 } from "../../../src/lab/s3/start.ts";
import { actionNamed, contextIn, previewAction, runAction, temporaryDirectory } from "../context.ts";
import { seed } from "../s3/rig.ts";

const named = (verb: string) => actionNamed(replayActions, `replay.${verb}`);
const shipped = resolve(import.meta.dirname, "../../../runbooks/replay-plan");

async function desk() {
  const home = await temporaryDirectory();
  const context = (env: Record<string, string> = {}) => contextIn({ cwd: home.path, env });
  return {
    path: home.path,
    write: (name: string, text: string) => writeFileSync(join(home.path, name), text),
    read: (name: string) => readFileSync(join(home.path, name), "utf8"),
    context,
    run: (verb: string, given: object, ctx = context()) => runAction(named(verb), given, ctx),
    [Symbol.asyncDispose]: () => home[Symbol.asyncDispose](),
  };
}

describe("the plan of the shipped spacing file", () => {
  test("has more than 1,000 periods in ten slices, each with the snapshot below its start", async () => {
    await using d = await desk();
    const made = await d.run("manifest", {
      spacing: join(shipped, "optimized_block_spacing.tsv"),
      out: "manifest.csv",
    });
    expect(made).toMatchObject({
      kind: "ok",
      outputs: { records: 19, periods: 1025, firstBlock: 0, endBlock: 400_000_000 },
    });
    expect(d.read("manifest.csv").split("\n")).toHaveLength(1026);
    const context = d.context();
    const given = { manifest: "manifest.csv", snapshots: join(shipped, "snapshots.txt"), out: "slices.json" };
    expect(await d.run("slices", given, context)).toMatchObject({ kind: "ok", outputs: { warnings: [] } });
    const slices = JSON.parse(d.read("slices.json"));
    expect(slices).toHaveLength(10);
    expect(slices[0]).toEqual({
      slice: 1,
      snapshot: "genesis",
      syncUntil: 0,
      terminateAt: 90_000_000,
      largestStart: 90_006_400,
    });
    expect(slices[9]).toMatchObject({
      slice: 10,
      snapshot: "snapshot-2023-12-26-16-eos-v6-0350121455.bin.zst",
      syncUntil: 351_999_999,
    });
    expect(context.lines[0]).toContain("share");
    expect(context.lines[11]).toContain("100.0 %");
    expect(readdirSync(d.path).sort()).toEqual(["manifest.csv", "slices.json"]);
  });
});

describe("replay.manifest", () => {
  test("refuses a file with all of its problems and writes nothing", async () => {
    await using d = await desk();
    d.write("s.tsv", "0\t10\t5\nx\t20\t5\n30\t25\t0\n");
    expect(await d.run("manifest", { spacing: "s.tsv", out: "manifest.csv" })).toMatchObject({
      kind: "failed",
      failure: {
        code: "file-refused",
        retryable: false,
        message:
          's.tsv has 3 problems:\ns.tsv:2: start "x" is not a whole number (digits only)\n' +
          "s.tsv:3: blocks per period is 0; it must be at least 1\ns.tsv:3: start 30 is not below end 25",
        details: [
          { file: "s.tsv", line: 2 },
          { file: "s.tsv", line: 3 },
          { file: "s.tsv", line: 3 },
        ],
      },
    });
    expect(existsSync(join(d.path, "manifest.csv"))).toBe(false);
  });

  test("says where it looked for a missing file, and refuses an absurd number of periods at once", async () => {
    await using d = await desk();
    const missing = await d.run("manifest", { spacing: "none.tsv", out: "m" });
    expect(missing).toMatchObject({
      failure: { code: "file-unreadable", hint: expect.stringContaining(join(d.path, "none.tsv")) },
    });
    d.write("s.tsv", `0\t${10n ** 30n}\t1\n`);
    const absurd = await d.run("manifest", { spacing: "s.tsv", out: "m" });
    expect(absurd).toMatchObject({
      failure: { code: "replay-too-many-periods", message: expect.stringContaining(`${10n ** 30n}`) },
    });
  });

  test("previews what it would write, or what is wrong", async () => {
    await using d = await desk();
    d.write("s.tsv", "0\t10\t5\n");
    const good = await previewAction(named("manifest"), { spacing: "s.tsv", out: "m" }, d.context());
    expect(good.lines[0]).toBe("s.tsv: 1 records expand to 2 periods");
    d.write("s.tsv", "0\t10\t0\n");
    const bad = await previewAction(named("manifest"), { spacing: "s.tsv", out: "m" }, d.context());
    expect(bad.lines.join("\n")).toContain("s.tsv:1: blocks per period is 0");
    expect(existsSync(join(d.path, "m"))).toBe(false);
  });
});

describe("replay.slices", () => {
  test("keeps heights beyond 2^53 exact, as text", async () => {
    await using d = await desk();
    const base = 2n ** 60n;
    d.write("m.csv", `${base},${base + 10n},10\n${base + 10n},${base + 21n},10\n`);
    d.write("snapshots.txt", `snapshot-x-${base - 1n}.bin\n`);
    await d.run("slices", { manifest: "m.csv", snapshots: "snapshots.txt", out: "slices.json", slices: 2, stride: 1 });
    expect(JSON.parse(d.read("slices.json"))).toEqual([
      { slice: 1, snapshot: "genesis", syncUntil: 0, terminateAt: `${base}`, largestStart: `${base}` },
      {
        slice: 2,
        snapshot: "genesis",
        syncUntil: `${base - 1n}`,
        terminateAt: `${base + 10n}`,
        largestStart: `${base + 10n}`,
      },
    ]);
  });

  test("refuses fewer records than slices, and warns of slices that end where they begin", async () => {
    await using d = await desk();
    d.write("m.csv", "0,10,10\n10,20,10\n20,30,10\n");
    d.write("snapshots.txt", "");
    const given = { manifest: "m.csv", snapshots: "snapshots.txt", out: "slices.json" };
    expect(await d.run("slices", given)).toMatchObject({
      failure: { code: "slices-too-few-records", message: "m.csv has 3 records, too few for 10 slices" },
    });
    expect(await d.run("slices", { ...given, slices: 3 })).toMatchObject({
      kind: "ok",
      outputs: { warnings: [expect.stringContaining("slice 1"), expect.any(String), expect.any(String)] },
    });
    expect(named("slices").params.safeParse({ ...given, stride: 0 }).success).toBe(false);
  });

  test("takes the snapshots of a bucket, leaving other objects aside", async () => {
    await using d = await desk();
    const store = await startS3({ buckets: ["chicken"] });
    try {
      const names = [
        "snapshot-2019-08-11-16-eos-v6-0000000030.bin.zst",
        "snapshot-2019-08-12-16-eos-v6-0000000009.bin.zst",
      ];
      const others = ["README.md", "old/snapshot-2019-08-12-16-eos-v6-0000000019.bin.zst", "snapshot-list-2020.txt"];
      await seed(
        store,
        "chicken",
        [...names, ...others].map((name) => [`mainnet/snapshots/${name}`, "x"] as const),
      );
      d.write("m.csv", "0,20,10\n20,40,20\n40,60,20\n");
      const env = {
        AWS_ACCESS_KEY_ID: store.credentials.accessKeyId,
        AWS_SECRET_ACCESS_KEY: store.credentials.secretAccessKey,
      };
      const given = {
        manifest: "m.csv",
        snapshots: "s3://chicken/mainnet/snapshots",
        out: "s.json",
        slices: 3,
        stride: 10,
        endpoint: store.endpoint,
      };
      const result = await d.run("slices", given, d.context(env));
      expect(result).toMatchObject({
        kind: "ok",
        outputs: { slices: [{ snapshot: "genesis" }, { snapshot: "genesis" }, { snapshot: names[1] }] },
      });
      const missing = await d.run("slices", { ...given, snapshots: "s3://nowhere/x" }, d.context(env));
      expect(missing).toMatchObject({ kind: "failed", failure: { code: expect.stringContaining("s3-") } });
    } finally {
      await store.close();
    }
  });
});

describe("replay.slice", () => {
  const manifest = "0,1000,1000\n1000,2000,1000\n2000,3000,1000\n3000,4000,1000\n";
  const entry = {
    slice: 2,
    snapshot: "snapshot-a-eos-v6-0000000900.bin.zst",
    syncUntil: 999,
    terminateAt: 3000,
    largestStart: 3000,
  };

  test("gives start, end, snapshot and the heights at which snapshots are due", async () => {
    await using d = await desk();
    d.write("m.csv", manifest);
    d.write("s.json", JSON.stringify([entry]));
    const given = {
      slice: 2,
      slices: "s.json",
      manifest: "m.csv",
      expect: { syncUntil: 999, terminateAt: "3000", snapshot: entry.snapshot },
    };
    expect(await d.run("slice", given)).toMatchObject({
      kind: "ok",
      outputs: {
        snapshotFile: "snapshot-a-eos-v6-0000000900.bin",
        fromGenesis: false,
        blocks: 2001,
        points: [1000, 2000],
      },
    });
    expect(await d.run("slice", { ...given, slice: 3 })).toMatchObject({
      failure: { code: "slice-unknown", hint: "it has slices 2" },
    });
  });

  test("tells every disagreement with the manifest and with what was expected at once", async () => {
    await using d = await desk();
    d.write("m.csv", manifest);
    d.write(
      "s.json",
      JSON.stringify([
        { ...entry, snapshot: "snapshot-a-eos-v6-0000005000.bin.zst", terminateAt: 500, largestStart: 1 },
      ]),
    );
    const given = {
      slice: 2,
      slices: "s.json",
      manifest: "m.csv",
      expect: { syncUntil: 73_999_999, snapshot: "genesis" },
    };
    const result = await d.run("slice", given);
    expect(result.kind === "failed" && result.failure.message.split("\n").slice(1)).toEqual([
      "it ends at 500, not after its start 999",
      "no record of the manifest starts at 1",
      "snapshot snapshot-a-eos-v6-0000005000.bin.zst is not below the start 999",
      "syncUntil is 999, you expect 73999999",
      "snapshot is snapshot-a-eos-v6-0000005000.bin.zst, you expect genesis",
    ]);
  });

  test("refuses a slices.json that was damaged, saying where", async () => {
    await using d = await desk();
    d.write("m.csv", manifest);
    d.write("s.json", '[{"slice":1,"snapshot":"genesis","syncUntil":"x","terminateAt":5}]');
    const result = await d.run("slice", { slice: 1, slices: "s.json", manifest: "m.csv" });
    expect(result).toMatchObject({
      failure: { code: "slices-invalid", message: expect.stringContaining("s.json: at 0.syncUntil") },
    });
  });
});

describe("replay.spacing and replay.report", () => {
  test("write a spacing file for the target time", async () => {
    await using d = await desk();
    d.write("measured.tsv", "start\tend\tseconds\n0\t750000\t3600\n750000\t1000000\t10800\n");
    expect(await d.run("spacing", { measured: "measured.tsv", out: "s.tsv" })).toMatchObject({
      outputs: { records: 2, endBlock: 1_000_000 },
    });
    expect(d.read("s.tsv")).toBe("0\t750000\t2250000\n750000\t1000000\t250000\n");
    expect(named("spacing").params.safeParse({ measured: "m", out: "s", target: "0s" }).success).toBe(false);
    d.write("measured.tsv", "0\t5\tfast\n");
    expect(await d.run("spacing", { measured: "measured.tsv", out: "s.tsv" })).toMatchObject({
      failure: { code: "file-refused" },
    });
  });

  test("report blocks per hour and propose a spacing that keeps what was not measured", async () => {
    await using d = await desk();
    d.write("spacing.tsv", "0\t1000000\t200000\n1000000\t5000000\t250000\n");
    d.write("measured.tsv", "start\tend\tseconds\n800000\t1200000\t7200\n1200000\t1400000\t3600.5\n");
    const result = await d.run("report", { measured: "measured.tsv", spacing: "spacing.tsv", out: "report", slice: 2 });
    expect(result).toMatchObject({
      kind: "ok",
      outputs: { blocks: 600_000, seconds: 10_800.5, blocksPerHour: 199_991 },
    });
    expect(d.read("report/proposed_block_spacing.tsv")).toBe(
      "0\t800000\t200000\n800000\t1400000\t599900\n1400000\t5000000\t250000\n",
    );
    expect(d.read("report/report.md")).toContain("600,000 blocks in 3 h 00 min: 199,991 blocks per hour.");
    expect(d.read("report/report.md")).toContain("| 800000 | 1400000 | 200000, 250000 | 599900 |");
  });
});

test("replay.report says so when nothing was measured", async () => {
  await using d = await desk();
  d.write("spacing.tsv", "0\t10\t5\n");
  d.write("measured.tsv", "start\tend\tseconds\n");
  const result = await d.run("report", { measured: "measured.tsv", spacing: "spacing.tsv", out: "." });
  expect(result).toMatchObject({ kind: "ok", outputs: { blocks: 0, blocksPerHour: 0 } });
  expect(d.read("report.md")).toContain("Nothing was measured");
  expect(d.read("proposed_block_spacing.tsv")).toBe("0\t10\t5\n");
});

describe("replay.config", () => {
  test("writes stride, retained files and directory, and the plugins that snapshots need", async () => {
    await using d = await desk();
    await d.run("config", { to: "config/config.ini", peers: ["a:9876"] });
    const text = d.read("config/config.ini");
    for (const line of [
      "blocks-log-stride = 2000000",
      "max-retained-block-files = 512",
      "blocks-retained-dir = retained",
      "p2p-peer-address = a:9876",
      "plugin = eosio::producer_api_plugin",
    ]) {
      expect(text.split("\n")).toContain(line);
    }
  });

  test("keeps the rest of a configuration that exists, and says what it changes", async () => {
    await using d = await desk();
    d.write(
      "base.ini",
      "# ours\nblocks-log-stride = 1000\nblocks-log-stride = 5\nplugin = eosio::chain_plugin\nplugin=eosio::mine\np2p-peer-address = old:1\nwasm-runtime = eos-vm\n",
    );
    const given = {
      to: "c.ini",
      base: "base.ini",
      plugins: ["eosio::chain_plugin", "eosio::http_plugin"],
      peers: ["new:2"],
      settings: { "chain-threads": 4 },
    };
    const result = await d.run("config", given);
    expect(d.read("c.ini")).toBe(
      "# ours\nblocks-log-stride = 2000000\nplugin = eosio::chain_plugin\nplugin=eosio::mine\np2p-peer-address = old:1\nwasm-runtime = eos-vm\n\n" +
        "# Written by replay.config\nmax-retained-block-files = 512\nblocks-retained-dir = retained\nhttp-server-address = 127.0.0.1:8888\n" +
        "plugin = eosio::http_plugin\np2p-peer-address = new:2\nchain-threads = 4\n",
    );
    expect(result).toMatchObject({
      outputs: {
        changes: expect.arrayContaining([
          "blocks-log-stride = 2000000 (was 1000)",
          "removed a second blocks-log-stride = 5",
        ]),
      },
    });
    const before = d.read("c.ini");
    await d.run("config", { ...given, base: "c.ini" });
    expect(d.read("c.ini")).toBe(before);
  });
});

describe("replay.preflight", () => {
  test("tells everything that is missing at once", async () => {
    await using d = await desk();
    const given = {
      dataDir: "not/made/yet",
      minFree: "900TB",
      minCores: 10_000,
      tools: [
        { run: ["no-such-nodeos", "--version"] },
        { run: ["sh", "-c", "echo v4.0.6"], version: "^v5\\." },
        { run: ["sh", "-c", "exit 3"] },
      ],
    };
    const result = await d.run("preflight", given);
    const problems = result.kind === "failed" ? (result.failure.details as string[]) : [];
    expect(problems).toHaveLength(5);
    expect(problems.slice(2)).toEqual([
      "no-such-nodeos is not installed or not on the PATH",
      'sh -c echo v4.0.6 says "v4.0.6", which is not like /^v5\\./',
      expect.stringContaining("sh -c exit 3 fails"),
    ]);
    expect(existsSync(join(d.path, "not"))).toBe(false);
  });

  test("finds a port that is taken, and passes on a machine that is ready", async () => {
    await using d = await desk();
    const store = await startS3();
    const port = new URL(store.endpoint).port;
    const given = {
      dataDir: ".",
      minFree: "1kB",
      minCores: 1,
      tools: [{ run: ["sh", "-c", "echo v5.0.0"], version: "^v5" }],
    };
    const taken = await d.run("preflight", { ...given, ports: [`127.0.0.1:${port}`] });
    expect(taken).toMatchObject({ failure: { message: expect.stringContaining("something listens there already") } });
    await store.close();
    const ready = await d.run("preflight", { ...given, ports: [`127.0.0.1:${port}`] });
    expect(ready).toMatchObject({ kind: "ok", outputs: { versions: ["sh -c echo v5.0.0: v5.0.0"] } });
  });
});

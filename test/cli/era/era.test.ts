import { existsSync, readdirSync, readFileSync, truncateSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { DATASET_NAMES } from "../../../src/actions/era/decode/index.ts";
import { startClickHouse } from "../../../src/lab/clickhouse/start.ts";
import type { GeneratedEra } from "../../../src/lab/era-files/index.ts";
import { chdbIsInstalled } from "../../../src/lib/chdb/chdb-engine.ts";
import { temporaryDirectory } from "../../actions/context.ts";
import { makeEras, writeDevnetConfig } from "../../actions/era/rig/devnet.ts";
import { type FileServer, startFileServer } from "../../actions/era/rig/file-server.ts";
import { type RunOptions, runEra } from "./run-era.ts";

let home: Awaited<ReturnType<typeof temporaryDirectory>>;
let eras: GeneratedEra[];
let network: string;
let files: string;

beforeAll(async () => {
  home = await temporaryDirectory();
  files = join(home.path, "files");
  eras = makeEras(files, 1, 3);
  network = writeDevnetConfig(home.path);
});

afterAll(() => home[Symbol.asyncDispose]());

const era = (args: string, more: Partial<RunOptions> = {}) => runEra(args.split(" "), { cwd: home.path, ...more });

describe("the era verbs", () => {
  it("list a source: names on stdout, everything else on stderr", async () => {
    const { code, stdout, stderr } = await era(`discover --network ${network} --source files --range 1-5`);
    expect(code).toBe(0);
    expect(stdout.trim().split("\n")).toEqual(eras.map(({ fileName, bytes }) => `${fileName}\t${bytes}`));
    expect(stderr).toContain("missing: 4-5");
  });

  it("make the same sample files again for the same seed", async () => {
    await era("generate --network sepolia --range 700 --slots 3 --seed 7 --out one");
    await era("generate --network sepolia --range 700 --slots 3 --seed 7 --out two");
    const [name] = readdirSync(join(home.path, "one"));
    expect(readFileSync(join(home.path, "one", name!)).equals(readFileSync(join(home.path, "two", name!)))).toBe(true);
    expect((await era("generate --network sepolia --range 700+ --out one")).code).toBe(2);
  });

  it("tell what a file holds, and one of its blocks", async () => {
    const file = eras[0]!.path;
    const stats = JSON.parse((await era(`stats ${file} --network ${network} --json`)).stdout);
    expect(stats).toMatchObject({ ok: true, era: 1, blocks: eras[0]!.blocks, slotStart: 0, slotEnd: 63 });
    const block = JSON.parse((await era(`block ${file} ${stats.lastBlockSlot} --network ${network}`)).stdout);
    expect(block.blocks).toMatchObject([{ slot: stats.lastBlockSlot }]);
    expect(await era(`block ${file} 999 --network ${network}`)).toMatchObject({ code: 1, stdout: "" });
  });

  it.each([
    ["load --network nowhere --range 1 --source files --clickhouse chdb:db", /the network "nowhere" is unknown/],
    ["load --network mainnet --range x --source files --clickhouse chdb:db", /"x" is no range of eras/],
    ["load --network mainnet --range 1 --source files", /no ClickHouse was named/],
    ["load --network mainnet --range 1 --clickhouse chdb:db", /no source of era files was named[\s\S]*ERA_BASE_URL/],
    [
      "load --network mainnet --range 1 --source files --clickhouse chdb:db --datasets blocks,bloks",
      /there is no dataset "bloks"/,
    ],
    ["load --network mainnet --range 1+ --source files --watch often", /--watch often is no interval/],
    ["load --network mainnet --range 1-5 --source files --watch 1h", /--range 1-5 has an end/],
    ["load --network nowhere --range 1+ --source files --watch 1h", /the network "nowhere" is unknown/],
    ["export --network mainnet x.era --format xlsx", /"xlsx" is no format/],
  ])("%s ends with 2 and says what to write", async (args, message) => {
    const { code, stdout, stderr } = await era(args);
    expect([code, stdout]).toEqual([2, ""]);
    expect(stderr).toMatch(message);
    expect(stderr).toContain("next: ");
  });

  it("never remove data without a person or --yes", async () => {
    const { code, stderr } = await era(`clean --network ${network} --range 1 --clickhouse chdb:db`);
    expect(code).toBe(5);
    expect(stderr).toContain(` clean --network ${network} --range 1 --clickhouse chdb:db --yes`);
  });

  it("without the optional package say what to install", async () => {
    const { code, stderr } = await era(`status --network ${network} --clickhouse chdb:db`, { withoutChdb: true });
    expect(code).toBe(1);
    expect(stderr).toContain("npm install chdb");
  });
});

describe.skipIf(!chdbIsInstalled())(
  "the era verbs with embedded ClickHouse (skipped without the optional package chdb)",
  () => {
    let server: FileServer;

    beforeAll(async () => {
      server = await startFileServer();
      for (const { fileName, path } of eras) server.files.set(fileName, readFileSync(path));
      server.pages.set("/", eras.map(({ fileName }) => `<a href="${fileName}">x</a>`).join("\n"));
    });

    afterAll(() => server?.close());

    it("load a range by the documented variables, show its state, and load nothing twice", async () => {
      const env = {
        ERA_BASE_URL: server.url,
        ERA_DOWNLOAD_DIR: "downloads",
        CLICKHOUSE_HOST: "chdb:data",
        CLICKHOUSE_DATABASE: "beacon_chain",
      };
      const load = await era(`load --network ${network} --range 1-3`, { env });
      expect([load.code, load.stderr]).toEqual([0, expect.stringContaining("3 available, 0 complete, 3 to do")]);
      expect(load.stdout).toContain("3 eras: 3 loaded");
      // ERA_CLEANUP_AFTER_PROCESS is true when it is not set
      expect(readdirSync(join(home.path, "downloads"))).toEqual([]);
      const again = await era(`load --network ${network} --range 0+ --json`, { env });
      expect(JSON.parse(again.stdout)).toMatchObject({ ok: true, available: 3, complete: 3, eras: [] });
      const status = JSON.parse((await era(`status --network ${network} --json`, { env })).stdout);
      expect(status.counts).toMatchObject({ completed: 3, failed: 0 });
      expect(status.rows.blocks).toBe(eras.reduce((sum, { rows }) => sum + rows.blocks!, 0));
      const check = await era(`check --network ${network} --range 1-4`, { env });
      expect([check.code, check.stdout]).toEqual([
        1,
        "era 1: complete\nera 2: complete\nera 3: complete\nera 4: absent\n",
      ]);
    });

    it("end with 1 when an era failed, name it and why, and with 0 once it is loaded", async () => {
      const env = { ERA_BASE_URL: "broken", CLICKHOUSE_HOST: "chdb:failing" };
      const broken = join(home.path, "broken");
      makeEras(broken, 1, 2);
      truncateSync(join(broken, eras[0]!.fileName), 10_000);
      const load = await era(`load --network ${network} --range 0+`, { env });
      expect(load.code).toBe(1);
      expect(load.stderr).toMatch(/era 1: FAILED.*truncated|era 1: FAILED/);
      expect(load.stderr).toContain("1 era is not complete: 1");
      const failed = await era(`failed --network ${network}`, { env });
      expect([failed.code, failed.stdout]).toEqual([0, expect.stringContaining(eras[0]!.fileName)]);
      expect((await era(`load --network ${network} --range 1-2 --source files`, { env })).code).toBe(0);
      expect((await era(`failed --network ${network}`, { env })).stdout).toBe("");
    });

    it("only download with --download-only, under the names of the source", async () => {
      const { code } = await era(
        `load --network ${network} --range 2-3 --source ${server.url} --download-only --download-dir only`,
      );
      expect(code).toBe(0);
      expect(readdirSync(join(home.path, "only")).toSorted()).toEqual(eras.slice(1).map(({ fileName }) => fileName));
    });

    it("end cleanly on Ctrl-C: nothing half done, and the next call goes on", async () => {
      let sent = false;
      const load = await era(`load --network ${network} --range 1-3 --source files --clickhouse chdb:stopped`, {
        onStderr: (text, kill) => {
          if (sent || !text.includes("to do")) return;
          sent = true;
          kill("SIGINT");
        },
      });
      expect(load.code).toBe(130);
      const again = await era(`load --network ${network} --range 1-3 --source files --clickhouse chdb:stopped`);
      expect(again.code).toBe(0);
      expect((await era(`check --network ${network} --range 1-3 --clickhouse chdb:stopped`)).code).toBe(0);
    });

    it("leave the directory to others between two looks of --watch", async () => {
      let second: Promise<{ code: number | string }> | undefined;
      const first = era(`load --network ${network} --range 9+ --source files --clickhouse chdb:shared --watch 1h`, {
        onStderr: (text, kill) => {
          if (second !== undefined || !text.includes("next look")) return;
          second = era(`status --network ${network} --clickhouse chdb:shared`).finally(() => kill("SIGTERM"));
        },
      });
      expect((await first).code).toBe(143);
      expect((await second!).code).toBe(0);
    });

    it("say that a directory is in use by another process", async () => {
      const other = await startClickHouse({ dataDir: join(home.path, "used") });
      const { code, stderr } = await era(`status --network ${network} --clickhouse chdb:used`);
      await other.close();
      expect([code, stderr]).toEqual([1, expect.stringContaining("another process has it open")]);
    });

    it("export exact rows as JSON lines, CSV and Parquet, also of a whole range, without a server", async () => {
      const { code, stdout } = await era(
        `export ${eras[0]!.path} --network ${network} --dataset withdrawals --format jsonl`,
      );
      expect(code).toBe(0);
      const lines = stdout.trim().split("\n");
      expect(lines).toHaveLength(eras[0]!.rows.withdrawals!);
      expect(Object.keys(JSON.parse(lines[0]!))).toEqual([
        ...[
          "slot",
          "block_number",
          "block_hash",
          "withdrawal_index",
          "validator_index",
          "address",
          "amount",
          "timestamp_utc",
        ],
      ]);
      expect((await era(`export --source files --range 1+ --network ${network} --format parquet --out all`)).code).toBe(
        0,
      );
      expect(readdirSync(join(home.path, "all")).toSorted()).toEqual(
        DATASET_NAMES.map((name) => `${name}.parquet`).toSorted(),
      );
      expect(
        readFileSync(join(home.path, "all", "deposits.parquet"))
          .subarray(0, 4)
          .toString(),
      ).toBe("PAR1");
      const csv = await era(`export ${eras[0]!.path} --network ${network} --dataset blocks --out blocks.csv --json`, {
        env: { TZ: "America/New_York" },
      });
      expect(JSON.parse(csv.stdout)).toMatchObject({
        ok: true,
        files: [{ dataset: "blocks", rows: eras[0]!.rows.blocks }],
      });
      const [head, ...rows] = readFileSync(join(home.path, "blocks.csv"), "utf8").trim().split("\n");
      expect(head!.split(",").slice(0, 2)).toEqual(['"slot"', '"proposer_index"']);
      expect(rows).toHaveLength(eras[0]!.rows.blocks!);
      // timestamps are UTC wherever the machine stands
      expect(rows[0]).toContain(
        new Date((1_700_000_000 + 6 * Number(rows[0]!.split(",")[0])) * 1000)
          .toISOString()
          .slice(0, 19)
          .replace("T", " "),
      );
      expect((await era(`export nothing.era --network ${network} --dataset blocks --format csv`)).code).toBe(1);
      expect(existsSync(join(home.path, ".blocks.csv"))).toBe(false);
    });

    it("take schema and rows back with a word of consent", async () => {
      const flags = `--network ${network} --clickhouse chdb:taken`;
      await era(`load ${flags} --range 1 --source files --datasets blocks`);
      expect((await era(`clean ${flags} --range 1 --yes`)).stdout).toBe("cleaned 1 era: 1\n");
      expect((await era(`optimize ${flags} --json`)).stdout).toContain('"partitions":0');
      const down = await era(`migrate down 000 ${flags} --yes --json`);
      expect(JSON.parse(down.stdout)).toMatchObject({ changed: ["003", "002", "001"] });
      const status = await era(`status ${flags}`);
      expect([status.code, status.stderr]).toEqual([1, expect.stringContaining("runsheet era migrate up")]);
    });
  },
);

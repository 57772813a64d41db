import { type ChildProcess, spawn } from "node:child_process";
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, beforeEach, expect, test } from "vitest";
import { freePorts } from "../../../src/lab/free-ports.ts";

const main = fileURLToPath(new URL("../../../src/lab/nodes/executable/main.ts", import.meta.url));
const base = mkdtempSync(join(tmpdir(), "runsheet-nodeos-"));
let dir = "";
let port = 0;

afterAll(() => rmSync(base, { recursive: true, force: true }));

beforeEach(async () => {
  dir = mkdtempSync(join(base, "t-"));
  [port = 0] = await freePorts(1);
  const lines = [
    "blocks-log-stride = 1000",
    "max-retained-block-files = 512",
    "blocks-retained-dir = retained",
    `http-server-address = 127.0.0.1:${port}`,
    "plugin = eosio::producer_api_plugin",
  ];
  writeFileSync(join(dir, "config.ini"), lines.map((line) => `${line}\n`).join(""));
  writeFileSync(join(dir, "genesis.json"), '{"initial_timestamp": "2018-06-08T08:08:08.888"}');
});

type Running = { child: ChildProcess; log(): string; code: Promise<number | null> };

function nodeos(args: string[], data = "data", env: NodeJS.ProcessEnv = {}): Running {
  const argv = [main, "--data-dir", join(dir, data), "--config-dir", dir, ...args];
  const child = spawn(process.execPath, argv, {
    env: { ...process.env, NODEOS_LAB_BLOCKS_PER_SECOND: "40000", NODEOS_LAB_LOAD_MS: "40", ...env },
    stdio: ["ignore", "ignore", "pipe"],
  });
  let log = "";
  child.stderr.setEncoding("utf8").on("data", (text: string) => {
    log += text;
  });
  return { child, log: () => log, code: new Promise((resolve) => child.on("close", resolve)) };
}

const genesis = () => ["--genesis-json", join(dir, "genesis.json")];

async function api(path: string): Promise<{ status: number; body: Record<string, unknown> }> {
  for (;;) {
    try {
      const response = await fetch(`http://127.0.0.1:${port}${path}`);
      return { status: response.status, body: (await response.json()) as Record<string, unknown> };
    } catch {
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
  }
}

test("a replay from genesis retains strides with their indexes and ends at its last block", async () => {
  const { log, code } = nodeos([...genesis(), "--terminate-at-block", "3500"]);
  expect(await code).toBe(0);
  expect(log()).toContain("Block 3500 reached configured maximum block 3500; terminating");
  expect(log()).toContain("nodeos successfully exiting");
  const retained = readdirSync(join(dir, "data/blocks/retained")).sort();
  expect(retained).toEqual([
    "blocks-1001-2000.index",
    "blocks-1001-2000.log",
    "blocks-2-1000.index",
    "blocks-2-1000.log",
    "blocks-2001-3000.index",
    "blocks-2001-3000.log",
  ]);
  const index = readFileSync(join(dir, "data/blocks/retained/blocks-1001-2000.index"));
  const file = readFileSync(join(dir, "data/blocks/retained/blocks-1001-2000.log"));
  expect(index.length).toBe(1000 * 8);
  expect(file.readUInt32LE(4)).toBe(1001);
  const last = Number(index.readBigUInt64LE(999 * 8));
  expect(Number(file.readBigUInt64LE(file.length - 8))).toBe(last);
  expect(file.readUInt32LE(last + 32)).toBe(2000);
});

test("a stopped replay goes on where it was", async () => {
  expect(await nodeos([...genesis(), "--terminate-at-block", "1200"]).code).toBe(0);
  const second = nodeos(["--terminate-at-block", "2100"]);
  expect(await second.code).toBe(0);
  expect(second.log()).toContain("head block is #1200");
  expect(readdirSync(join(dir, "data/blocks/retained"))).toContain("blocks-1001-2000.log");
});

test("a snapshot taken over HTTP starts another node at its height, with the same state", async () => {
  const first = nodeos([...genesis(), "--integrity-hash-on-stop"], "one", { NODEOS_LAB_CHAIN_HEAD: "2000" });
  let head = 0;
  while (head < 2000) head = Number((await api("/v1/chain/get_info")).body.head_block_num);
  const taken = await api("/v1/producer/create_snapshot");
  expect(taken.status).toBe(201);
  const hash = (await api("/v1/producer/get_integrity_hash")).body;
  first.child.kill("SIGTERM");
  expect(await first.code).toBe(0);
  const at = Number(taken.body.head_block_num);
  const second = nodeos(
    ["--snapshot", String(taken.body.snapshot_name), "--terminate-at-block", String(at), "--integrity-hash-on-start"],
    "two",
  );
  expect(await second.code).toBe(0);
  expect(second.log()).toMatch(/Snapshot initialization 42% complete/);
  expect(second.log()).toContain(`Snapshot loaded, head: ${at} : ${taken.body.head_block_id}`);
  if (hash.head_block_id === taken.body.head_block_id)
    expect(second.log()).toContain(`started with hash: ${hash.integrity_hash}`);
});

test("a snapshot is refused where there is a state already, and when it is not one", async () => {
  expect(await nodeos([...genesis(), "--terminate-at-block", "10"]).code).toBe(0);
  writeFileSync(join(dir, "cut.bin"), "not a snapshot");
  const again = nodeos(["--snapshot", join(dir, "cut.bin")]);
  expect(await again.code).toBe(1);
  expect(again.log()).toContain("Snapshot can only be used to initialize an empty database.");
  const bad = nodeos(["--snapshot", join(dir, "cut.bin")], "fresh");
  expect(await bad.code).toBe(1);
  expect(bad.log()).toContain("Binary snapshot has unexpected magic number!");
});

test("kill -9 leaves a dirty database that is told and refused with code 2", async () => {
  const { child, code } = nodeos(genesis());
  await api("/v1/chain/get_info");
  child.kill("SIGKILL");
  await code;
  const again = nodeos([]);
  expect(await again.code).toBe(2);
  expect(again.log()).toContain("database dirty flag set (likely due to unclean shutdown): replay required");
});

test("options that nodeos does not have are refused, on the command line and in config.ini", async () => {
  const flag = nodeos(["--terminate-at-blok", "5"]);
  expect(await flag.code).toBe(255);
  expect(flag.log()).toContain("unrecognised option '--terminate-at-blok'");
  writeFileSync(join(dir, "config.ini"), "bloks-log-stride = 5\n");
  const key = nodeos([]);
  expect(await key.code).toBe(255);
  expect(key.log()).toContain("Unknown option 'bloks-log-stride'");
  expect(existsSync(join(dir, "data/blocks"))).toBe(false);
});

import { spawn } from "node:child_process";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, expect, test } from "vitest";
import { dotenv } from "../../../src/lab/stand-ins/scheduler-unit/environment.ts";
import { openKeyValueStore } from "../../../src/lab/stand-ins/scheduler-unit/key-value.ts";
import { type Practice, startPractice } from "../../../src/lab/stand-ins/scheduler-unit/practice.ts";
import type { MigrationTroubles } from "../../../src/lab/stand-ins/scheduler-unit/troubles.ts";

const scripts = fileURLToPath(new URL("../../../src/lab/stand-ins/scheduler-unit/", import.meta.url));
const dir = mkdtempSync(join(tmpdir(), "runsheet-su-"));
let practice: Practice;
let env: NodeJS.ProcessEnv;
let stores = 0;

beforeAll(async () => {
  practice = await startPractice({ dir, messages: 450 });
  env = { PATH: process.env.PATH, HOME: dir, ...dotenv(join(practice.unitDirs["su-1"]!, ".env")), USE_DISK: "true" };
});

afterAll(async () => {
  await practice.close();
  rmSync(dir, { recursive: true, force: true });
});

type Said = { code: number | null; out: string };

function program(name: string, args: string[], more: NodeJS.ProcessEnv = {}): Promise<Said> {
  const child = spawn(process.execPath, [join(scripts, `${name}.ts`), ...args], { env: { ...env, ...more }, cwd: dir });
  let out = "";
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding("utf8").on("data", (text: string) => {
      out += text;
    });
  }
  return new Promise((resolve, reject) => {
    child.on("error", reject);
    child.on("close", (code) => resolve({ code, out }));
  });
}

const cli = (args: string[], more?: NodeJS.ProcessEnv) => program("cli-main", args, more);
const troubles = (given: MigrationTroubles) => ({ SU_LAB_TROUBLES: JSON.stringify(given) });

/** A fresh set of directories, and how many keys are in one of them. */
function freshStore() {
  const base = join(dir, `store-${stores++}`);
  mkdirSync(base);
  const dirs = {
    SU_DATA_DIR: join(base, "data"),
    SU_FILE_DB_DIR: join(base, "files"),
    SU_INDEX_DB_DIR: join(base, "index"),
  };
  const keys = async (store: keyof typeof dirs, family = "default") => {
    const { out } = await program("ldb-main", [
      `--db=${dirs[store]}`,
      `--column_family=${family}`,
      "dump",
      "--count_only",
    ]);
    return Number(/Keys in range: (\d+)/.exec(out)?.[1] ?? -1);
  };
  return { dirs, keys, base };
}

test("migrate_to_disk copies a range, the rest, or all, and the same again changes nothing", async () => {
  const { dirs, keys } = freshStore();
  expect((await cli(["migrate_to_disk", "0-120"], dirs)).code).toBe(0);
  expect(await keys("SU_DATA_DIR")).toBe(120);
  expect((await cli(["migrate_to_disk", "100"], dirs)).code).toBe(0);
  expect(await keys("SU_DATA_DIR")).toBe(450);
  await cli(["migrate_to_disk", "0"], dirs);
  expect(await keys("SU_DATA_DIR")).toBe(450);
});

test("several workers may migrate different ranges at the same time", async () => {
  const { dirs, keys } = freshStore();
  const ended = await Promise.all(
    ["0-150", "150-300", "300-450"].map((range) => cli(["migrate_to_disk", range], dirs)),
  );
  expect(ended.map(({ code }) => code)).toEqual([0, 0, 0]);
  expect(await keys("SU_DATA_DIR")).toBe(450);
});

test("while another program holds RocksDB's lock a worker is refused in RocksDB's words, and afterwards not", async () => {
  const { dirs, keys } = freshStore();
  const env = { ...dirs, ...troubles({ exclusive: true }) };
  const other = openKeyValueStore(dirs.SU_DATA_DIR, { exclusive: true });
  const refused = await cli(["migrate_to_disk", "0-10"], env);
  other.close();
  expect(refused.code).toBe(101);
  expect(refused.out).toMatch(/While lock file: .*LOCK: Resource temporarily unavailable/);
  expect((await cli(["migrate_to_disk", "0-10"], env)).code).toBe(0);
  expect(await keys("SU_DATA_DIR")).toBe(10);
});

test("a range may die half-way, and is completed by the same command", async () => {
  const { dirs, keys, base } = freshStore();
  const given = troubles({ failAt: { message: 250, times: 1, how: "panics" }, countDir: base });
  const first = await cli(["migrate_to_disk", "0-450"], { ...dirs, ...given });
  expect(first.code).toBe(101);
  expect(first.out).toContain("panicked");
  expect(await keys("SU_DATA_DIR")).toBe(250);
  expect((await cli(["migrate_to_disk", "0-450"], { ...dirs, ...given })).code).toBe(0);
  expect(await keys("SU_DATA_DIR")).toBe(450);
});

test("a batch that cannot be read is left out with exit code 0, as in the real program", async () => {
  const { dirs, keys, base } = freshStore();
  const given = troubles({ failAt: { message: 250, times: 1, how: "skips" }, countDir: base });
  const { code, out } = await cli(["migrate_to_disk", "0-450"], { ...dirs, ...given });
  expect(code).toBe(0);
  expect(out).toContain("Error fetching messages");
  expect(await keys("SU_DATA_DIR")).toBe(350);
});

test("without USE_DISK the data directory is not read, and the cli says so", async () => {
  const { dirs } = freshStore();
  const { code, out } = await cli(["migrate_to_disk", "0"], { ...dirs, USE_DISK: "false" });
  expect(code).toBe(101);
  expect(out).toContain("Failed to open RocksDB");
});

test("migrate_to_local needs the messages on disk, goes on where it stopped, and clear makes it begin anew", async () => {
  const { dirs, keys } = freshStore();
  expect((await cli(["migrate_to_local"], dirs)).code).toBe(101);
  await cli(["migrate_to_disk", "0-200"], dirs);
  expect((await cli(["migrate_to_local"], dirs)).out).toContain("no binary on disk");
  expect(await keys("SU_INDEX_DB_DIR", "message")).toBe(200);
  await cli(["migrate_to_disk", "200"], dirs);
  expect((await cli(["migrate_to_local"], dirs)).code).toBe(0);
  expect(await keys("SU_INDEX_DB_DIR", "message")).toBeLessThan(450);
  await cli(["migrate_to_local", "clear"], dirs);
  await cli(["migrate_to_local"], dirs);
  expect(await keys("SU_INDEX_DB_DIR", "message")).toBe(450);
  expect(await keys("SU_INDEX_DB_DIR", "process")).toBe(20);
});

test("a wrong name or a missing variable is told as the real program tells it", async () => {
  const wrong = await cli(["migrate_to_nowhere"]);
  expect(wrong).toMatchObject({ code: 0, out: expect.stringContaining("Invalid function name: migrate_to_nowhere") });
  const missing = await cli(["migrate_to_disk", "0"], { DATABASE_URL: undefined });
  expect(missing).toMatchObject({ code: 101, out: expect.stringContaining("NotPresent") });
});

test("sync_local_drives follows a live store", async () => {
  const { dirs, keys, base } = freshStore();
  await cli(["migrate_to_disk", "0"], dirs);
  await cli(["migrate_to_local"], dirs);
  const copies = { SU_FILE_SYNC_DB_DIR: join(base, "files-copy"), SU_INDEX_SYNC_DB_DIR: join(base, "index-copy") };
  const child = spawn(process.execPath, [join(scripts, "cli-main.ts"), "sync_local_drives", "1"], {
    env: { ...env, ...dirs, ...copies },
  });
  const copied = async () =>
    Number(
      /(\d+)/.exec(
        (
          await program("ldb-main", [
            `--db=${copies.SU_INDEX_SYNC_DB_DIR}`,
            "--column_family=message",
            "dump",
            "--count_only",
          ])
        ).out,
      )?.[1] ?? 0,
    );
  while ((await copied()) < 450);
  child.kill();
  expect(await copied()).toBe(await keys("SU_INDEX_DB_DIR", "message"));
});

const spawnItem = (name: string) =>
  JSON.stringify({
    tags: [
      { name: "Data-Protocol", value: "ao" },
      { name: "Type", value: "Process" },
    ],
    data: name,
  });
const post = (url: string, body: string) => fetch(url, { method: "POST", body });

test("a unit serves what is in its database, and takes new processes and messages", async () => {
  const url = `http://127.0.0.1:${practice.ports["su-1"]}`;
  expect(await (await fetch(`${url}/`)).json()).toMatchObject({ address: expect.stringMatching(/^[\w-]{43}$/) });
  expect(await (await fetch(`${url}/timestamp`)).json()).toMatchObject({
    block_height: expect.stringMatching(/^\d{12}$/),
  });
  const { id } = (await (await post(`${url}/`, spawnItem("unit test"))).json()) as { id: string };
  const message = JSON.stringify({
    target: id,
    tags: [
      { name: "Data-Protocol", value: "ao" },
      { name: "Type", value: "Message" },
    ],
  });
  for (let nth = 0; nth < 3; nth++) expect((await post(`${url}/`, message)).status).toBe(200);
  const list = (await (await fetch(`${url}/${id}`)).json()) as { edges: unknown[] };
  expect(list.edges).toHaveLength(3);
  const latest = (await (await fetch(`${url}/${id}/latest`)).json()) as {
    assignment: { tags: { name: string; value: string }[] };
  };
  expect(latest.assignment.tags).toContainEqual({ name: "Nonce", value: "2" });
  expect((await fetch(`${url}/nothing-of-this-name`)).status).toBe(400);
});

test("the router starts without its list but knows no unit; with it, it spreads processes and redirects", async () => {
  const router = `http://127.0.0.1:${practice.ports.router}`;
  rmSync(practice.schedulerList);
  expect((await practice.units.run("start", "router")).code).toBe(0);
  const refused = await post(`${router}/`, spawnItem("nobody"));
  expect(await refused.json()).toEqual({ error: "Could not find a scheduler to assign" });
  expect(readFileSync(join(practice.unitDirs.router!, "unit.log"), "utf8")).toContain("Failed to open file");
  const urls = ["su-1", "su-2"].map((name) => `http://127.0.0.1:${practice.ports[name]}`);
  writeFileSync(practice.schedulerList, JSON.stringify(urls.map((url) => ({ url }))));
  for (const [verb, name] of [
    ["restart", "router"],
    ["start", "su-2"],
  ] as const)
    expect((await practice.units.run(verb, name)).code).toBe(0);
  const homes = [];
  for (const name of ["first", "second"]) {
    const answer = await post(`${router}/`, spawnItem(name));
    homes.push(new URL(answer.url).origin);
    const { id } = (await answer.json()) as { id: string };
    const asked = await fetch(`${router}/processes/${id}`);
    expect(asked.status).toBe(200);
    expect(new URL(asked.url).origin).toBe(homes.at(-1));
  }
  expect(homes.sort()).toEqual([...urls].sort());
  expect((await fetch(`${router}/`)).status).toBe(400);
});

import { spawnSync } from "node:child_process";
import { existsSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { zstdDecompressSync } from "node:zlib";
import { describe, expect, onTestFinished, test } from "vitest";
import { contents } from "../actions/s3/rig.ts";
import { type Ended, type Practice, practise } from "../rig/practice.ts";

const bucket = "chicken-dance";
const long = process.env.RUNSHEET_LONG !== undefined;
/** The made-up chain takes a few seconds per slice; the rest is for machines with other things to do. */
const patience = { timeout: 180_000 };

async function lab(params: Record<string, string> = {}): Promise<Practice & { readonly data: string }> {
  const practice = await practise("replay-slices", { params });
  const data = (practice.lab.values.nodeos as { dataDir: string }).dataDir;
  onTestFinished(async () => {
    await endNodes(data);
    await practice.close();
  });
  return { ...practice, data };
}

/** A node that a killed run has left behind is nobody's any more when its test is over. */
async function endNodes(data: string): Promise<void> {
  for (const pid of readdirSync("/proc").filter((name) => /^\d+$/.test(name))) {
    try {
      if (!readFileSync(`/proc/${pid}/cmdline`, "latin1").includes(data)) continue;
      process.kill(Number(pid), "SIGKILL");
    } catch {
      // gone already
    }
  }
}

const heightsIn = (names: readonly string[]) =>
  names.flatMap((name) => /-v6-(\d{10})\.bin\.zst$/.exec(name)?.[1] ?? []).map(Number);

async function stored({ lab: { s3 } }: Practice) {
  const all = await contents(s3!, bucket);
  const below = (prefix: string) =>
    new Map(
      [...all].flatMap(([key, body]) => (key.startsWith(prefix) ? [[key.slice(prefix.length), body] as const] : [])),
    );
  return { snapshots: below("mainnet/snapshots/"), blocks: below("mainnet/aggregated_blocks_compressed/") };
}

function expectDone(ended: Ended): void {
  expect(ended.code, `${ended.stdout}\n${ended.stderr}`).toBe(0);
}

describe("replay-slices", () => {
  test("carries out one slice after the other, each from a snapshot of the one before", patience, async () => {
    const practice = await lab();
    expectDone(await practice.run().ended);
    const first = await stored(practice);
    expect(heightsIn([...first.snapshots.keys()]).map((height) => Math.floor(height / 8000))).toEqual([1, 2]);
    expect([...first.blocks.keys()]).toEqual(
      expect.arrayContaining(["blocks-2-10000.log.zst", "blocks-10001-20000.index.zst"]),
    );
    for (const [name, body] of first.blocks) {
      const local = readFileSync(join(practice.data, "data/blocks/retained", name.replace(".zst", "")));
      expect(zstdDecompressSync(body).equals(local)).toBe(true);
    }
    expect(readFileSync(join(practice.data, "plan/report-slice-1/report.md"), "utf8")).toContain("blocks per hour");
    const proposed = readFileSync(join(practice.data, "plan/report-slice-1/proposed_block_spacing.tsv"), "utf8");
    expect(proposed.trimEnd().split("\n").at(-1)).toBe("56000\t96000\t8000");

    // The second slice, on a machine of its own.
    rmSync(practice.data, { recursive: true });
    const runs = join(practice.lab.dir, "../state/runsheet/runs");
    renameSync(join(runs, practice.runId), join(runs, "first"));
    expectDone(await practice.run("-p", "slice=2").ended);
    const log = readFileSync(join(practice.data, "log/nodeos.log"), "utf8");
    expect(log).toContain(`Snapshot loaded, head: ${heightsIn([...first.snapshots.keys()]).at(-1)}`);
    expect(log).toContain("reached configured maximum block 60000");
    const second = await stored(practice);
    expect(heightsIn([...second.snapshots.keys()]).map((height) => Math.floor(height / 8000))).toEqual([
      1, 2, 3, 4, 5, 6, 7,
    ]);
    expect([...second.blocks.keys()]).toContain("blocks-50001-60000.log.zst");
  });

  test.runIf(long)("carries out all ten slices of a chain in one lab", { timeout: 900_000 }, async () => {
    process.env.NODEOS_LAB_BLOCKS_PER_SECOND = "800"; // a period is long enough for any machine to look at
    const practice = await lab({ slices: "10", stride: "2000" }).finally(
      () => delete process.env.NODEOS_LAB_BLOCKS_PER_SECOND,
    );
    const spacing = join(practice.lab.dir, "ten.tsv");
    writeFileSync(spacing, "0\t80000\t2000\n");
    for (let slice = 1; slice <= 10; slice++) {
      // Each has a data directory and a run of its own, as on ten machines.
      const own = ["-p", `slice=${slice}`, "-p", `spacing=${spacing}`, "-p", `dataDir=${practice.data}-${slice}`];
      expectDone(await practice.run("--run-id", `slice-${slice}`, ...own).ended);
      const from = `${practice.data}-${slice}/log/nodeos.log`;
      if (slice > 1) expect(readFileSync(from, "utf8")).toContain("Snapshot loaded, head: ");
    }
    const { snapshots, blocks } = await stored(practice);
    // By the documented rule the last slice ends where the last period begins.
    const every = Array.from({ length: 38 }, (_, index) => index + 1);
    expect(heightsIn([...snapshots.keys()]).map((height) => Math.floor(height / 2000))).toEqual(every);
    for (let block = 1; block < 78_000; block += 2000) {
      const name = `blocks-${block === 1 ? 2 : block}-${block + 1999}.log.zst`;
      expect([...blocks.keys()]).toContain(name);
    }
  });

  test("tells everything that is wrong with the machine before anything is started", async () => {
    const practice = await lab({ minCores: "5000", minFree: "900TB" });
    const ended = await practice.run().ended;
    expect(ended.code).toBe(1);
    const { stdout } = await practice.verb("status", practice.runId, "--json").ended;
    expect(stdout).toContain("5000 are needed");
    expect(stdout).toContain("900.0 TB are needed");
    expect(existsSync(practice.data)).toBe(false);
  });

  test("asks for the slice to be confirmed, with its start, end and snapshot", async () => {
    const practice = await lab();
    const ended = await practice.verb(
      "plan",
      join(import.meta.dirname, "../../runbooks/replay-slices/runbook.yaml"),
      "-p",
      "slice=1",
      "-p",
      "store=s3://x/y",
    ).ended;
    expect(ended.code, ended.stderr).toBe(0);
    expect(ended.stdout).toMatch(/go +reads +asks/);
  });
});

describe("replay-slices, killed with -9 and left by its terminal again and again", () => {
  test("leaves the node running, finds it again, and ends with everything there once", patience, async () => {
    // Slow enough that nothing is due while nobody looks.
    process.env.NODEOS_LAB_BLOCKS_PER_SECOND = "1600";
    const practice = await lab().finally(() => delete process.env.NODEOS_LAB_BLOCKS_PER_SECOND);
    let next = practice.run();
    let last: Ended | undefined;
    for (const [instant, signal] of [
      ["loaded", "SIGKILL"],
      ["replay/snapshots", "SIGHUP"],
      ["replay/block-logs", "SIGKILL"],
      ["ended", "SIGHUP"],
      ["nothing more", "SIGKILL"],
    ] as const) {
      last = await killedAt(next, new RegExp(`start +${instant}\\b`), signal);
      if (last.code !== null && last.code !== 129) break;
      next = practice.verb("resume", practice.runId, "--headless");
    }
    expectDone(last!);
    const { snapshots, blocks } = await stored(practice);
    expect(heightsIn([...snapshots.keys()]).map((height) => Math.floor(height / 8000))).toEqual([1, 2]);
    expect([...blocks.keys()].filter((name) => name.endsWith(".log.zst"))).toHaveLength(2);
    const log = readFileSync(join(practice.data, "log/nodeos.log"), "utf8");
    expect(log.match(/main +\] nodeos version/g)).toHaveLength(1);
  });
});

test("a slice goes on after a power loss, from the newest snapshot in the archive", patience, async () => {
  process.env.NODEOS_LAB_BLOCKS_PER_SECOND = "1300";
  const practice = await lab().finally(() => delete process.env.NODEOS_LAB_BLOCKS_PER_SECOND);
  const { child, ended } = practice.run();
  const archive = join(practice.data, "archive/snapshots");
  const early = ended.then((how) => expect.fail(`it ended before its first snapshot:\n${how.stderr}`));
  const first = expect.poll(() => existsSync(archive) && readdirSync(archive).length, { timeout: 60_000 }).toBe(1);
  await Promise.race([first, early]);
  early.catch(() => {});
  child.kill("SIGKILL");
  await endNodes(practice.data);
  await ended;
  const refused = await practice.verb("resume", practice.runId, "--headless").ended;
  expect(refused.code, refused.stderr).toBe(1);
  expect(readFileSync(join(practice.data, "log/nodeos.log"), "utf8")).toContain("database dirty flag set");
  // What the README says to do.
  rmSync(join(practice.data, "data/state"), { recursive: true });
  const newest = zstdDecompressSync(readFileSync(join(archive, readdirSync(archive)[0]!)));
  writeFileSync(join(practice.data, "start/restart.bin"), newest);
  // The first retry starts the node again; what failed beside it while the run was stopping is then asked about.
  const again = await practice.verb("retry", practice.runId, "--headless").ended;
  expectDone(again.code === 0 ? again : await practice.verb("retry", practice.runId, "--headless").ended);
  const { snapshots } = await stored(practice);
  expect(heightsIn([...snapshots.keys()]).map((height) => Math.floor(height / 8000))).toEqual([1, 2]);
});

/** Kills the executor once it says that, or takes its terminal away (SIGHUP); it may end before. */
async function killedAt(
  { child, ended }: ReturnType<Practice["run"]>,
  instant: RegExp,
  signal: "SIGKILL" | "SIGHUP",
): Promise<Ended> {
  let seen = "";
  child.stderr!.on("data", (text: string) => {
    seen += text;
    if (instant.test(seen)) child.kill(signal);
  });
  return ended;
}

test("the script that stays with the node is plain POSIX shell", () => {
  const script = join(import.meta.dirname, "../../runbooks/replay-slices/run-node.sh");
  expect(spawnSync("sh", ["-n", script]).status).toBe(0);
});

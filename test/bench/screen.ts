import { type ChildProcess, spawn } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { type IPty, spawn as spawnPty } from "node-pty";
import { rolldown } from "rolldown";
import { bundling, root } from "../../scripts/bundling.ts";

/**
 * The run screen in a pseudo-terminal of 120x40 with 10,000 steps: first frame (also of home), key to first byte, CPU and memory while
 * idle and while the log grows, then with a grid of 100,000 items. `screen.ts [SECONDS [PHASE]]`, 6 seconds per phase unless told;
 * 600 shows whether memory grows.
 */
const here = (name: string): string => fileURLToPath(new URL(`screen/${name}.ts`, import.meta.url));
const seconds = Number(process.argv[2] ?? 6);
const KEY_EVERY_MS = 60;
const TICKS_PER_SECOND = 100;
const STARTS = 15;
/** A frame is written as one synchronized update. */
const FRAME_BEGIN = "\u001b[?2026h";
const dir = mkdtempSync(join(tmpdir(), "runsheet-bench-"));
// Bundled like the published program, and started once before, as that has been: compiled code is kept between starts.
const built = join(root, `node_modules/.cache/runsheet-bench-${process.pid}`);
const bundle = await rolldown({ ...bundling, input: { child: here("child"), main: join(root, "src/main.ts") } });
await bundle.write({ dir: built, format: "esm", entryFileNames: "[name].mjs", chunkFileNames: "[name]-[hash].mjs" });
const shortLog = join(dir, "short.log");
writeFileSync(shortLog, "line\n".repeat(5_000));

const wanted = new RegExp(process.argv[3] ?? ".");
await firstFrame("home", ["main.mjs", "--state-dir", dir]);
await firstFrame("run", ["child.mjs", shortLog, "10000", "0"]);
console.log("                          key to first byte ms         CPU %   KB/s   RSS MB (growth)");
for (const rate of [0, 20_000, 100_000]) await phase(`log ${rate} lines/s`, { rate, items: 0, keys: "jk", open: "" });
await phase("grid of 100,000 items", { rate: 0, items: 100_000, keys: "lh", open: "jw" });
rmSync(dir, { recursive: true, force: true });
rmSync(built, { recursive: true, force: true });

type Phase = { readonly rate: number; readonly items: number; readonly keys: string; readonly open: string };

async function phase(name: string, { rate, items, keys, open }: Phase): Promise<void> {
  if (!wanted.test(name)) return;
  const log = join(dir, `${name.replaceAll(/\W/g, "-")}.log`);
  writeFileSync(log, Array.from({ length: 5_000 }, (_, n) => `line ${n}\n`).join(""));
  const screen = start(["child.mjs", log, "10000", String(items)]);
  let bytes = 0;
  let onData: (text: string) => void = () => {};
  screen.onData((text) => {
    bytes += text.length;
    onData(text);
  });
  await drawn(screen);
  await sleep(1_000);
  for (const key of open) await type(screen, key);
  const writer =
    rate > 0 ? spawn(process.execPath, [here("writer"), log, String(rate)], { stdio: "ignore" }) : undefined;
  await sleep(1_000);
  const idle = await watch(
    screen.pid,
    () => bytes,
    () => sleep(seconds * 500),
  );
  const before = rssMb(screen.pid);
  const delays: number[] = [];
  const busy = await watch(
    screen.pid,
    () => bytes,
    async () => {
      const until = performance.now() + seconds * 1_000;
      for (let n = 0; performance.now() < until; n++) {
        await sleep(KEY_EVERY_MS * (0.5 + Math.random()));
        delays.push(
          await keyToByte(screen, keys[n % 2] as string, (take) => {
            onData = take;
          }),
        );
      }
    },
  );
  writer?.kill();
  const [p50, p99, most] = [0.5, 0.99, 1].map((share) => quantile(delays, share).toFixed(1));
  const [after, kb] = [rssMb(screen.pid), idle.kbPerSecond.toFixed(1)];
  console.log(
    `${name.padEnd(24)} p50 ${p50} p99 ${p99} max ${most} (${delays.length} keys)   ${idle.cpu.toFixed(1)} / ${busy.cpu.toFixed(1)} with keys   ${kb}   ${after.toFixed(0)} (${(after - before).toFixed(1)})`,
  );
  await ended(screen, writer);
}

/** Until the first frame has been written, start of the process included; the first start of all fills the compile cache. */
async function firstFrame(name: string, args: readonly string[]): Promise<void> {
  const title = `first frame of ${name}`;
  if (!wanted.test(title)) return;
  const times: number[] = [];
  const used: number[] = [];
  for (let n = 0; n <= STARTS; n++) {
    const began = performance.now();
    const screen = start(args);
    await drawn(screen);
    if (n > 0) times.push(performance.now() - began);
    if (n > 0) used.push((1_000 * ticksOf(screen.pid)) / TICKS_PER_SECOND);
    await ended(screen, undefined, "SIGTERM");
  }
  const [least, p50] = [0, 0.5].map((share) => quantile(times, share).toFixed(0));
  const cpu = used.reduce((sum, ms) => sum + ms, 0) / used.length;
  console.log(
    `${title.padEnd(24)} min ${least} p50 ${p50} ms after the start of the process; CPU ${cpu.toFixed(0)} ms`,
  );
}

function start(args: readonly string[]): IPty {
  const [script = "", ...rest] = args;
  return spawnPty(process.execPath, [join(built, script), ...rest], {
    cols: 120,
    rows: 40,
    cwd: dir,
    name: "xterm-256color",
    env: { ...process.env, CI: "", LANG: "C.UTF-8" } as Record<string, string>,
  });
}

function drawn(screen: IPty): Promise<void> {
  return new Promise((resolve) => {
    const listening = screen.onData((text) => {
      if (!text.includes(FRAME_BEGIN)) return;
      listening.dispose();
      resolve();
    });
  });
}

function keyToByte(screen: IPty, key: string, listen: (take: () => void) => void): Promise<number> {
  return new Promise((resolve) => {
    const typedMs = performance.now();
    const lost = setTimeout(() => resolve(Number.POSITIVE_INFINITY), 2_000);
    listen(() => {
      listen(() => {});
      clearTimeout(lost);
      resolve(performance.now() - typedMs);
    });
    screen.write(key);
  });
}

async function watch(
  pid: number,
  bytes: () => number,
  work: () => Promise<unknown>,
): Promise<{ readonly cpu: number; readonly kbPerSecond: number }> {
  const [ticks, count, began] = [ticksOf(pid), bytes(), performance.now()];
  await work();
  const passed = (performance.now() - began) / 1_000;
  return {
    cpu: (100 * (ticksOf(pid) - ticks)) / TICKS_PER_SECOND / passed,
    kbPerSecond: (bytes() - count) / 1_024 / passed,
  };
}

/** User and system time of a process so far (proc(5), fields 14 and 15). */
function ticksOf(pid: number): number {
  const fields = readFileSync(`/proc/${pid}/stat`, "utf8")
    .replace(/^.*\) /, "")
    .split(" ");
  return Number(fields[11]) + Number(fields[12]);
}

function rssMb(pid: number): number {
  return Number(/VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, "utf8"))?.[1]) / 1_024;
}

async function type(screen: IPty, key: string): Promise<void> {
  screen.write(key);
  await sleep(300);
}

function ended(screen: IPty, writer: ChildProcess | undefined, signal = "SIGKILL"): Promise<void> {
  return new Promise((resolve) => {
    screen.onExit(() => resolve());
    writer?.kill("SIGKILL");
    screen.kill(signal);
  });
}

function sleep(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}

function quantile(values: readonly number[], share: number): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? Number.NaN;
}

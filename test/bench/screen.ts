import { type ChildProcess, spawn } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { type IPty, spawn as spawnPty } from "node-pty";
import { rolldown } from "rolldown";

/**
 * The run screen in a pseudo-terminal of 120x40 with 10,000 steps: first frame, key to first byte, CPU and memory while idle
 * and while the log grows, then with a grid of 100,000 items. `screen.ts [SECONDS [PHASE]]`, 6 seconds per phase unless told;
 * 600 shows whether memory grows.
 */
const here = (name: string): string => fileURLToPath(new URL(`screen/${name}.ts`, import.meta.url));
const root = fileURLToPath(new URL("../../", import.meta.url));
const seconds = Number(process.argv[2] ?? 6);
const KEY_EVERY_MS = 60;
const TICKS_PER_SECOND = 100;
const dir = mkdtempSync(join(tmpdir(), "runsheet-bench-"));
// Bundled like the published program.
const built = join(root, "node_modules/.cache/runsheet-bench");
const bundle = await rolldown({ cwd: root, input: here("child"), platform: "node", external: ["react-devtools-core"] });
await bundle.write({ dir: built, format: "esm", entryFileNames: "child.mjs" });

console.log("                          key to first byte ms         CPU %   KB/s   RSS MB (growth)");
const wanted = new RegExp(process.argv[3] ?? ".");
for (const rate of [0, 20_000, 100_000]) await phase(`log ${rate} lines/s`, { rate, items: 0, keys: "jk", open: "" });
await phase("grid of 100,000 items", { rate: 0, items: 100_000, keys: "lh", open: "jw" });
rmSync(dir, { recursive: true, force: true });
rmSync(built, { recursive: true, force: true });

type Phase = { readonly rate: number; readonly items: number; readonly keys: string; readonly open: string };

async function phase(name: string, { rate, items, keys, open }: Phase): Promise<void> {
  if (!wanted.test(name)) return;
  const log = join(dir, `${name.replaceAll(/\W/g, "-")}.log`);
  const facts = join(dir, "facts.json");
  writeFileSync(log, Array.from({ length: 5_000 }, (_, n) => `line ${n}\n`).join(""));
  const began = performance.now();
  const screen = spawnPty(process.execPath, [join(built, "child.mjs"), log, "10000", String(items), facts], {
    cols: 120,
    rows: 40,
    name: "xterm-256color",
    env: { ...process.env, LANG: "C.UTF-8" } as Record<string, string>,
  });
  let bytes = 0;
  let onData: (text: string) => void = () => {};
  screen.onData((text) => {
    bytes += text.length;
    onData(text);
  });
  await new Promise<void>((resolve) => {
    onData = (text) => text.includes("r-bench") && resolve();
  });
  const firstMs = performance.now() - began;
  onData = () => {};
  const { importMs, startMs } = JSON.parse(readFileSync(facts, "utf8")) as { importMs: number; startMs: number };
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
  if (rate === 0 && items === 0) {
    console.log(
      `first frame: ${firstMs.toFixed(0)} ms after the process was started (node and our modules ${startMs.toFixed(0)}, Ink and React ${importMs.toFixed(0)}, drawing ${(firstMs - startMs - importMs).toFixed(0)})`,
    );
  }
  const [p50, p99, most] = [0.5, 0.99, 1].map((share) => quantile(delays, share).toFixed(1));
  const [after, kb] = [rssMb(screen.pid), idle.kbPerSecond.toFixed(1)];
  console.log(
    `${name.padEnd(24)} p50 ${p50} p99 ${p99} max ${most} (${delays.length} keys)   ${idle.cpu.toFixed(1)} / ${busy.cpu.toFixed(1)} with keys   ${kb}   ${after.toFixed(0)} (${(after - before).toFixed(1)})`,
  );
  await ended(screen, writer);
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

function ended(screen: IPty, writer: ChildProcess | undefined): Promise<void> {
  return new Promise((resolve) => {
    screen.onExit(() => resolve());
    writer?.kill("SIGKILL");
    screen.kill("SIGKILL");
  });
}

function sleep(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}

function quantile(values: readonly number[], share: number): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? Number.NaN;
}

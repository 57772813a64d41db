import { execFileSync, spawnSync } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

/** Cold start of the built program beside `node -e 0`, in turn, medians of CPU seconds and of wall time. */
const root = fileURLToPath(new URL("../../", import.meta.url));
const main = join(root, "dist/main.js");
const rounds = Number(process.argv[2] ?? 9);
const state = mkdtempSync(join(tmpdir(), "runsheet-bench-"));
const env = { ...process.env, XDG_STATE_HOME: state };
execFileSync(process.execPath, [main, "run", "replay-plan", "--headless", "--quiet", "-p", `out=${state}/out`], {
  env,
  cwd: root,
  stdio: "ignore",
});

const subjects: Readonly<Record<string, readonly string[]>> = {
  "node -e 0": ["-e", "0"],
  "--version": [main, "--version"],
  status: [main, "status"],
  validate: [main, "validate", "replay-plan"],
};
const wall: Record<string, number[]> = Object.fromEntries(Object.keys(subjects).map((name) => [name, []]));
const cpu: Record<string, number[]> = Object.fromEntries(Object.keys(subjects).map((name) => [name, []]));
for (let round = 0; round <= rounds; round++) {
  for (const [name, args] of Object.entries(subjects)) {
    const begun = performance.now();
    spawnSync(process.execPath, [...args], { env, cwd: root, stdio: "ignore" });
    if (round === 0) continue;
    wall[name]?.push(performance.now() - begun);
    cpu[name]?.push(childCpuMs(args));
  }
}
const base = { wall: median(wall["node -e 0"] ?? []), cpu: median(cpu["node -e 0"] ?? []) };
for (const name of Object.keys(subjects)) {
  const [w, c] = [median(wall[name] ?? []), median(cpu[name] ?? [])];
  console.log(
    `${name.padEnd(12)} wall ${w.toFixed(0).padStart(5)} ms (x${(w / base.wall).toFixed(1)})   cpu ${c.toFixed(0).padStart(5)} ms (x${(c / base.cpu).toFixed(1)})`,
  );
}
rmSync(state, { recursive: true, force: true });

/** User and system time of one more start, as the shell's `times` counts it for its children. */
function childCpuMs(args: readonly string[]): number {
  const quoted = [process.execPath, ...args].map((word) => `'${word}'`).join(" ");
  const said = spawnSync("/bin/sh", ["-c", `${quoted} >/dev/null 2>&1; times`], {
    env,
    cwd: root,
    encoding: "utf8",
  }).stdout;
  const [, children = ""] = said.trim().split("\n");
  return [...children.matchAll(/(\d+)m([\d.]+)s/g)].reduce(
    (sum, [, m, s]) => sum + (Number(m) * 60 + Number(s)) * 1000,
    0,
  );
}

function median(values: readonly number[]): number {
  return [...values].sort((a, b) => a - b)[Math.floor(values.length / 2)] ?? Number.NaN;
}

import { spawn } from "node:child_process";
import { existsSync } from "node:fs";
import { fileURLToPath } from "node:url";

/**
 * `npm start`: the main job on embedded defaults. On a terminal it opens the program's screen on the run; without one it does
 * the same headless. The state directory is the user's own, so an interrupted demo is resumed like any other run.
 */
const root = fileURLToPath(new URL("..", import.meta.url));
const main = existsSync(`${root}dist/main.js`) ? `${root}dist/main.js` : `${root}src/main.ts`;
const terminal = process.stdin.isTTY && process.stderr.isTTY;
// Without a terminal nobody can confirm; the demo's only question is whether its two sample eras may be loaded.
const args = ["run", "era-processing", ...(terminal ? [] : ["--yes"]), ...process.argv.slice(2)];
const cwd = process.env.INIT_CWD ?? root;
const child = spawn(process.execPath, [main, ...args], { stdio: "inherit", cwd, env: { ...process.env, PWD: cwd } });
// The child gets the terminal's signals itself; this process only waits for it.
for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const) process.on(signal, () => child.kill(signal));
child.on("exit", (code, signal) => {
  process.exitCode = signal ? 1 : (code ?? 1);
});

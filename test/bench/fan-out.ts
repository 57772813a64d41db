import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

/** A fan-out of no-op items through the whole program: items/s, peak memory, and the time to decide what a resume would do. */
const root = fileURLToPath(new URL("../../", import.meta.url));
const main = join(root, "dist/main.js");
const dir = mkdtempSync(join(tmpdir(), "runsheet-bench-"));
const env = { ...process.env, XDG_STATE_HOME: dir };
for (const count of [10_000, 100_000]) {
  const book = join(dir, "book.yaml");
  writeFileSync(
    book,
    `runsheet: 1\nname: many\ntitle: Many\nsteps:\n  - id: each\n    forEach: { items: "\${{ range(${count}) }}", key: "\${{ string(item) }}", concurrency: 16 }\n    assert: \${{ item >= 0 }}\n  - id: stop\n    confirm: { message: Go on? }\n`,
  );
  const run = timed(["run", book, "--run-id", `n${count}`, "--headless", "--quiet"]);
  const resume = timed(["resume", `n${count}`, "--headless", "--quiet"]);
  console.log(
    `${count} items: ${(count / run.seconds).toFixed(0)} items/s, peak ${run.peakMb} MB; resume decides in ${resume.seconds.toFixed(2)} s`,
  );
}
rmSync(dir, { recursive: true, force: true });

function timed(args: readonly string[]): { seconds: number; peakMb: number } {
  const begun = performance.now();
  const done = spawnSync("/usr/bin/time", ["-f", "%M", process.execPath, main, ...args], {
    env,
    cwd: dir,
    encoding: "utf8",
  });
  const peakKb = Number(done.stderr.trim().split("\n").at(-1));
  return { seconds: (performance.now() - begun) / 1000, peakMb: Math.round(peakKb / 1024) };
}

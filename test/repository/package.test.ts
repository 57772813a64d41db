import { execFileSync, spawnSync } from "node:child_process";
import { existsSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, expect, test } from "vitest";
import { Bench } from "../rig/runsheet.ts";
import { Terminal } from "../terminal/terminal.ts";

const root = fileURLToPath(new URL("../../", import.meta.url));
let dir = "";
let bin = "";

beforeAll(() => {
  dir = mkdtempSync(join(tmpdir(), "runsheet-package-"));
  execFileSync(process.execPath, [join(root, "scripts/build.ts")], { cwd: root, stdio: "ignore" });
  const packed = npm(["pack", "--ignore-scripts", "--pack-destination", dir, "--json"], root);
  const [{ filename }] = JSON.parse(packed) as [{ filename: string }];
  npm(
    [
      "install",
      "--global",
      "--prefix",
      join(dir, "global"),
      "--omit=optional",
      "--no-audit",
      "--no-fund",
      "--prefer-offline",
      join(dir, filename),
    ],
    dir,
  );
  bin = join(dir, "global/bin/runsheet");
}, 300_000);

afterAll(() => rmSync(dir, { recursive: true, force: true }));

function npm(args: readonly string[], cwd: string): string {
  return execFileSync("npm", [...args], { cwd, encoding: "utf8", stdio: ["ignore", "pipe", "ignore"] });
}

function runsheet(args: readonly string[]) {
  return spawnSync(process.execPath, [bin, ...args], {
    cwd: dir,
    encoding: "utf8",
    env: { ...process.env, XDG_STATE_HOME: join(dir, "state") },
  });
}

test("installed from its package, the program says its version and lists its runbooks' actions", () => {
  expect(runsheet(["--version"]).stdout).toMatch(/^\d+\.\d+\.\d+/);
  expect(runsheet(["actions"]).stdout).toContain("replay.manifest");
});

test("installed from its package, it validates and carries out a shipped runbook", () => {
  expect(runsheet(["validate", "replay-plan"]).status).toBe(0);
  const run = runsheet(["run", "replay-plan", "-p", `out=${join(dir, "out")}`]);
  expect(run.status, run.stderr).toBe(0);
  expect(existsSync(join(dir, "out/slices.json"))).toBe(true);
});

test("installed from its package, it prints its help and opens its home screen", async () => {
  expect(runsheet(["--help"]).stdout).toContain("runsheet <verb>");
  using bench = new Bench();
  bench.file(
    "wide.yaml",
    "runsheet: 1\nname: wide\ntitle: 古いデータ\nsteps:\n  - { id: a, effect: read, run: echo a }\n",
  );
  const terminal = new Terminal(bench, [], { command: [process.execPath, bin] });
  try {
    await terminal.sees(/wide +古いデータ/);
    expect(await terminal.typeUntilExit("q")).toBe(0);
  } finally {
    terminal.close();
  }
});

test("the package gives plugin authors the action contract with its types", () => {
  const plugin = join(dir, "plugin.mjs");
  const home = join(dir, "global/lib/node_modules/runsheet");
  writeFileSync(
    plugin,
    `import { defineAction, z } from ${JSON.stringify(join(home, "dist/plugin.js"))};\nconsole.log(typeof defineAction, typeof z.object);\n`,
  );
  expect(spawnSync(process.execPath, [plugin], { encoding: "utf8" }).stdout).toBe("function function\n");
  expect(existsSync(join(home, "dist/plugin.d.ts"))).toBe(true);
  expect(existsSync(join(home, "schema/runbook.schema.json"))).toBe(true);
});

const oldNode = ["/usr/bin/node", "/usr/local/bin/node"].find((path) => existsSync(path) && isOld(path));

function isOld(node: string): boolean {
  const [major = 0, minor = 0] = spawnSync(node, ["-p", "process.versions.node"], { encoding: "utf8" })
    .stdout.split(".")
    .map(Number);
  return major > 0 && (major < 22 || (major === 22 && minor < 18));
}

test.skipIf(!oldNode)("started on a Node.js that is too old, it says which one it needs", () => {
  const started = spawnSync(oldNode as string, [bin, "runs"], { encoding: "utf8" });
  expect(started.status).toBe(2);
  expect(started.stderr).toMatch(/needs Node\.js 22\.18 or newer.*\n.*nodejs\.org/);
});

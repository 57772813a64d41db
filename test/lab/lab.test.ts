import { execFile } from "node:child_process";
import { existsSync, mkdtempSync, readFileSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { afterAll, expect, test } from "vitest";
import { startLab } from "../../src/lab/lab.ts";
import { fillLabFile, readLabFile } from "../../src/lab/lab-file.ts";
import { labStatus, startLabProcess, stopLab } from "../../src/lab/lab-process.ts";
import { labParts } from "../../src/lab/parts.ts";
import { scenarios } from "../../src/lab/scenarios.ts";
import { findLab, isSameProcess, stateFileOf } from "../../src/lab/state-file.ts";

const run = promisify(execFile);
const base = mkdtempSync(join(tmpdir(), "runsheet-lab-"));
const runbooks = join(import.meta.dirname, "../../runbooks");

afterAll(() => rmSync(base, { recursive: true, force: true }));

test("a lab of another process is found, tells what is simulated, and goes without residue", async () => {
  const dir = join(base, "one");
  const up = await startLabProcess({ dir, parts: ["nodeos", "scheduler-unit"] });
  if (up.kind === "failed") throw new Error(up.failure.message);
  expect(statSync(stateFileOf(dir)).mode & 0o777).toBe(0o600);
  const status = await labStatus(dir);
  expect(status?.pid).toBe(up.state.pid);
  expect(status?.parts.map(({ name }) => name)).toEqual(["nodeos", "scheduler-unit"]);
  expect(status?.parts[1]?.simulated).toContain("RocksDB (SQLite files");
  expect(await startLabProcess({ dir, parts: ["nodeos"] })).toMatchObject({ kind: "ok", state: { pid: up.state.pid } });
  expect(await startLabProcess({ dir, parts: ["s3"] })).toMatchObject({
    kind: "failed",
    failure: { code: "lab-differs" },
  });
  const unit = (up.state.values.schedulerUnit as { units: { "su-1": { url: string } } }).units["su-1"].url;
  expect((await fetch(`${unit}/health`)).ok).toBe(true);
  expect(await stopLab(dir)).toEqual({ kind: "stopped" });
  expect(existsSync(dir)).toBe(false);
  expect(isSameProcess(up.state)).toBe(false);
  await expect(fetch(`${unit}/health`)).rejects.toThrow();
  expect(await stopLab(dir)).toEqual({ kind: "was-not-running" });
});

test("a lab that was killed is stale: it is not taken for running, and starting again clears it away", async () => {
  const dir = join(base, "killed");
  const up = await startLabProcess({ dir, parts: ["nodeos"] });
  if (up.kind === "failed") throw new Error(up.failure.message);
  process.kill(up.state.pid, "SIGKILL");
  while (isSameProcess(up.state)) await new Promise((resolve) => setTimeout(resolve, 10));
  expect(findLab(dir).kind).toBe("stale");
  expect(await labStatus(dir)).toBeUndefined();
  const again = await startLabProcess({ dir, parts: ["nodeos"] });
  expect(again).toMatchObject({ kind: "ok" });
  expect((again as typeof up).state.pid).not.toBe(up.state.pid);
  await stopLab(dir);
});

test("a lab whose directory disappears ends by itself", async () => {
  const dir = join(base, "removed");
  const up = await startLabProcess({ dir, parts: ["nodeos"] });
  if (up.kind === "failed") throw new Error(up.failure.message);
  rmSync(dir, { recursive: true });
  while (isSameProcess(up.state)) await new Promise((resolve) => setTimeout(resolve, 20));
});

test("several labs run side by side, each with its own ports and programs", async () => {
  const labs = await Promise.all(
    ["a", "b"].map((name) => startLab({ dir: join(base, name), parts: ["jobs", "nodeos"] })),
  );
  const nu = (lab: (typeof labs)[number], ...args: string[]) =>
    run("nu", ["datainfra", "sabesp", "--", "--aurora-stack=lab", "jobs", ...args], {
      env: { ...process.env, ...lab.env },
    });
  await nu(
    labs[0]!,
    "create",
    "prod",
    "scale-x",
    "NODE_COUNT=1",
    "SLAVE_TYPE=x",
    "INSTANCE_TYPE=m4.2xlarge",
    "--filename",
    "scale-ec2",
    "--job-version=scale_cluster=308ce8e",
  );
  const [first, second] = await Promise.all(labs.map((lab) => nu(lab, "list", "prod", "--json")));
  expect(JSON.parse(first!.stdout)).toMatchObject([{ name: "scale-x", version: "scale_cluster=308ce8e" }]);
  expect(JSON.parse(second!.stdout)).toEqual([]);
  const version = await run("nodeos", ["--version"], { env: { ...process.env, ...labs[1]!.env } });
  expect(version.stdout).toBe("v5.0.0\n");
  await Promise.all(labs.map((lab) => lab.down()));
});

test("an unknown scenario is refused with the known ones, and one without its parts with what is missing", async () => {
  await expect(startLab({ dir: join(base, "x"), parts: ["nodeos"], scenario: "earthquake" })).rejects.toThrow(
    /no scenario "earthquake"; it has: attach-stuck, /,
  );
  await expect(
    startLab({ dir: join(base, "x"), parts: ["nodeos"], scenario: "attach-stuck+earthquake" }),
  ).rejects.toThrow(/no scenario "attach-stuck\+earthquake"/);
  await expect(startLab({ dir: join(base, "x"), parts: ["nodeos"], scenario: "attach-stuck" })).rejects.toThrow(
    /needs the part "bp-cluster"/,
  );
  expect(existsSync(join(base, "x"))).toBe(false);
});

test.each(["bp-switch", "bp-backup", "bp-restore", "scheduler-unit-migrate", "scheduler-unit-cluster"])(
  "lab.yaml of %s is valid and names scenarios that exist",
  (name) => {
    const read = readLabFile(join(runbooks, name));
    expect(read).toMatchObject({ kind: "ok" });
    if (read.kind === "failed") return;
    for (const part of read.file.parts) expect(labParts).toContain(part);
    for (const scenario of read.file.scenarios) expect(scenarios.map((one) => one.name)).toContain(scenario);
    expect(readFileSync(join(runbooks, name, "README.md"), "utf8")).toContain(`runsheet run ${name} --lab`);
  },
);

test("a lab.yaml takes values of the lab with their type, and a value that does not exist is told", () => {
  const file = {
    parts: ["nodeos"] as const,
    params: { a: "${{ lab.x.y }}", b: "http://${{ lab.x.host }}/z", c: 3 },
    env: {},
    scenarios: [],
    answers: {},
  };
  const values = { x: { y: [1, 2], host: "h" } };
  expect(fillLabFile(file, values)).toMatchObject({
    kind: "ok",
    filled: { params: { a: [1, 2], b: "http://h/z", c: 3 } },
  });
  expect(fillLabFile({ ...file, params: { a: "${{ lab.nope }}" } }, values)).toMatchObject({
    kind: "failed",
    failure: { message: "the lab has no value lab.nope" },
  });
});

import { spawn } from "node:child_process";
import { existsSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, onTestFinished, test } from "vitest";
import { findLab, isSameProcess } from "../../src/lab/state-file.ts";
import { Bench, type Result } from "../rig/runsheet.ts";
import { kubectlProblem } from "./kube/kubectl.ts";

const runbook = `
runsheet: 1
name: trip
params:
  where: { type: string }
  how: { type: string, default: walk }
steps:
  - { id: before, effect: read, run: echo before }
  - { id: agree, confirm: "Go to \${{ params.where }}?" }
  - id: go
    run: echo "$(command -v nu) $AWS_ENDPOINT_URL" \${{ params.how }} \${{ params.where }} >> "$LEDGER"
    idempotent: true
    undo: { run: echo back >> "$LEDGER" }
`;

const labFile = `
parts: [s3, jobs]
params: { where: "\${{ lab.s3.endpoint }}", how: fly }
choices: [how]
answers: { agree: approve }
scenarios: [failed-copies]
`;

function bench() {
  const one = new Bench();
  const file = one.file("trip/runbook.yaml", runbook);
  one.file("trip/lab.yaml", labFile);
  const labDir = join(one.state, "runsheet", "lab");
  onTestFinished(async () => {
    await one.run(["lab", "down"]);
    one.remove();
  });
  const run = (...args: string[]) => one.run(["run", file, "--lab", "--headless", ...args]);
  return { one, file, labDir, run };
}

test("a practice run is led into its lab, also when it goes on from another shell, and can be done again", async () => {
  const { one, labDir, run } = bench();
  const begun = await run("--run-id", "first", "--until", "before");
  expect(begun.code, begun.stderr).toBe(0);
  expect(begun.stderr).toContain(`LAB: started in ${labDir}; nothing real is touched`);
  const { endpoint } = (stateOf(labDir).values as { s3: { endpoint: string } }).s3;
  const resumed = await one.run(["resume", "first", "--headless"]);
  expect(resumed.code, resumed.stderr).toBe(0);
  const chosen = await run("-p", "how=swim");
  expect(chosen.code, chosen.stderr).toBe(0);
  expect(chosen.stderr).toContain(`LAB: runs in ${labDir}`);
  const own = await run("-p", "where=${{ lab.jobs.cacheBucket }}");
  expect(own.code, own.stderr).toBe(0);
  const nu = join(labDir, "bin", "nu");
  expect(one.ledgerLines()).toEqual([
    `${nu} ${endpoint} fly ${endpoint}`,
    `${nu} ${endpoint} swim ${endpoint}`,
    `${nu} ${endpoint} fly nu-spark-datomic-logs`,
  ]);
  const real = await run("-p", "where=s3.amazonaws.com");
  expect(real.code).toBe(2);
  expect(real.stderr).toContain("-p where: in a practice run this parameter is the lab's");
});

test("a run whose lab is gone does not go on into the real world", async () => {
  const { one, labDir, run } = bench();
  expect((await run("--run-id", "first", "--until", "go")).stderr).toContain("paused");
  // Another trouble needs another lab. The run in the first one is not over, so it is not replaced.
  const held = await run("--scenario", "failed-copies");
  expect(held.code).toBe(2);
  expect(held.stderr).toContain("a lab runs in");
  expect((await one.run(["lab", "down"])).stderr).toContain("the lab is down");
  expect(existsSync(labDir)).toBe(false);
  const refused: Result[] = [];
  for (const verb of ["resume", "undo"]) refused.push(await one.run([verb, "first", "--headless"]));
  expect((await run("--run-id", "second")).code).toBe(0);
  refused.push(await one.run(["undo", "first", "--headless"]));
  for (const { code, stderr } of refused) {
    expect(code).toBe(6);
    expect(stderr).toContain("the lab in which this run practised is gone");
    expect(stderr).toContain("next: runsheet run trip --lab");
  }
  expect(one.ledgerLines()).toHaveLength(2);
  // The second run has ended, so its lab makes place for one with the trouble.
  const trouble = await run("--scenario", "failed-copies");
  expect(trouble.code, trouble.stderr).toBe(0);
  expect(trouble.stderr).toContain("with the trouble failed-copies");
});

test("plan --lab shows what would happen there, and lab env points a shell at it", async () => {
  const { one, file, labDir } = bench();
  const plan = await one.run(["plan", file, "--lab"]);
  expect(plan.code, plan.stderr).toBe(0);
  expect(plan.stdout).toMatch(/fly http:\/\/127\.0\.0\.1:\d+/);
  expect(one.ledgerLines()).toEqual([]);
  const env = await one.run(["lab", "env"]);
  expect(env.stdout).toContain(`export PATH='${join(labDir, "bin")}':"$PATH"`);
  expect(env.stdout).toContain("export AWS_ENDPOINT_URL='http://127.0.0.1:");
  const status = await one.run(["lab", "status"]);
  expect(status.stdout).toMatch(/s3 +object storage\n {2}real: .*\n {2}simulated: durability/);
});

function stateOf(labDir: string) {
  const found = findLab(labDir);
  if (found.kind !== "running") throw new Error(`no lab runs in ${labDir}`);
  return found.state;
}

const problem = kubectlProblem();

describe.skipIf(problem !== undefined)(`with kubectl${problem ? ` (skipped: ${problem})` : ""}`, () => {
  test("what runs in the pods of a killed lab is ended with its remains", async () => {
    const { one, labDir } = bench();
    expect((await one.run(["lab", "up", "--parts", "bp-cluster", "--pods", "1"])).code).toBe(0);
    const state = stateOf(labDir);
    const exec = spawn(
      "kubectl",
      ["exec", "nodeos-bp-0", "-c", "nodeos-bp", "--", "sh", "-c", "echo $$; exec tail -f /dev/null"],
      { env: { ...process.env, ...state.env }, stdio: ["ignore", "pipe", "ignore"] },
    );
    const inside = Number(await new Promise((resolve) => exec.stdout.once("data", resolve)));
    process.kill(state.pid, "SIGKILL");
    while (isSameProcess(state)) await new Promise((resolve) => setTimeout(resolve, 10));
    const down = await one.run(["lab", "down"]);
    expect(down.stderr).toContain("the lab had been killed; what was left of it is cleared away");
    expect(existsSync(labDir)).toBe(false);
    while (existsSync(`/proc/${inside}`)) await new Promise((resolve) => setTimeout(resolve, 10));
    exec.kill("SIGKILL");
  });
});

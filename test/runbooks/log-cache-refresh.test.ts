import { readFileSync } from "node:fs";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { describe, expect, onTestFinished, test } from "vitest";
import { contents } from "../actions/s3/rig.ts";
import { type Ended, type Practice, type PracticeOptions, practise } from "../rig/practice.ts";

const permanent = "nu-spark-datomic-logs";
const ephemeral = "nu-spark-metapod-ephemeral-1";

async function lab(options: PracticeOptions = {}): Promise<Practice> {
  const practice = await practise("log-cache-refresh", options);
  onTestFinished(() => practice.close());
  const run = (...more: string[]) => {
    const started = practice.run(...more);
    // A run that a timed-out test leaves behind would go on for ever.
    onTestFinished(() => void started.child.kill("SIGKILL"));
    return started;
  };
  return { ...practice, run };
}

function expectDone(ended: Ended): void {
  expect(ended.code, `${ended.stdout}\n${ended.stderr}`).toBe(0);
}

async function sameCache({ lab: { s3 } }: Practice): Promise<void> {
  const source = await contents(s3!, ephemeral);
  const target = await contents(s3!, permanent);
  for (const [key, body] of source) {
    if (!key.includes("cache-validations")) expect(target.get(`cache/${key}`)?.equals(body), key).toBe(true);
  }
}

const jobStates = ({ lab: { jobs } }: Practice) =>
  Object.fromEntries(jobs!.list("prod").map(({ name, state, machines }) => [name, `${state} ${machines}`]));

// Every command of the batch system is a process, and the machine may be busy.
describe("log-cache-refresh", { timeout: 240_000 }, () => {
  test("carries the whole procedure: copy, entries, parcels, aggregate, every row valid, no machine left", async () => {
    const practice = await lab();
    expectDone(await practice.run().ended);
    await sameCache(practice);
    const entries = readFileSync((practice.lab.values.logCache as { entries: string }).entries, "utf8").split("\n");
    expect(entries).toHaveLength(65);
    expect(entries[0]).toMatch(/^"raw-accounts-s0\/log" -> "s3:\/\/nu-spark-metapod-ephemeral-1\/[\w-]{22}",$/);
    const jobs = practice.lab.jobs!.list("prod");
    const ids = jobs.flatMap(({ parameters }) => /--parcel-id___(\d+)/.exec(parameters.ARGS ?? "")?.[1] ?? []);
    expect(ids.sort()).toEqual(["0", "1", "2", "3"]);
    const states = jobStates(practice);
    expect(states["log-validator-3"]).toBe("FINISHED 0");
    expect(states["log-validator-final"]).toBe("FINISHED 0");
  });

  test("directories that a job does not find are copied again, only for that job, and it is started again", async () => {
    const practice = await lab({ params: { parcels: "2" } });
    const { s3, jobs } = practice.lab;
    const started = practice.run();
    // Somebody removes a directory after it was copied and verified.
    let removed = false;
    started.child.stderr!.on("data", (text: string) => {
      if (removed || !/start +go$/m.test(text)) return;
      removed = true;
      const keys = [...s3!.store.bucket(permanent).objects.keys()];
      const directory = keys[0]!.split("/").slice(0, 2).join("/");
      for (const key of keys.filter((one) => one.startsWith(`${directory}/`))) {
        s3!.store.commit({ kind: "object-deleted", bucket: permanent, key });
      }
    });
    expectDone(await started.ended);
    expect(removed).toBe(true);
    await sameCache(practice);
    expect(
      jobs!
        .list("prod")
        .filter(({ name }) => /^log-validator-\d$/.test(name))
        .every(({ state }) => state === "FINISHED"),
    ).toBe(true);
  });

  test("copies that fail for a while are made again until the cache is whole", async () => {
    const practice = await lab({ scenario: "failed-copies" });
    expectDone(await practice.run("--until", "copy").ended);
    await sameCache(practice);
  });

  test("stuck parcels are ended, their heavy databases split by size, and everything is valid in the end", async () => {
    const practice = await lab({ scenario: "parcels-stuck", params: { parcels: "2" } });
    expectDone(await practice.run("--approve", "parcels/log-validator-0/stuck/kill").ended);
    const states = jobStates(practice);
    expect(states["log-validator-0"]).toBe("KILLED 0");
    expect(states["log-validator-manual-1"]).toBe("FINISHED 0");
    expect(states["log-validator-manual-2"]).toBe("FINISHED 0");
  });

  test("a row that is not valid is shown, and the merge is not asked for", async () => {
    const practice = await lab({ scenario: "invalid-rows", params: { parcels: "1" } });
    const ended = await practice.run().ended;
    expect(ended.code).toBe(1);
    const { stdout } = await practice.verb("status", practice.runId, "--json").ended;
    expect(stdout).toContain("raw-feed-s0/log-validation");
    expect(stdout).toContain("do not merge");
    expect(ended.stderr).not.toMatch(/start +merge/);
  });

  test("killed with -9 step after step it goes on, and ends with everything there and valid", async () => {
    const practice = await lab({ params: { parcels: "1" } });
    const { ended, kills, begun, killedAt } = await practice.runKilled();
    expectDone(ended);
    expect(kills).toBeGreaterThanOrEqual((begun - 1) / 2);
    expect(killedAt).toContain("parcels/log-validator-0/watch");
    await sameCache(practice);
    expect(jobStates(practice)).toMatchObject({ "log-validator-0": "FINISHED 0", "log-validator-final": "FINISHED 0" });
  });

  test("with the address of a workspace the notebook is started once through its API, and waited for", async () => {
    const requests: string[] = [];
    const server = createServer((request, response) => {
      requests.push(`${request.method} ${request.url} ${request.headers.authorization}`);
      const body = request.url!.includes("run-now")
        ? { run_id: 9007199254740993n }
        : {
            state:
              requests.length < 4
                ? { life_cycle_state: "RUNNING" }
                : { life_cycle_state: "TERMINATED", result_state: "SUCCESS" },
          };
      response.setHeader("content-type", "application/json");
      response.end(
        JSON.stringify(body, (_, value) => (typeof value === "bigint" ? `#${value}#` : value)).replace(
          /"#(\d+)#"/g,
          "$1",
        ),
      );
    });
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    onTestFinished(() => void server.close());
    process.env.DATABRICKS_TOKEN = "dapi-secret";
    onTestFinished(() => void delete process.env.DATABRICKS_TOKEN);
    const databricks = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
    const practice = await lab({ params: { databricks, notebookJob: "231312" } });
    expectDone(await practice.run("--until", "notebook-job").ended);
    expect(requests.filter((one) => one.startsWith("POST"))).toHaveLength(1);
    expect(requests.every((one) => one.endsWith("Bearer dapi-secret"))).toBe(true);
    expect(requests.at(-1)).toContain("run_id=9007199254740993");
  });
});

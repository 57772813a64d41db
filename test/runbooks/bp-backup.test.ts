import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, onTestFinished, test } from "vitest";
import { kubectlProblem } from "../lab/kube/kubectl.ts";
import { type Practice, type PracticeOptions, practise } from "../rig/practice.ts";
import { watchProducers } from "../rig/producers.ts";

const long = process.env.RUNSHEET_LONG !== undefined;
const problem = kubectlProblem();
const killed = `, killed at ${long ? "every step" : "each dangerous step"}`;

/** Every run is watched: whatever is done to a spare, nodeos-bp-0 produces all the time and nobody else ever does. */
async function start(runbook: string, options: PracticeOptions = {}): Promise<Practice> {
  const practice = await practise(runbook, options);
  onTestFinished(() => practice.close());
  const watch = watchProducers(practice.lab);
  onTestFinished(async () => {
    const { history } = await watch.stop();
    // "-" is also an answer that came too late.
    expect([...new Set(history)].filter((name) => name !== "-")).toEqual(["nodeos-bp-0"]);
  });
  return practice;
}

/** Steps in the middle of which an executor is most unwelcome to die. */
const critical = /^(close-proxy|stop-nodeos|upload|mark|restore|start-nodeos|open-proxy)$/;

function endpoints({ lab }: Practice): string[] {
  const { subsets = [] } = (lab.bp!.cluster.store.get("endpoints", "eos", "nodeos-api") ?? {}) as {
    subsets?: { addresses?: { targetRef: { name: string } }[] }[];
  };
  return subsets.flatMap(({ addresses = [] }) => addresses.map(({ targetRef }) => targetRef.name)).sort();
}

const all = ["nodeos-bp-0", "nodeos-bp-1", "nodeos-bp-2"];

describe.skipIf(problem !== undefined)(
  `bp-backup and bp-restore${problem ? ` (skipped: ${problem})` : ""}`,
  { timeout: 600_000 },
  () => {
    test(`a backup of a busy node is complete, tagged with chain and height, and the node serves again${killed}`, async () => {
      const practice = await start("bp-backup", { scenario: "deaf-node" });
      const { ended } = await practice.runKilled(long ? undefined : (address) => critical.test(address));
      expect(ended.code, ended.stderr).toBe(0);
      const { bucketsDir, network, pods } = practice.lab.bp!;
      const chainDir = join(bucketsDir, "practice", "nodeos", network.chainId);
      const [height = ""] = readdirSync(chainDir);
      expect(JSON.parse(readFileSync(join(chainDir, height, "backup.json"), "utf8"))).toMatchObject({
        chain: network.chainId,
        head: Number(height),
        pod: "nodeos-bp-2",
      });
      expect(JSON.parse(readFileSync(join(chainDir, height, "state", "shared_memory.bin"), "utf8"))).toMatchObject({
        dirty: false,
      });
      expect(readdirSync(join(chainDir, height, "blocks"))).toEqual(
        readdirSync(join(pods.get("nodeos-bp-2")!.dataDir, "blocks")),
      );
      expect(endpoints(practice)).toEqual(all);
    });

    test("the producer is never backed up", async () => {
      const practice = await start("bp-backup", { params: { pod: "nodeos-bp-0" } });
      const { code, stderr } = await practice.run().ended;
      expect(code).toBe(1);
      expect(stderr).toContain("nodeos-bp-0 must be a pod of nodeos-bp that does not produce");
      expect(existsSync(join(practice.lab.bp!.bucketsDir, "practice"))).toBe(false);
    });

    test(`a dirty node is restored from the newest backup and catches up${killed}`, async () => {
      const practice = await start("bp-restore", { scenario: "dirty-node" });
      const { ended } = await practice.runKilled(long ? undefined : (address) => critical.test(address));
      expect(ended.code, ended.stderr).toBe(0);
      expect(endpoints(practice)).toEqual(all);
    });

    test("a node that is not dirty is not overwritten", async () => {
      const practice = await start("bp-restore");
      const { code, stderr } = await practice.run().ended;
      expect(code).toBe(1);
      expect(stderr).toContain("does not say that its database is dirty");
    });
  },
);

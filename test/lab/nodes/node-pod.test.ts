import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, expect, test } from "vitest";
import { mainnetChainId } from "../../../src/lab/nodes/block.ts";
import type { NodeFaults } from "../../../src/lab/nodes/faults.ts";
import { type Network, startNetwork } from "../../../src/lab/nodes/network.ts";
import { type Container, createNodePod, type NodePod } from "../../../src/lab/nodes/node-pod.ts";

const time = { blockIntervalMs: 10, blocksPerRound: 6, producers: 12 };
const running: { network: Network; pods: NodePod[]; dir: string }[] = [];

afterEach(async () => {
  for (const { network, pods, dir } of running.splice(0)) {
    await Promise.all(pods.map((pod) => pod.close()));
    network.close();
    rmSync(dir, { recursive: true, force: true });
  }
});

type Node = { pod: NodePod; network: Network; container: Container; start(producerHostname: string): Container };

async function node(producerHostname: string, options: { faults?: NodeFaults; style?: "leap-5" } = {}): Promise<Node> {
  const dir = mkdtempSync(join(tmpdir(), "runsheet-node-"));
  const network = startNetwork({ time, chainId: mainnetChainId, startNum: 1_000_000, ourProducer: "ourproducer1" });
  const { faults = {}, style } = options;
  const pod = await createNodePod({
    name: "bp-0",
    dataDir: join(dir, "data"),
    backupsDir: join(dir, "backups"),
    network,
    faults,
    ...(style && { style }),
  });
  running.push({ network, pods: [pod], dir });
  const start = (hostname: string) => pod.start({ image: "x/nodeos:v2.0.13", producerHostname: hostname, quick: true });
  const container = start(producerHostname);
  await until(() => container.ready());
  return { pod, network, container, start };
}

async function until(condition: () => boolean | Promise<boolean>): Promise<void> {
  const deadline = Date.now() + 20_000;
  while (!(await condition())) {
    if (Date.now() > deadline) throw new Error(`not true after 20 s: ${condition}`);
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
}

async function call(port: number, path: string, method = "GET"): Promise<{ status: number; body: string }> {
  const response = await fetch(`http://127.0.0.1:${port}${path}`, { method });
  return { status: response.status, body: await response.text() };
}

test("the producer API answers 201 and bare booleans", async () => {
  const { pod } = await node("bp-0");
  const port = pod.ports[8888];
  expect(await call(port, "/v1/producer/paused")).toEqual({ status: 201, body: "false" });
  expect(await call(port, "/v1/producer/pause", "POST")).toEqual({ status: 201, body: '{"result":"ok"}' });
  expect(await call(port, "/v1/producer/paused")).toEqual({ status: 201, body: "true" });
});

test("get_info follows the chain", async () => {
  const { pod, network } = await node("other");
  const info = JSON.parse((await call(pod.ports[8888], "/v1/chain/get_info")).body);
  expect(info.chain_id).toBe(mainnetChainId);
  expect(network.head().num - info.head_block_num).toBeLessThan(20);
  await until(
    async () =>
      JSON.parse((await call(pod.ports[8888], "/v1/chain/get_info")).body).head_block_num > info.head_block_num,
  );
});

test("a second snapshot at the same head is an error with nodeos' own name and code", async () => {
  const { pod, network } = await node("other");
  network.close();
  const first = await call(pod.ports[8888], "/v1/producer/create_snapshot", "POST");
  expect(first.status).toBe(201);
  expect(JSON.parse(first.body).snapshot_name).toMatch(/^\/data\/snapshots\/snapshot-[0-9a-f]{64}\.bin$/);
  const second = await call(pod.ports[8888], "/v1/producer/create_snapshot", "POST");
  expect(second.status).toBe(500);
  expect(JSON.parse(second.body).error).toMatchObject({ name: "snapshot_exists_exception", code: 3170008 });
});

test.each(["/v1/nodeos/", "/v1/"])(
  "manager commands below %s want POST, answer 201 at once and 200 with sync",
  async (prefix) => {
    const { pod } = await node("other");
    const port = pod.ports[8080];
    expect((await call(port, `${prefix}maintenance`)).status).toBe(405);
    expect(await call(port, `${prefix}safely_pause_production`, "POST")).toEqual({
      status: 201,
      body: "safely_pause_production command submitted\n",
    });
    expect(await call(port, `${prefix}safely_pause_production?sync=true`, "POST")).toEqual({
      status: 200,
      body: "Success: safely_pause_production completed\n",
    });
    expect((await call(port, `${prefix}nonsense`, "POST")).status).toBe(404);
  },
);

test("maintenance stops nodeos while the manager goes on answering, and resume starts it", async () => {
  const { pod, container } = await node("other");
  await call(pod.ports[8080], "/v1/maintenance?sync=true", "POST");
  await expect(call(pod.ports[8888], "/v1/producer/paused")).rejects.toThrow();
  expect((await call(pod.ports[8080], "/v1/is_running")).body).toBe('{"is_running":false}');
  expect((await call(pod.ports[8080], "/healthz")).status).toBe(503);
  expect(pod.isOpen(9999)).toBe(false);
  await call(pod.ports[8080], "/v1/resume?sync=true", "POST");
  await until(() => container.ready());
  expect(await call(pod.ports[8080], "/healthz")).toEqual({ status: 200, body: "ready\n" });
});

test("the configuration decides after a restart, whatever safely_resume_production did before", async () => {
  const { pod, container, start } = await node("other");
  await call(pod.ports[8080], "/v1/safely_resume_production?sync=true", "POST");
  expect((await call(pod.ports[8888], "/v1/producer/paused")).body).toBe("false");
  await container.stop();
  const again = start("other");
  await until(() => again.ready());
  expect((await call(pod.ports[8888], "/v1/producer/paused")).body).toBe("true");
  await again.stop();
  const named = start("bp-0");
  await until(() => named.ready());
  expect((await call(pod.ports[8888], "/v1/producer/paused")).body).toBe("false");
});

test("safely_pause_production waits for the end of the round", async () => {
  const { pod, network } = await node("bp-0");
  await until(() => (network.ledger().produced["bp-0"] ?? 0) > 0);
  const before = network.ledger().missedCount;
  const answer = await call(pod.ports[8080], "/v1/safely_pause_production?sync=true", "POST");
  expect(answer.status).toBe(200);
  expect(network.ledger().missedCount).toBe(before);
  expect((await call(pod.ports[8888], "/v1/producer/paused")).body).toBe("true");
});

test("safely_pause_production of a manager that does not take its node for the producer says yes and does nothing", async () => {
  const { pod } = await node("other");
  await call(pod.ports[8888], "/v1/producer/resume", "POST");
  expect((await call(pod.ports[8080], "/v1/safely_pause_production?sync=true", "POST")).status).toBe(200);
  expect((await call(pod.ports[8888], "/v1/producer/paused")).body).toBe("false");
});

test("safely_pause_production times out with 500, leaving the producer as it was", async () => {
  const { pod } = await node("bp-0", { faults: { safelyPause: "times-out" } });
  const answer = await call(pod.ports[8080], "/v1/safely_pause_production?sync=true", "POST");
  expect(answer.status).toBe(500);
  expect(answer.body).toContain("ERROR: safely_pause_production failed: timeout waiting for production round");
  expect((await call(pod.ports[8888], "/v1/producer/paused")).body).toBe("false");
});

test("a node catches up after a restart before it is ready", async () => {
  const { pod, network, container, start } = await node("other");
  await container.stop();
  const stoppedAt = network.head().num;
  await until(() => network.head().num > stoppedAt + 50);
  const again = start("other");
  expect(again.ready()).toBe(false);
  await until(() => again.ready());
  const info = JSON.parse((await call(pod.ports[8888], "/v1/chain/get_info")).body);
  expect(network.head().num - info.head_block_num).toBeLessThan(20);
});

test("a node that never catches up makes progress and is never ready", async () => {
  const { network, container, start, pod } = await node("other");
  await container.stop();
  pod.faults.neverCatchesUp = true;
  const again = start("other");
  const head = async () =>
    JSON.parse((await call(pod.ports[8888], "/v1/chain/get_info")).body).head_block_num as number;
  await until(async () => (await head().catch(() => 0)) > 0);
  const before = await head();
  await until(async () => (await head()) > before + 5);
  expect(network.head().num).toBeGreaterThan(await head());
  expect(again.ready()).toBe(false);
});

test("a killed node leaves a dirty database and refuses to start, a clean stop does not", async () => {
  const { container, start } = await node("other");
  await container.stop();
  const second = start("other");
  await until(() => second.ready());
  second.kill();
  const third = start("other");
  await until(() => third.log.entries().some(({ line }) => line.includes("database dirty flag set")));
  expect(third.ready()).toBe(false);
  expect(third.processes()).toEqual(["manageos"]);
});

test("a busy node hears TERM only after some", async () => {
  const { container } = await node("other", { faults: { ignoresTerm: 2 } });
  container.signal("nodeos", "TERM");
  container.signal("nodeos", "TERM");
  expect(container.processes()).toContain("nodeos");
  container.signal("nodeos", "TERM");
  await until(() => !container.processes().includes("nodeos"));
  expect(container.log.entries().some(({ line }) => line.includes("nodeos successfully exiting"))).toBe(true);
});

test("the manager's own backup and restore bring a dirty node back", async () => {
  const { pod, container } = await node("other");
  await call(pod.ports[8080], "/v1/backup?sync=true", "POST");
  await until(() => container.ready());
  expect((await call(pod.ports[8080], "/v1/list_backups")).body).toMatch(new RegExp(`^- ${mainnetChainId}-\\d+\n$`));
  pod.killNodeosUncleanly();
  await until(() => container.log.entries().some(({ line }) => line.includes("dirty flag set")));
  await call(pod.ports[8080], "/v1/restore?sync=true", "POST");
  await until(() => container.ready());
});

import { expect, test } from "vitest";
import type { Block } from "../../../src/lab/nodes/block.ts";
import { mainnetChainId } from "../../../src/lab/nodes/block.ts";
import type { ChainTime } from "../../../src/lab/nodes/chain-time.ts";
import { type Network, startNetwork } from "../../../src/lab/nodes/network.ts";

const time: ChainTime = { blockIntervalMs: 4, blocksPerRound: 4, producers: 4 };

function start(): Network {
  return startNetwork({ time, chainId: mainnetChainId, startNum: 1_000_000, ourProducer: "ourproducer1" });
}

/** Joins a node and resolves when it has seen so many blocks. */
function follow(
  network: Network,
  name: string,
  count: number,
  canProduce = () => true,
): Promise<{ block: Block; own: boolean }[]> {
  return new Promise((resolve) => {
    const seen: { block: Block; own: boolean }[] = [];
    const leave = network.join({
      name,
      canProduce,
      onBlock(block, own) {
        seen.push({ block, own });
        if (seen.length < count) return;
        leave();
        resolve(seen);
      },
    });
  });
}

test("a node signs its producer's rounds, whole rounds in a row, and nobody else's", async () => {
  const network = start();
  const seen = await follow(network, "a", 70);
  network.close();
  expect(seen.every(({ block, own }) => own === (block.producer === "ourproducer1"))).toBe(true);
  const runs =
    seen
      .map(({ own }) => (own ? "x" : "-"))
      .join("")
      .match(/x+/g) ?? [];
  expect(runs.length).toBeGreaterThan(2);
  // The first and the last run may have been cut by the beginning and the end.
  expect(runs.slice(1, -1).every((run) => run.length === time.blocksPerRound)).toBe(true);
});

test("block numbers count on without a gap and carry their number in their id", async () => {
  const network = start();
  const seen = await follow(network, "a", 30);
  network.close();
  const first = seen[0]!.block.num;
  expect(seen.map(({ block }) => block.num)).toEqual(seen.map((_, at) => first + at));
  expect(seen.every(({ block }) => Number.parseInt(block.id.slice(0, 8), 16) === block.num)).toBe(true);
});

test("a round in which no node produces is missed, and the ledger says so", async () => {
  const network = start();
  await follow(network, "paused", 40, () => false);
  network.close();
  const { missedCount, produced, doubleSigned } = network.ledger();
  expect(missedCount).toBeGreaterThanOrEqual(time.blocksPerRound);
  expect(produced).toEqual({});
  expect(doubleSigned).toEqual([]);
});

test("two nodes that both believe they produce are caught", async () => {
  const network = start();
  await Promise.all([follow(network, "a", 40), follow(network, "b", 40)]);
  network.close();
  expect(network.ledger().doubleSigned[0]?.nodes).toEqual(["a", "b"]);
});

import { type Block, blockId, irreversibleNum } from "./block.ts";
import type { ChainTime } from "./chain-time.ts";

/** A node as the network sees it. */
export type Participant = {
  readonly name: string;
  /** True when this node would sign a block in one of our slots at this instant. */
  canProduce(): boolean;
  /** A new head. `own` when this node signed it. */
  onBlock(block: Block, own: boolean): void;
};

/** What happened in our slots: the referee's record, kept since the start of the lab. */
export type ProductionLedger = {
  readonly produced: { readonly [node: string]: number };
  /** Slots of ours in which no node produced, newest last (bounded). */
  readonly missedSlots: readonly number[];
  readonly missedCount: number;
  /** Slots of ours which two nodes signed: the one thing that must never happen. */
  readonly doubleSigned: readonly { readonly slot: number; readonly atMs: number; readonly nodes: readonly string[] }[];
};

/** The rest of the world: 21 producers that never fail, and the slots that belong to us. */
export type Network = {
  readonly chainId: string;
  readonly time: ChainTime;
  readonly ourProducer: string;
  head(): Block;
  lib(): number;
  /** A block that the peers can still send, or undefined when it is older than they keep. */
  blockAt(num: number): Block | undefined;
  readonly earliestNum: () => number;
  /** Returns the way out again. */
  join(node: Participant): () => void;
  ledger(): ProductionLedger;
  /** Forgets what happened so far: the lab was not up yet. */
  clearLedger(): void;
  close(): void;
};

export type NetworkOptions = {
  readonly time: ChainTime;
  readonly chainId: string;
  /** Height at the start; large, as on a chain of some age. */
  readonly startNum: number;
  readonly ourProducer: string;
};

/** Blocks that peers keep for nodes that are behind: at 50 ms a little under an hour and a half. */
const keptBlocks = 100_000;
const keptIncidents = 1_000;

export function startNetwork({ time, chainId, startNum, ourProducer }: NetworkOptions): Network {
  const schedule = producerSchedule(ourProducer, time.producers);
  const nodes = new Set<Participant>();
  let produced: Record<string, number> = {};
  let missedSlots: number[] = [];
  let missedCount = 0;
  let doubleSigned: { slot: number; atMs: number; nodes: string[] }[] = [];
  // A chain of some age: an hour of history (or what peers keep), so that a new node has something to catch up with.
  const history = Math.min(keptBlocks, 2_000);
  let slot = Math.floor(Date.now() / time.blockIntervalMs);
  let blocks: Block[] = [];
  for (let back = history; back >= 0; back--) blocks.push(makeBlock(startNum - back, slot - back));
  let timer: NodeJS.Timeout | undefined = setTimeout(tick, time.blockIntervalMs);

  return {
    chainId,
    time,
    ourProducer,
    head,
    lib: () => irreversibleNum(head().num, time.producers, time.blocksPerRound),
    blockAt: (num) => blocks[num - blocks[0]!.num],
    earliestNum: () => blocks[0]!.num,
    join(node) {
      nodes.add(node);
      return () => nodes.delete(node);
    },
    ledger: () => ({ produced, missedSlots, missedCount, doubleSigned }),
    clearLedger() {
      produced = {};
      missedSlots = [];
      missedCount = 0;
      doubleSigned = [];
    },
    close() {
      clearTimeout(timer);
      timer = undefined;
    },
  };

  function tick() {
    const due = Math.floor(Date.now() / time.blockIntervalMs);
    // After a stall of this process the slots that went by are made up for, as the real world would have gone on.
    while (slot < due) takeSlot(++slot);
    if (timer) timer = setTimeout(tick, Math.max(0, (slot + 1) * time.blockIntervalMs - Date.now()));
  }

  function takeSlot(now: number) {
    const ours = producerOf(now) === ourProducer;
    const signers = ours ? [...nodes].filter((node) => node.canProduce()) : [];
    if (ours && signers.length === 0) {
      missedCount++;
      missedSlots.push(now);
      if (missedSlots.length > keptIncidents) missedSlots.shift();
      return;
    }
    if (signers.length > 1 && doubleSigned.length < keptIncidents) {
      doubleSigned.push({ slot: now, atMs: Date.now(), nodes: signers.map((node) => node.name) });
    }
    const block = makeBlock(head().num + 1, now);
    blocks.push(block);
    if (blocks.length > keptBlocks * 1.25) blocks = blocks.slice(-keptBlocks);
    for (const signer of signers) produced[signer.name] = (produced[signer.name] ?? 0) + 1;
    for (const node of nodes) node.onBlock(block, signers.includes(node));
  }

  function makeBlock(num: number, inSlot: number): Block {
    const id = blockId(chainId, num, String(inSlot));
    const trxs = Number.parseInt(id.slice(8, 10), 16) % 24;
    return { num, id, timeMs: inSlot * time.blockIntervalMs, producer: producerOf(inSlot), trxs };
  }

  function producerOf(inSlot: number): string {
    return schedule[Math.floor(inSlot / time.blocksPerRound) % schedule.length]!;
  }

  function head(): Block {
    return blocks[blocks.length - 1]!;
  }
}

/** Account names in schedule order; ours is the second, so that a round of somebody else precedes and follows it. */
function producerSchedule(ours: string, count: number): string[] {
  const others = Array.from(
    { length: Math.max(2, count) - 1 },
    (_, n) => `producer${"12345abcdefghijklmnopqrstuvwxyz"[n % 31]}`,
  );
  return [others[0]!, ours, ...others.slice(1)];
}

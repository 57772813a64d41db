import { forkIndex } from "../../lib/beacon/forks.ts";
import type { BlockPlan, Counts } from "./block.ts";
import type { Random } from "./random.ts";
import type { SszWriter } from "./ssz-writer.ts";
import { transaction } from "./transactions.ts";

type PayloadPlan = BlockPlan & { readonly time: number; readonly counts: Counts };

/** Writes an ExecutionPayload and counts its rows. Every seventh block has no extra data. */
export function executionPayload(ssz: SszWriter, random: Random, plan: PayloadPlan): void {
  const { shape, counts } = plan;
  const fork = forkIndex(plan.fork);
  const base = ssz.position;
  const number = Math.max(1, plan.slot - 1000);
  ssz.bytes(random.bytes(32));
  ssz.bytes(FEE_RECIPIENTS[random.below(FEE_RECIPIENTS.length)]!);
  ssz.bytes(random.bytes(64));
  ssz.bytes(random.bytes(256));
  ssz.bytes(random.bytes(32));
  ssz.uint64(number);
  ssz.uint64(30_000_000);
  ssz.uint64(10_000_000 + random.below(20_000_000));
  ssz.uint64(plan.time);
  const extraData = ssz.offset(base);
  ssz.uint64(7 + random.below(90_000_000));
  // Base fees beyond 64 bits do not occur on real chains; a loader must still get them right.
  ssz.uint64(plan.rare ? random.below(1_000_000) : 0);
  ssz.zeros(16);
  ssz.bytes(random.bytes(32));
  const transactions = ssz.offset(base);
  const withdrawals = fork >= forkIndex("capella") ? ssz.offset(base) : undefined;
  if (fork >= forkIndex("deneb")) {
    ssz.uint64(shape.blobs * 131_072);
    ssz.uint64(random.below(100_000_000));
  }
  extraData();
  if (plan.slot % 7 !== 0) ssz.bytes(EXTRA_DATA[plan.slot % EXTRA_DATA.length]!);
  transactions();
  counts.execution_payloads = 1;
  counts.transactions = around(random, shape.transactions);
  ssz.list(counts.transactions, () => ssz.bytes(transaction(random, shape)));
  withdrawals?.();
  counts.withdrawals = withdrawals === undefined ? 0 : Math.min(shape.withdrawals, plan.network.preset.maxWithdrawals);
  for (let i = 0; i < counts.withdrawals; i++) {
    ssz.uint64(number * 16 + i);
    ssz.uint64(random.below(shape.validators));
    ssz.bytes(random.bytes(20));
    ssz.uint64(10_000_000 + random.below(10_000_000));
  }
}

/** Now and then an empty block, else between half and one and a half times the mean. */
function around(random: Random, mean: number): number {
  if (random.chance(0.01)) return 0;
  return Math.floor(mean / 2) + random.below(mean + 1);
}

const FEE_RECIPIENTS = Array.from({ length: 12 }, (_, index) => new Uint8Array(20).fill(0xa0 + index));

const EXTRA_DATA = ["geth go1.22 linux", "beaverbuild.org", "\u0000\u0001\u00ff", "x"].map((text) =>
  Uint8Array.from(text, (character) => character.charCodeAt(0)),
);

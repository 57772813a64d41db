/** What the blocks of a generated era are like. Numbers are per block unless they say otherwise. */
export type Shape = {
  readonly transactions: number;
  /** Mean size of a transaction on the wire. */
  readonly transactionBytes: number;
  /** Before electra; from electra on there are at most 8. */
  readonly attestations: number;
  readonly aggregationBytes: number;
  readonly electraAggregationBytes: number;
  readonly withdrawals: number;
  readonly blobs: number;
  /** The rare operations (slashings, exits, deposits, requests ...) come with one block out of this many. */
  readonly rareEvery: number;
  readonly missedRate: number;
  /** Size of the registry in the state: 129 bytes each before compression, most of the state's size. */
  readonly validators: number;
  /** Unpredictable state roots and randao mixes, as on a real chain; otherwise they compress to nearly nothing. */
  readonly denseState: boolean;
};

/** Sizes as measured on real chains: about 110 KB per mainnet block, 26 KB per gnosis block. */
export const SHAPES = {
  mainnet: {
    transactions: 181,
    transactionBytes: 376,
    attestations: 128,
    aggregationBytes: 58,
    electraAggregationBytes: 3700,
    withdrawals: 16,
    blobs: 3,
    rareEvery: 64,
    missedRate: 0.01,
    validators: 1_150_000,
    denseState: true,
  },
  gnosis: {
    transactions: 22,
    transactionBytes: 188,
    attestations: 100,
    aggregationBytes: 40,
    electraAggregationBytes: 2200,
    withdrawals: 8,
    blobs: 1,
    rareEvery: 64,
    missedRate: 0.01,
    validators: 430_000,
    denseState: true,
  },
  sample: {
    transactions: 3,
    transactionBytes: 220,
    attestations: 4,
    aggregationBytes: 20,
    electraAggregationBytes: 120,
    withdrawals: 4,
    blobs: 1,
    rareEvery: 16,
    missedRate: 0.01,
    validators: 64,
    denseState: false,
  },
} as const satisfies { readonly [name: string]: Shape };

export type ShapeName = keyof typeof SHAPES;

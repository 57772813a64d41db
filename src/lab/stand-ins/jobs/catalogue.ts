/** One log or materialised entity that the cache holds: a directory of Parquet files under `cache/KEY`. */
export type CacheEntry = {
  readonly database: string;
  readonly shard: string;
  readonly kind: "log-validation" | "materialized-entities-validation";
  readonly sizeBytes: number;
  readonly key: string;
};

/** The name by which validations are filtered: `raw-feed-s0/log-validation`. */
export function validationName({ database, shard, kind }: CacheEntry): string {
  return `raw-${database}-${shard}/${kind}`;
}

const databases = ["accounts", "acquisition", "billing", "cards", "chargebacks", "customers", "double-entry", "feed"];
const moreDatabases = ["ledger", "limits", "notifications", "orders", "payments", "rewards", "savings", "transfers"];

/** A made-up cache: sixteen databases in two shards; `double-entry` and `feed` are as heavy as the procedure warns. */
export function sampleCatalogue(): CacheEntry[] {
  return [...databases, ...moreDatabases].flatMap((database, at) =>
    ["s0", "s1"].flatMap((shard, shardAt) =>
      (["log-validation", "materialized-entities-validation"] as const).map((kind, kindAt) => {
        const heavy = database === "double-entry" || database === "feed";
        const sizeBytes =
          (heavy ? 40 : 1) * 1_000_000_000 + at * 37_000_000 + shardAt * 11_000_000 + kindAt * 5_000_000;
        return { database, shard, kind, sizeBytes, key: cacheKey(`${database}/${shard}/${kind}`) };
      }),
    ),
  );
}

/** 22 characters as real cache keys have, the same for the same name. */
function cacheKey(name: string): string {
  const alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
  let state = 2166136261;
  const next = (add: number) => {
    state = Math.imul(state ^ add, 16777619) >>> 0;
    return alphabet[(state >>> 11) % 64]!;
  };
  for (const character of name) next(character.charCodeAt(0));
  return Array.from({ length: 22 }, (_, at) => next(at + 1)).join("");
}

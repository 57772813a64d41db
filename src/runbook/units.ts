/** Milliseconds of `500ms`, `5s`, `15m`, `3h`, `2d`, `1h30m`; `undefined` for anything else, also for a bare number. */
export function parseDuration(text: string): number | undefined {
  if (!/^(?:\d+(?:\.\d+)?(?:ms|s|m|h|d))+$/.test(text)) return undefined;
  let totalMs = 0;
  let smallest = Number.POSITIVE_INFINITY;
  for (const [, amount, unit] of text.matchAll(/(\d+(?:\.\d+)?)(ms|s|m|h|d)/g)) {
    const unitMs = DURATION_UNITS[unit as keyof typeof DURATION_UNITS];
    if (unitMs >= smallest) return undefined;
    smallest = unitMs;
    totalMs += Number(amount) * unitMs;
  }
  const rounded = Math.round(totalMs);
  return rounded <= MAX_DURATION_MS ? rounded : undefined;
}

/** `5 minutes` as it should be written: `5m`; `undefined` when it reads like no duration. */
export function guessDuration(text: string): string | undefined {
  const match = /^(\d+(?:\.\d+)?)\s*(ms|milli|msec|s|sec|m|min|h|hour|hr|d|day)\w*$/i.exec(text.trim());
  if (!match) return undefined;
  const [, amount, unit = ""] = match;
  return `${amount}${/^(?:milli|ms)/i.test(unit) ? "ms" : unit[0]?.toLowerCase()}`;
}

const DURATION_UNITS = { ms: 1, s: 1000, m: 60_000, h: 3_600_000, d: 86_400_000 };

// Ten years: anything longer is a slip of the pen, and timers count in 32 or 53 bits.
const MAX_DURATION_MS = 3650 * DURATION_UNITS.d;

/** The shortest exact text that `parseDuration` reads back: `90s`, `15m`, `36h`. Days appear only as hours, as most tools know no `d`. */
export function formatDuration(totalMs: number): string {
  if (totalMs === 0) return "0s";
  for (const unit of ["h", "m", "s"] as const) {
    if (totalMs % DURATION_UNITS[unit] === 0) return `${totalMs / DURATION_UNITS[unit]}${unit}`;
  }
  return `${totalMs}ms`;
}

/** Bytes of `512B`, `64KiB`, `5GB`, `1.5MiB` (number or, beyond 2^53, bigint); `undefined` for anything else. */
export function parseSize(text: string): number | bigint | undefined {
  const match = /^(\d+)(?:\.(\d{1,9}))?\s?(B|kB|KB|MB|GB|TB|PB|EB|KiB|MiB|GiB|TiB|PiB|EiB)$/.exec(text);
  if (!match || (match[1] as string).length > 20) return undefined;
  const unit = SIZE_UNITS[match[3] as keyof typeof SIZE_UNITS];
  const fraction = match[2] ?? "";
  const scaled = BigInt((match[1] as string) + fraction) * unit;
  const scale = 10n ** BigInt(fraction.length);
  if (scaled % scale !== 0n) return undefined;
  return narrow(scaled / scale);
}

const SIZE_UNITS = {
  B: 1n,
  kB: 1000n,
  KB: 1000n,
  MB: 1000n ** 2n,
  GB: 1000n ** 3n,
  TB: 1000n ** 4n,
  PB: 1000n ** 5n,
  EB: 1000n ** 6n,
  KiB: 1024n,
  MiB: 1024n ** 2n,
  GiB: 1024n ** 3n,
  TiB: 1024n ** 4n,
  PiB: 1024n ** 5n,
  EiB: 1024n ** 6n,
};

/** The form in which integers are values: `number` while that is exact. */
export function narrow(integer: bigint): number | bigint {
  return integer >= Number.MIN_SAFE_INTEGER && integer <= Number.MAX_SAFE_INTEGER ? Number(integer) : integer;
}

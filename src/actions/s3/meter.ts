import type { Progress } from "../../domain/action.ts";

/** Counts of a transfer, and how fast it goes. */
export type Meter = {
  /** Listing has seen an object. */
  found(bytes: number): void;
  /** Listing has come to its end: totals are known from now on. */
  complete(): void;
  /** Bytes have arrived, perhaps of an object that is still on its way. */
  moved(bytes: number): void;
  /** An object is there whole and verified. */
  transferred(sizeBytes: number): void;
  skipped(sizeBytes: number): void;
  failed(): void;
  readonly counts: Counts;
  progress(inFlight: number): Progress;
};

export type Counts = {
  readonly objects: number;
  readonly bytes: number;
  readonly transferred: number;
  readonly transferredBytes: number;
  readonly skipped: number;
  readonly skippedBytes: number;
  readonly failed: number;
};

/** Rates are over the last ten seconds or so, so that a pause shows and an old burst is forgotten. */
export function meter(nowMs: () => number = () => performance.now()): Meter {
  const counts = { objects: 0, bytes: 0, transferred: 0, transferredBytes: 0, skipped: 0, skippedBytes: 0, failed: 0 };
  const rate = new RecentRate(nowMs());
  let movedBytes = 0;
  let total = false;
  return {
    counts,
    found(bytes) {
      counts.objects++;
      counts.bytes += bytes;
    },
    complete() {
      total = true;
    },
    moved(bytes) {
      movedBytes += bytes;
      rate.add(nowMs(), 0, bytes);
    },
    transferred(sizeBytes) {
      counts.transferred++;
      counts.transferredBytes += sizeBytes;
      rate.add(nowMs(), 1, 0);
    },
    skipped(sizeBytes) {
      counts.skipped++;
      counts.skippedBytes += sizeBytes;
    },
    failed() {
      counts.failed++;
    },
    progress(inFlight) {
      const done = counts.skippedBytes + movedBytes;
      const doneObjects = counts.skipped + counts.transferred;
      const { objects, bytes } = rate.perSecond(nowMs());
      const words = [
        `${grouped(doneObjects)} of ${total ? "" : "at least "}${grouped(counts.objects)} objects`,
        `${grouped(Math.round(objects))}/s`,
        `${sizeText(bytes)}/s`,
      ];
      if (total) words.push(`ETA ${etaText(counts.objects - doneObjects, objects, counts.bytes - done, bytes)}`);
      if (counts.failed > 0) words.push(`${grouped(counts.failed)} failed`);
      words.push(`${inFlight} in flight`);
      return { done, ...(total ? { total: counts.bytes } : {}), unit: "bytes", note: words.join(", ") };
    },
  };
}

const WINDOW_MS = 10_000;
const SLOTS = 20;

/** Events per second over a sliding window of half-second slots. */
class RecentRate {
  readonly #startMs: number;
  readonly #slots: { slot: number; objects: number; bytes: number }[] = [];

  constructor(startMs: number) {
    this.#startMs = startMs;
  }

  add(nowMs: number, objects: number, bytes: number): void {
    const slot = Math.floor(nowMs / (WINDOW_MS / SLOTS));
    const last = this.#slots.at(-1);
    if (last?.slot === slot) {
      last.objects += objects;
      last.bytes += bytes;
    } else {
      this.#slots.push({ slot, objects, bytes });
      if (this.#slots.length > SLOTS) this.#slots.shift();
    }
  }

  perSecond(nowMs: number): { objects: number; bytes: number } {
    const oldest = Math.floor((nowMs - WINDOW_MS) / (WINDOW_MS / SLOTS));
    const seconds = Math.max(0.5, Math.min(WINDOW_MS, nowMs - this.#startMs) / 1000);
    let objects = 0;
    let bytes = 0;
    for (const one of this.#slots) {
      if (one.slot <= oldest) continue;
      objects += one.objects;
      bytes += one.bytes;
    }
    return { objects: objects / seconds, bytes: bytes / seconds };
  }
}

/** The later of what objects and what bytes say; `?` while nothing moves. */
function etaText(objects: number, objectsPerS: number, bytes: number, bytesPerS: number): string {
  const seconds = Math.max(objects > 0 ? objects / objectsPerS : 0, bytes > 0 ? bytes / bytesPerS : 0);
  if (!Number.isFinite(seconds)) return "?";
  const [h, m, s] = [Math.floor(seconds / 3600), Math.floor(seconds / 60) % 60, Math.round(seconds) % 60];
  return h > 0 ? `${h}h${String(m).padStart(2, "0")}m` : m > 0 ? `${m}m${String(s).padStart(2, "0")}s` : `${s}s`;
}

export function sizeText(bytes: number): string {
  const units = ["B", "KiB", "MiB", "GiB", "TiB"];
  let value = bytes;
  let unit = 0;
  for (; value >= 1024 && unit < units.length - 1; unit++) value /= 1024;
  return `${unit === 0 || value >= 100 ? Math.round(value) : value.toFixed(1)} ${units[unit]}`;
}

export function grouped(count: number): string {
  // Not toLocaleString: its first call loads tables for a tenth of a second.
  return String(count).replace(/\B(?=(\d{3})+$)/g, ",");
}

import { stopped } from "./failed.ts";

/** Bounds the bytes that parts on their way hold in memory. First come, first served, so the earliest part never starves. */
export class ByteBudget {
  readonly #total: number;
  #free: number;
  readonly #waiting: { readonly bytes: number; admit(): void }[] = [];

  constructor(totalBytes: number) {
    this.#total = totalBytes;
    this.#free = totalBytes;
  }

  /** Runs `work` while it holds `bytes` of the budget; one larger than all of it runs alone. */
  async hold<T>(bytes: number, signal: AbortSignal, work: () => Promise<T>): Promise<T> {
    const share = Math.min(bytes, this.#total);
    await this.#take(share, signal);
    try {
      return await work();
    } finally {
      this.#free += share;
      this.#admit();
    }
  }

  #take(bytes: number, signal: AbortSignal): Promise<void> {
    if (signal.aborted) return Promise.reject(stopped(signal));
    return new Promise((resolve, reject) => {
      const onAbort = () => {
        this.#waiting.splice(this.#waiting.indexOf(waiter), 1);
        reject(stopped(signal));
      };
      const waiter = {
        bytes,
        admit: () => {
          signal.removeEventListener("abort", onAbort);
          resolve();
        },
      };
      signal.addEventListener("abort", onAbort, { once: true });
      this.#waiting.push(waiter);
      this.#admit();
    });
  }

  #admit(): void {
    while (this.#waiting[0] && this.#waiting[0].bytes <= this.#free) {
      const next = this.#waiting.shift()!;
      this.#free -= next.bytes;
      next.admit();
    }
  }
}

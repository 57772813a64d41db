import { z } from "zod";
import type { Json } from "../../domain/json.ts";

/** What has been measured, in the form that a checkpoint holds. Heights are digits; seconds have three decimals. */
export const measured = z.object({
  last: z.object({ height: z.string(), wallMs: z.number() }).optional(),
  rows: z.array(z.tuple([z.string(), z.string(), z.string()])),
});

export type Measured = z.infer<typeof measured>;

/**
 * Times between heights of the node's head. Within one process by the monotonic clock; over an interruption by the wall
 * clock, because the node went on meanwhile.
 */
export class Stopwatch {
  #state: Measured;
  #lastMonotonicMs: number | undefined;

  constructor(saved: Json | undefined) {
    const read = measured.safeParse(saved);
    this.#state = read.success ? read.data : { rows: [] };
  }

  get state(): Measured {
    return this.#state;
  }

  toJson(): Json {
    const { last, rows } = this.#state;
    return { rows, ...(last === undefined ? {} : { last }) };
  }

  /** The head is seen at `height`, now. Adds a row when it has moved since the last call. */
  lap(height: bigint): void {
    const [monotonicMs, wallMs] = [performance.now(), Date.now()];
    const { last, rows } = this.#state;
    const elapsedMs =
      this.#lastMonotonicMs === undefined ? wallMs - (last?.wallMs ?? wallMs) : monotonicMs - this.#lastMonotonicMs;
    if (last !== undefined && height <= BigInt(last.height)) return;
    // At least a millisecond: a measurement of no time is none.
    const seconds = (Math.max(1, Math.round(elapsedMs)) / 1000).toFixed(3);
    const row: [string, string, string][] = last === undefined ? [] : [[last.height, `${height}`, seconds]];
    this.#state = { last: { height: `${height}`, wallMs }, rows: [...rows, ...row] };
    this.#lastMonotonicMs = monotonicMs;
  }

  /** The measurements as `replay.spacing` and `replay.report` read them. */
  text(): string {
    return `start\tend\tseconds\n${this.#state.rows.map((row) => `${row.join("\t")}\n`).join("")}`;
  }
}

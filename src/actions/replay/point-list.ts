import { z } from "zod";
import type { Json } from "../../domain/json.ts";

const saved = z.object({
  taken: z.array(z.object({ point: z.string(), height: z.string(), name: z.string() })),
  missed: z.array(z.string()),
});

/**
 * The heights at which snapshots are due, and what has become of each: open, taken by a snapshot whose height lies
 * between it and the next one, or missed because the head has passed the next one.
 */
export class PointList {
  readonly #points: readonly bigint[];
  readonly #end: bigint;
  readonly #taken = new Map<bigint, { height: bigint; name: string }>();
  readonly #missed = new Set<bigint>();

  /** @param end the first height that belongs to no point any more */
  constructor(points: readonly bigint[], end: bigint, checkpoint: Json | undefined) {
    this.#points = points;
    this.#end = end;
    const state = saved.safeParse(checkpoint);
    if (!state.success) return;
    const known = new Set(points);
    for (const { point, height, name } of state.data.taken) {
      if (known.has(BigInt(point))) this.#taken.set(BigInt(point), { height: BigInt(height), name });
    }
    for (const point of state.data.missed) if (known.has(BigInt(point))) this.#missed.add(BigInt(point));
  }

  get open(): readonly bigint[] {
    return this.#points.filter((point) => !this.#taken.has(point) && !this.#missed.has(point));
  }

  get missed(): readonly bigint[] {
    return this.#points.filter((point) => this.#missed.has(point));
  }

  get names(): readonly string[] {
    return this.#points.flatMap((point) => this.#taken.get(point)?.name ?? []);
  }

  get count(): number {
    return this.#points.length;
  }

  get done(): number {
    return this.#taken.size + this.#missed.size;
  }

  /** Exclusive end of the heights that serve a point. */
  endOf(point: bigint): bigint {
    return this.#points.find((other) => other > point) ?? this.#end;
  }

  /** The point that a snapshot of this height serves: the last one at or below it. */
  servedBy(height: bigint): bigint | undefined {
    return height >= this.#end ? undefined : this.#points.findLast((point) => point <= height);
  }

  /** A snapshot is there. Says which point it serves that had none; a missed one may be found after all. */
  take(height: bigint, name: string): bigint | undefined {
    const point = this.servedBy(height);
    if (point === undefined || this.#taken.has(point)) return undefined;
    this.#taken.set(point, { height, name });
    this.#missed.delete(point);
    return point;
  }

  miss(point: bigint): void {
    this.#missed.add(point);
  }

  toJson(): Json {
    const taken = [...this.#taken].map(([point, { height, name }]) => ({
      point: `${point}`,
      height: `${height}`,
      name,
    }));
    return { taken, missed: this.missed.map(String) };
  }
}

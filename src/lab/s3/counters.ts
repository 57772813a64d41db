import type { Fault } from "./faults.ts";
import type { OperationName } from "./operation-names.ts";

/** How often each operation was asked for and each fault struck. */
export type Counters = {
  /** Requests of one operation, refused and failed ones included. */
  of(op: OperationName): number;
  faults(kind: Fault["kind"]): number;
  total(): number;
  snapshot(): { readonly operations: { [op: string]: number }; readonly faults: { [kind: string]: number } };
  reset(): void;
};

export class Tally implements Counters {
  readonly #operations = new Map<string, number>();
  readonly #faults = new Map<string, number>();

  countOperation(op: OperationName): void {
    this.#operations.set(op, (this.#operations.get(op) ?? 0) + 1);
  }

  countFault(kind: Fault["kind"]): void {
    this.#faults.set(kind, (this.#faults.get(kind) ?? 0) + 1);
  }

  of(op: OperationName): number {
    return this.#operations.get(op) ?? 0;
  }

  faults(kind: Fault["kind"]): number {
    return this.#faults.get(kind) ?? 0;
  }

  total(): number {
    let sum = 0;
    for (const count of this.#operations.values()) sum += count;
    return sum;
  }

  snapshot() {
    return { operations: Object.fromEntries(this.#operations), faults: Object.fromEntries(this.#faults) };
  }

  reset(): void {
    this.#operations.clear();
    this.#faults.clear();
  }
}

import type { OperationName } from "./operation-names.ts";

/**
 * What goes wrong with a request.
 *
 * - `slow-down`: 503 before any effect; `error`: any other error answer before any effect
 * - `reset-before`: the connection breaks before any effect; `hang`: no answer ever
 * - `reset-after`, `error-after`: the effect happens, the answer is lost or an error: the in-doubt case
 * - `error-in-200`: status 200 with an `<Error>` body, as CopyObject and CompleteMultipartUpload may answer
 * - `truncate`: half of the body, then the connection breaks
 * - `corrupt`: one byte of the body is flipped, sent (GET) or stored (PUT, UploadPart), unnoticed by the server
 * - `wrong-checksum`: ETag and checksums of the answer are not those of the object
 * - `delay`: answers late
 */
export type Fault =
  | { readonly kind: "slow-down" }
  | { readonly kind: "error"; readonly status: number; readonly code: string; readonly message?: string }
  | { readonly kind: "reset-before" }
  | { readonly kind: "hang" }
  | { readonly kind: "reset-after" }
  | { readonly kind: "error-after"; readonly status: number; readonly code: string; readonly message?: string }
  | { readonly kind: "error-in-200"; readonly code: string }
  | { readonly kind: "truncate" }
  | { readonly kind: "corrupt" }
  | { readonly kind: "wrong-checksum" }
  | { readonly kind: "delay"; readonly delayMs: number };

/** A fault and when it strikes; absent conditions always hold. The first rule that matches wins. */
export type FaultRule = Fault & {
  readonly op?: OperationName | readonly OperationName[];
  /** Source of a regular expression over the key. */
  readonly key?: string;
  /** Probability between 0 and 1. */
  readonly p?: number;
  /** At most so many times. */
  readonly times?: number;
};

export type Faults = {
  set(rules: readonly FaultRule[]): void;
  add(rule: FaultRule): void;
  clear(): void;
  rules(): readonly FaultRule[];
};

/** Chooses faults with a seeded generator, so that a failing run can be had again. */
export class FaultBook implements Faults {
  #rules: { readonly rule: FaultRule; readonly key: RegExp | undefined; left: number }[] = [];
  readonly #random: () => number;

  constructor(seed: number) {
    this.#random = mulberry32(seed);
  }

  set(rules: readonly FaultRule[]): void {
    this.clear();
    for (const rule of rules) this.add(rule);
  }

  add(rule: FaultRule): void {
    const key = rule.key === undefined ? undefined : new RegExp(rule.key, "u");
    this.#rules.push({ rule, key, left: rule.times ?? Number.POSITIVE_INFINITY });
  }

  clear(): void {
    this.#rules = [];
  }

  /** Rules that can still strike, `times` counted down. */
  rules(): readonly FaultRule[] {
    return this.#rules
      .filter(({ left }) => left > 0)
      .map(({ rule, left }) => (Number.isFinite(left) ? { ...rule, times: left } : rule));
  }

  strike(op: OperationName, key: string): Fault | undefined {
    for (const entry of this.#rules) {
      const { op: wanted, p } = entry.rule;
      if (entry.left <= 0) continue;
      if (wanted !== undefined && !([] as string[]).concat(wanted as string).includes(op)) continue;
      if (entry.key && !entry.key.test(key)) continue;
      if (p !== undefined && this.#random() >= p) continue;
      entry.left--;
      return entry.rule;
    }
    return undefined;
  }
}

/** Small seeded generator, uniform in [0, 1). */
export function mulberry32(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let t = state;
    t = Math.imul(t ^ (t >>> 15), t | 1);
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
    return ((t ^ (t >>> 14)) >>> 0) / 4294967296;
  };
}

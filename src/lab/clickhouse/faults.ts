/** What goes wrong with a request. Plain data, so that it travels to the server's process. */
export type ClickHouseFault = {
  /** Which requests: those whose statement matches this regular expression (case-insensitive). Default: all. */
  readonly query?: string;
  /** So many matching requests pass before the fault begins. Default 0. */
  readonly after?: number;
  /** So many requests are hit. Default 1. */
  readonly times?: number;
  readonly does:
    | { readonly kind: "status"; readonly status: number; readonly message?: string }
    /** The connection is cut after this many bytes of the body came; complete Native blocks among them are inserted. */
    | { readonly kind: "reset-during"; readonly bytes: number }
    /** The statement is carried out, its answer is lost. */
    | { readonly kind: "reset-after" }
    | { readonly kind: "delay"; readonly delayMs: number }
    /** ClickHouse's own exception, e.g. 243 for a full disk. */
    | { readonly kind: "exception"; readonly code: number; readonly message: string }
    /** The process dies, as with kill -9, when the request has come in. */
    | { readonly kind: "die" };
};

/** The faults in force; the first that matches a request is used up by one. */
export class Faults {
  #list: { readonly fault: ClickHouseFault; seen: number }[] = [];

  set(faults: readonly ClickHouseFault[]): void {
    this.#list = faults.map((fault) => ({ fault, seen: 0 }));
  }

  take(query: string): ClickHouseFault["does"] | undefined {
    for (const entry of this.#list) {
      const { query: pattern, after = 0, times = 1 } = entry.fault;
      if (pattern !== undefined && !new RegExp(pattern, "i").test(query)) continue;
      entry.seen++;
      if (entry.seen > after && entry.seen <= after + times) return entry.fault.does;
    }
    return undefined;
  }
}

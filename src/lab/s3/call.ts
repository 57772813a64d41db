import type { IncomingHttpHeaders } from "node:http";
import type { Received } from "./body/receive.ts";
import type { Segment } from "./store/blobs.ts";
import type { Store } from "./store/store.ts";

/** One authenticated request, as an operation sees it. */
export type Call = {
  readonly bucket: string;
  readonly key: string;
  readonly query: URLSearchParams;
  readonly headers: IncomingHttpHeaders;
  readonly store: Store;
  readonly limits: Limits;
  readonly region: string;
  nowMs(): number;
  /** The payload, stored as a blob that nobody retains yet. May be called once, and not after `text`. */
  body(): Promise<Received>;
  /** The payload as text, for XML requests; see `receiveText` for `checksums`. */
  text(checksums?: "of-body" | "of-object"): Promise<string>;
};

/** Limits of the real service that tests lower, so that they need no gigabytes. */
export type Limits = {
  /** Largest source of one CopyObject. */
  readonly maxCopyBytes: number;
  /** Smallest part but the last. */
  readonly minPartBytes: number;
};

export type Answer = {
  readonly status?: number;
  readonly headers?: { readonly [name: string]: string };
  readonly xml?: string;
  /** Sent unless the request is a HEAD; `sizeBytes` is its length either way. */
  readonly content?: { readonly segments: readonly Segment[]; readonly sizeBytes: number };
};

export type Operation = (call: Call) => Answer | Promise<Answer>;

/** A header as one string; empty counts as absent. */
export function header(call: Pick<Call, "headers">, name: string): string | undefined {
  const value = call.headers[name];
  return (Array.isArray(value) ? value.join(",") : value) || undefined;
}

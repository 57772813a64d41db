import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import type { Limits } from "./call.ts";
import { control } from "./control.ts";
import { type Counters, Tally } from "./counters.ts";
import { FaultBook, type Faults } from "./faults.ts";
import { type Latency, type Served, type ServerState, serveS3 } from "./serve.ts";
import { Store } from "./store/store.ts";

export type S3Credentials = { readonly accessKeyId: string; readonly secretAccessKey: string };

export type S3Options = {
  /** 0 or absent: a free one. */
  readonly port?: number;
  /** Keeps buckets and objects in this directory; absent: in memory, gone with the process. */
  readonly dir?: string;
  readonly credentials?: S3Credentials;
  /** Made if they do not exist. */
  readonly buckets?: readonly string[];
  readonly latencyMs?: Latency;
  /** Signatures for another region are refused with the right one; absent: any region is accepted. */
  readonly region?: string;
  /** Buckets that want `x-amz-request-payer`. */
  readonly requesterPays?: readonly string[];
  readonly limits?: Partial<Limits>;
  /** Seed of the generator behind fault rules with `p`. */
  readonly seed?: number;
  /** How far the clock of the server is ahead of ours. */
  readonly clockAheadMs?: number;
  readonly onServed?: (served: Served) => void;
};

export type S3Server = {
  /** `http://127.0.0.1:<port>`, path-style addressing. */
  readonly endpoint: string;
  readonly credentials: S3Credentials;
  readonly faults: Faults;
  readonly counters: Counters;
  /** Direct access to what is stored, for seeding and looking. */
  readonly store: Store;
  setLatency(latencyMs: Latency): void;
  /** Breaks open connections and ends the server. */
  close(): Promise<void>;
};

const LAB_CREDENTIALS: S3Credentials = { accessKeyId: "LABACCESSKEY", secretAccessKey: "lab-secret-key" };
const REAL_LIMITS: Limits = { maxCopyBytes: 5 * 1024 ** 3, minPartBytes: 5 * 1024 ** 2 };

/**
 * Starts an S3 server on 127.0.0.1 for tests and practice: path-style, signature V4 checked, buckets, objects with
 * ranges, conditions and checksums, copies, multipart uploads, listings; no versions, no access lists. Latency and
 * faults can be set per operation, here and through `/_lab/…` (see `control.ts`).
 */
export async function startS3(options: S3Options = {}): Promise<S3Server> {
  const credentials = options.credentials ?? LAB_CREDENTIALS;
  const state: ServerState = {
    store: options.dir === undefined ? Store.inMemory() : Store.onDisk(options.dir),
    faults: new FaultBook(options.seed ?? 1),
    counters: new Tally(),
    secrets: new Map([[credentials.accessKeyId, credentials.secretAccessKey]]),
    requesterPays: new Set(options.requesterPays),
    region: options.region,
    limits: { ...REAL_LIMITS, ...options.limits },
    latencyMs: options.latencyMs ?? 0,
    nowMs: () => Date.now() + (options.clockAheadMs ?? 0),
    onServed: options.onServed,
  };
  for (const bucket of options.buckets ?? []) {
    if (!state.store.buckets.has(bucket))
      state.store.commit({ kind: "bucket-created", bucket, createdMs: state.nowMs() });
  }
  const serve = serveS3(state);
  const server = createServer((request, response) => {
    if (request.url?.startsWith("/_lab/")) void control(state, request, response);
    else serve(request, response);
  });
  // The default of five seconds makes idle clients race against the closing of their connection.
  server.keepAliveTimeout = 60_000;
  await new Promise<void>((resolve, reject) => {
    server.once("error", reject);
    server.listen(options.port ?? 0, "127.0.0.1", resolve);
  });
  let closed: Promise<void> | undefined;
  const close = async () => {
    const ended = new Promise((resolve) => server.close(resolve));
    server.closeAllConnections();
    await ended;
    state.store.close();
  };
  return {
    endpoint: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    credentials,
    faults: state.faults,
    counters: state.counters,
    store: state.store,
    setLatency: (latencyMs) => {
      state.latencyMs = latencyMs;
    },
    close: () => {
      closed ??= close();
      return closed;
    },
  };
}

import { rename, rm } from "node:fs/promises";
import { basename, join } from "node:path";
import type { ActionContext } from "../../domain/action.ts";
import { type Failure, failure } from "../../domain/failure.ts";
import { syncDirectory } from "../../lib/atomic-file.ts";
import { pause } from "../../lib/pause.ts";
import { compressFile, hashDecompressed } from "../file/compression.ts";
import { fileFailure } from "../file-failures.ts";
import { type Destination, type SharedCheckpoint, shipFile } from "./ship.ts";

export type ShippingOptions = {
  /** Without one, files are only compressed and archived. */
  readonly destination: Destination | undefined;
  readonly archive: string;
  readonly level: number;
  readonly context: ActionContext;
  readonly checkpoint: SharedCheckpoint;
  /** Between two tries of a file that could not be sent. */
  readonly againMs: number;
};

/** A file that arrived: where, or nothing when it was only archived. */
export type Shipped = { readonly name: string; readonly object?: string };

const LAST_TRIES = 3;

/**
 * Compresses, uploads and archives snapshots beside the work of the node, one after the other. A file that cannot be sent
 * waits and is tried again while the node goes on: trouble with the store never costs a snapshot.
 */
export class Shipping {
  readonly #options: ShippingOptions;
  readonly #signal: AbortSignal;
  readonly #stop = new AbortController();
  readonly #waiting: string[] = [];
  readonly shipped: Shipped[] = [];
  #worker: Promise<void> | undefined;
  #draining = false;
  #gaveUp = false;
  #failure: Failure | undefined;
  #bug: unknown;

  constructor(options: ShippingOptions) {
    this.#options = options;
    this.#signal = AbortSignal.any([options.context.signal, this.#stop.signal]);
  }

  /** Takes a `.bin`, or a `.bin.zst` that an earlier attempt has compressed. */
  add(path: string): void {
    this.#waiting.push(path);
    this.#start();
  }

  get waiting(): number {
    return this.#waiting.length;
  }

  /** Waits until everything has arrived, or says why something has not. */
  async drain(): Promise<Failure | undefined> {
    this.#draining = true;
    while (this.#waiting.length > 0 && !this.#gaveUp && !this.#signal.aborted) {
      this.#start();
      await this.#worker;
    }
    if (this.#bug !== undefined) throw this.#bug;
    return this.#failure;
  }

  #start(): void {
    this.#worker ??= this.#work()
      .catch((error: unknown) => {
        this.#bug = error;
        this.#gaveUp = true;
      })
      .finally(() => {
        this.#worker = undefined;
      });
  }

  /** Breaks off; what is under way is taken up by the next attempt. */
  async stop(): Promise<void> {
    this.#stop.abort();
    await this.#worker;
  }

  async #work(): Promise<void> {
    // Failures since the last file that arrived. One that cannot be sent goes to the end, so that others are not kept.
    let failures = 0;
    while (this.#waiting.length > 0 && !this.#signal.aborted) {
      const path = this.#waiting[0]!;
      const trouble = await this.#ship(path).catch(troubleOf);
      if (this.#signal.aborted) break;
      // A file that was compressed before the trouble goes on as that.
      const left = this.#waiting.shift()!;
      if (trouble === undefined) {
        failures = 0;
        continue;
      }
      this.#waiting.push(left);
      failures += 1;
      this.#options.context.log(`${path} could not be sent: ${trouble.message}`);
      const hint = trouble.hint ?? "resume the run: it goes on with this file";
      const cause = trouble.cause === undefined ? {} : { cause: trouble.cause };
      this.#failure = failure("snapshot-not-shipped", `${path}: ${trouble.message}`, { hint, ...cause });
      const tries = trouble.retryable === false ? 1 : LAST_TRIES;
      this.#gaveUp = this.#draining && failures >= tries * this.#waiting.length;
      if (this.#gaveUp) break;
      await pause(this.#options.againMs, this.#signal);
    }
    if (this.#waiting.length === 0) this.#failure = undefined;
  }

  async #ship(path: string): Promise<Failure | undefined> {
    const { destination, archive, context, checkpoint } = this.#options;
    const packed = path.endsWith(".zst") ? path : await this.#compress(path);
    this.#waiting[0] = packed;
    const own = { ...checkpoint.contextFor("uploads", context), signal: this.#signal, progress: () => {} };
    const name = basename(packed);
    if (destination === undefined) {
      await rename(packed, join(archive, name));
      await syncDirectory(archive);
      this.shipped.push({ name });
      return undefined;
    }
    const sent = await shipFile(packed, destination, { kind: "archive", directory: archive }, own);
    if (sent.kind === "failed") return sent.failure;
    context.log(`${name}: verified at ${sent.outputs}`);
    this.shipped.push({ name, object: sent.outputs });
    return undefined;
  }

  /** The uncompressed file goes only when the compressed one has been read back and found to hold the same bytes. */
  async #compress(path: string): Promise<string> {
    const packed = `${path}.zst`;
    const done = await compressFile(path, packed, "zstd", { signal: this.#signal, level: this.#options.level });
    const readBack = await hashDecompressed(packed, "zstd", this.#signal);
    if (readBack.sha256 !== done.from.sha256) {
      await rm(packed, { force: true });
      throw Object.assign(new Error(`${packed} does not hold what ${path} holds`), {
        code: "EIO",
        syscall: "compress",
        path: packed,
      });
    }
    await rm(path);
    return packed;
  }
}

function troubleOf(error: unknown): Failure {
  const known = fileFailure(error);
  if (known !== undefined) return known;
  if ((error as Error).name === "AbortError") return failure("cancelled", "broken off");
  throw error;
}

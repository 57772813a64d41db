import { type Failure, failure } from "../../domain/failure.ts";
import type { NodeAnswer, NodeHead } from "./node-api.ts";
import { type LogNews, readNodeLog } from "./node-log.ts";

export type NodeWatchOptions = {
  readonly stalledMs: number;
  readonly unreachableMs: number;
  /** The node's log, absolute. */
  readonly log: string | undefined;
};

/** What an answer about the head means for who waits for heights. */
export type HeadNews =
  | { readonly kind: "head"; readonly num: bigint; readonly moved: boolean }
  | { readonly kind: "waiting"; readonly note: string }
  /** The node has reached its last block and ended, as it should. */
  | { readonly kind: "ended" }
  | { readonly kind: "failed"; readonly failure: Failure };

/** Judges a node by its answers: alive and moving, loading, stuck, gone, or done. */
export class NodeWatch {
  readonly #options: NodeWatchOptions;
  #head: bigint | undefined;
  #movedAt = performance.now();
  #silentSince: number | undefined;
  #logBytes: number | undefined;

  constructor(options: NodeWatchOptions) {
    this.#options = options;
  }

  /** The head as last heard. */
  get lastHead(): bigint | undefined {
    return this.#head;
  }

  /** A long call kept the node busy: that was no standstill. */
  touch(): void {
    this.#movedAt = performance.now();
  }

  async hear(answer: NodeAnswer<NodeHead>): Promise<HeadNews> {
    const now = performance.now();
    if (answer.kind === "silent") return this.#silence(answer.failure, now);
    this.#silentSince = undefined;
    if (answer.kind === "refused") return { kind: "failed", failure: answer.failure };
    const { num } = answer.value;
    const moved = this.#head === undefined || num > this.#head;
    this.#head = num;
    if (moved) this.#movedAt = now;
    if (now - this.#movedAt > this.#options.stalledMs)
      return { kind: "failed", failure: stalled(num, this.#options.stalledMs) };
    return { kind: "head", num, moved };
  }

  async #silence(heard: Failure, now: number): Promise<HeadNews> {
    this.#silentSince ??= now;
    // While it does not answer it may well be loading; the clock of standstill starts again afterwards.
    this.#movedAt = now;
    const news: LogNews = this.#options.log === undefined ? { kind: "nothing" } : await readNodeLog(this.#options.log);
    if (news.kind === "reached") return { kind: "ended" };
    if (news.kind === "stopped") return { kind: "failed", failure: stopped(news.line) };
    // A node that writes to its log is loading or replaying.
    if (news.kind === "running" && news.sizeBytes !== this.#logBytes) {
      this.#logBytes = news.sizeBytes;
      this.#silentSince = now;
    }
    if (now - this.#silentSince <= this.#options.unreachableMs) return { kind: "waiting", note: heard.message };
    const message = `the node does not answer for ${inWords(this.#options.unreachableMs)}${this.#head === undefined ? "" : ` (head was ${this.#head})`}: ${heard.message}`;
    const hint = "look at the node's log; start it again, then retry the run: it goes on from the files that are there";
    return { kind: "failed", failure: failure("node-unreachable", message, { hint }) };
  }
}

function stopped(line: string): Failure {
  const hint = "the lines before it say why; mend that, then retry the run";
  return failure("node-ended", `the node is gone; its log ends with: ${line}`, { hint });
}

function stalled(head: bigint, stalledMs: number): Failure {
  const message = `the node's head is ${head} and has not moved for ${inWords(stalledMs)}`;
  return failure("node-stalled", message, { hint: "look at its log and its peers, then retry the run" });
}

function inWords(milliseconds: number): string {
  return milliseconds < 120_000 ? `${milliseconds / 1000} s` : `${Math.round(milliseconds / 60_000)} minutes`;
}

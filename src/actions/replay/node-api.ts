import { type Failure, failure } from "../../domain/failure.ts";
import type { ExactJson } from "../../lib/exact-json.ts";
import { callHttp, type HttpAnswer } from "../http/client.ts";
import { jsonOf, show } from "../http/condition.ts";

/** Where the node's chain stands. */
export type NodeHead = { readonly num: bigint; readonly id: string };

/** A finished snapshot as the node reports it. */
export type MadeSnapshot = {
  readonly height: bigint;
  readonly headId: string;
  /** UTC without a zone, as the chain writes times. */
  readonly blockTime: string;
  readonly version: number;
  /** The path as the node sees it. */
  readonly file: string;
};

export type NodeAnswer<T> =
  | { readonly kind: "ok"; readonly value: T }
  /** Nothing listens, or no answer came in time: the node is loading, or gone. */
  | { readonly kind: "silent"; readonly failure: Failure }
  /** The node answered with an error; `name` is the exception's, e.g. `snapshot_exists_exception`. */
  | { readonly kind: "refused"; readonly name: string; readonly failure: Failure };

/** The parts of nodeos' HTTP API that a replay needs. */
export type NodeApi = {
  head(signal: AbortSignal): Promise<NodeAnswer<NodeHead>>;
  /** Answers when the snapshot is finished, which may take an hour. */
  createSnapshot(signal: AbortSignal): Promise<NodeAnswer<MadeSnapshot>>;
  /** The time of a block that the node has in its log. */
  blockTime(height: bigint, signal: AbortSignal): Promise<NodeAnswer<string>>;
};

const INFO_TIMEOUT_MS = 10_000;

export function nodeApi(url: string, snapshotTimeoutMs: number): NodeApi {
  const base = url.replace(/\/+$/, "");
  return {
    head: async (signal) => {
      const answer = await ask(`${base}/v1/chain/get_info`, "{}", INFO_TIMEOUT_MS, signal);
      return read(answer, ({ head_block_num, head_block_id }) => {
        const num = wholeOf(head_block_num);
        return num === undefined ? undefined : { num, id: String(head_block_id) };
      });
    },
    createSnapshot: async (signal) => {
      const answer = await ask(`${base}/v1/producer/create_snapshot`, "{}", snapshotTimeoutMs, signal);
      return read(answer, (body) => {
        const height = wholeOf(body.head_block_num);
        const { head_block_id: headId, head_block_time: blockTime, snapshot_name: file } = body;
        if (height === undefined || typeof file !== "string" || typeof blockTime !== "string") return undefined;
        return { height, headId: String(headId), blockTime, version: Number(body.version ?? 0), file };
      });
    },
    blockTime: async (height, signal) => {
      const body = JSON.stringify({ block_num: height.toString() });
      const answer = await ask(`${base}/v1/chain/get_block_info`, body, INFO_TIMEOUT_MS, signal);
      return read(answer, ({ timestamp }) => (typeof timestamp === "string" ? timestamp : undefined));
    },
  };
}

type Asked = { readonly url: string } & Awaited<ReturnType<typeof callHttp>>;

async function ask(url: string, body: string, timeoutMs: number, signal: AbortSignal): Promise<Asked> {
  const headers = { "user-agent": "runsheet", "content-type": "application/json" };
  const limits = { timeoutMs, maxBodyBytes: 4 * 1024 * 1024, maxRedirects: 0 };
  return { url, ...(await callHttp({ method: "POST", url, headers, body, signal, ...limits })) };
}

function read<T>(asked: Asked, pick: (body: { readonly [key: string]: ExactJson }) => T | undefined): NodeAnswer<T> {
  if (asked.kind === "failed") return { kind: "silent", failure: asked.failure };
  const { answer, url } = asked;
  const json = jsonOf(answer);
  if (json === undefined || json === null || typeof json !== "object" || Array.isArray(json)) {
    return { kind: "refused", name: "", failure: odd(url, answer) };
  }
  if (answer.status >= 400) return refusedBy(url, answer, json);
  const value = pick(json);
  return value === undefined ? { kind: "refused", name: "", failure: odd(url, answer) } : { kind: "ok", value };
}

/** nodeos: `{"code":500,"message":...,"error":{"name":...,"what":...,"details":[{"message":...}]}}`. */
function refusedBy<T>(url: string, answer: HttpAnswer, json: { [key: string]: ExactJson }): NodeAnswer<T> {
  const error = json.error as { name?: string; what?: string; details?: { message?: string }[] } | undefined;
  const words = [error?.what, error?.details?.[0]?.message].filter((part) => part !== undefined && part !== "");
  const message = `${url}: ${answer.status} ${error?.name ?? ""}: ${words.join("; ") || show(json)}`;
  return { kind: "refused", name: error?.name ?? "", failure: failure("node-refused", message) };
}

function odd(url: string, answer: HttpAnswer): Failure {
  const message = `${url}: answered ${answer.status} with ${show(answer.body.toString("utf8"))}, which is no nodeos answer`;
  return failure("node-odd-answer", message, { hint: 'is "node" the HTTP address of a nodeos?', retryable: false });
}

function wholeOf(value: ExactJson | undefined): bigint | undefined {
  return /^\d+$/.test(String(value)) ? BigInt(String(value)) : undefined;
}

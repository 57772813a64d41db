import type { IncomingMessage, RequestListener, ServerResponse } from "node:http";
import { type Block, chainTimeText, integrityHash } from "./block.ts";
import { snapshotVersion } from "./snapshot-file.ts";

/** What the HTTP API needs of a node, simulated producer and stand-alone executable alike. */
export type NodeosApiTarget = {
  readonly chainId: string;
  readonly serverVersion: string;
  head(): Block;
  libNum(): number;
  libId(): string;
  earliestNum(): number;
  paused(): boolean;
  pause(): void;
  resume(): void;
  /** Resolves with the file's absolute path once it is complete. */
  createSnapshot(): Promise<{ readonly file: string; readonly head: Block } | ApiError>;
  readonly hangs: () => boolean;
};

export type ApiError = { readonly name: string; readonly code: number; readonly what: string; readonly detail: string };

type Reply = { readonly status: number; readonly body: unknown };

/**
 * The parts of nodeos' HTTP API that procedures use, with its status codes (201 for the producer API), its bare
 * booleans and its error bodies. GET and POST are the same; the body is ignored.
 */
export function nodeosApi(node: NodeosApiTarget): RequestListener {
  const scheduled: { snapshot_request_id: number; [key: string]: unknown }[] = [];
  const routes: { readonly [path: string]: (body: string) => Reply | Promise<Reply> } = {
    "/v1/chain/get_info": () => ({ status: 200, body: info(node) }),
    "/v1/producer/paused": () => ({ status: 201, body: node.paused() }),
    "/v1/producer/pause": () => {
      node.pause();
      return done;
    },
    "/v1/producer/resume": () => {
      node.resume();
      return done;
    },
    "/v1/producer/create_snapshot": async () => {
      const outcome = await node.createSnapshot();
      return "file" in outcome ? { status: 201, body: snapshot(outcome.file, outcome.head) } : apiError(500, outcome);
    },
    "/v1/producer/get_integrity_hash": () => ({
      status: 201,
      body: { head_block_id: node.head().id, integrity_hash: integrityHash(node.chainId, node.head()) },
    }),
    "/v1/producer/schedule_snapshot": (body) => {
      const request = { snapshot_request_id: scheduled.length, ...parsed(body), pending_snapshots: [] };
      scheduled.push(request);
      return { status: 201, body: request };
    },
    "/v1/producer/unschedule_snapshot": (body) => {
      const id = Number(parsed(body).snapshot_request_id);
      const at = scheduled.findIndex((request) => request.snapshot_request_id === id);
      if (at < 0) return apiError(500, requestNotFound(id));
      return { status: 201, body: scheduled.splice(at, 1)[0] };
    },
    "/v1/producer/get_snapshot_requests": () => ({ status: 201, body: { snapshot_requests: scheduled } }),
  };
  return async (request, response) => {
    const body = await bodyOf(request);
    if (node.hangs()) return;
    const route = routes[new URL(request.url ?? "/", "http://node").pathname];
    if (route === undefined) return send(response, apiError(404, unknownEndpoint));
    if (request.method !== "GET" && request.method !== "POST") return send(response, apiError(400, unknownEndpoint));
    try {
      send(response, await route(body));
    } catch (error) {
      if (!(error instanceof SyntaxError)) throw error;
      send(
        response,
        apiError(400, { name: "parse_error_exception", code: 4, what: "Parse Error", detail: error.message }),
      );
    }
  };
}

function info(node: NodeosApiTarget) {
  const head = node.head();
  return {
    server_version: node.serverVersion.slice(-8).padStart(8, "0"),
    chain_id: node.chainId,
    head_block_num: head.num,
    last_irreversible_block_num: node.libNum(),
    last_irreversible_block_id: node.libId(),
    head_block_id: head.id,
    head_block_time: chainTimeText(head.timeMs),
    head_block_producer: head.producer,
    virtual_block_cpu_limit: 200_000_000,
    virtual_block_net_limit: 1_048_576_000,
    block_cpu_limit: 199_900,
    block_net_limit: 1_048_576,
    server_version_string: node.serverVersion,
    fork_db_head_block_num: head.num,
    fork_db_head_block_id: head.id,
    server_full_version_string: `${node.serverVersion}-lab`,
    total_cpu_weight: "383333330233412",
    total_net_weight: "96259024129822",
    earliest_available_block_num: node.earliestNum(),
    last_irreversible_block_time: chainTimeText(head.timeMs - 1000),
  };
}

function snapshot(file: string, head: Block) {
  return {
    head_block_id: head.id,
    head_block_num: head.num,
    head_block_time: chainTimeText(head.timeMs),
    version: snapshotVersion,
    snapshot_name: file,
  };
}

const done: Reply = { status: 201, body: { result: "ok" } };

function apiError(status: number, { name, code, what, detail }: ApiError): Reply {
  const details = [{ message: detail, file: "http_plugin.cpp", line_number: 900, method: "handle_exception" }];
  const message = status === 404 ? "Not Found" : "Internal Service Error";
  return { status, body: { code: status, message, error: { code, name, what, details } } };
}

const unknownEndpoint: ApiError = {
  name: "exception",
  code: 0,
  what: "unspecified",
  detail: "Unknown Endpoint",
};

function requestNotFound(id: number): ApiError {
  return {
    name: "snapshot_request_not_found",
    code: 3170014,
    what: "Snapshot request not found",
    detail: `Snapshot request not found: ${id}`,
  };
}

function parsed(body: string): { [key: string]: unknown } {
  return body.trim() === "" ? {} : (JSON.parse(body) as { [key: string]: unknown });
}

async function bodyOf(request: IncomingMessage): Promise<string> {
  let body = "";
  for await (const chunk of request) body += chunk;
  return body;
}

function send(response: ServerResponse, { status, body }: Reply): void {
  const text = JSON.stringify(body);
  response.writeHead(status, { "content-type": "application/json", "content-length": Buffer.byteLength(text) });
  response.end(text);
}

import { randomUUID } from "node:crypto";
import type { IncomingMessage, RequestListener, ServerResponse } from "node:http";
import { setTimeout as delay } from "node:timers/promises";
import { type Address, parseAddress } from "./address.ts";
import { errorAnswer, sendAnswer } from "./answer.ts";
import { receiveBody, receiveText } from "./body/receive.ts";
import type { Answer, Call, Limits } from "./call.ts";
import type { Tally } from "./counters.ts";
import type { Fault, FaultBook } from "./faults.ts";
import { type OperationName, operationName } from "./operation-names.ts";
import { OPERATIONS } from "./operations/table.ts";
import { S3Error, slowDown } from "./s3-error.ts";
import { type Signed, verifySignature } from "./signature.ts";
import type { Store } from "./store/store.ts";
import { damage, withWrongChecksums } from "./tampering.ts";

/** How long an operation takes on top of its work: the same for all, or by operation with `default` for the rest. */
export type Latency = number | { readonly [op in OperationName | "default"]?: number };

/** One request that was answered, for tests that watch the order of effects. */
export type Served = {
  readonly op: OperationName;
  readonly bucket: string;
  readonly key: string;
  /** 0 = the connection was broken on purpose. */
  readonly status: number;
};

export type ServerState = {
  readonly store: Store;
  readonly faults: FaultBook;
  readonly counters: Tally;
  readonly secrets: ReadonlyMap<string, string>;
  readonly requesterPays: ReadonlySet<string>;
  readonly region: string | undefined;
  readonly limits: Limits;
  latencyMs: Latency;
  nowMs(): number;
  onServed?: ((served: Served) => void) | undefined;
};

/** Answers S3 requests: name the operation, let faults strike, wait, authenticate, operate, answer. */
export function serveS3(state: ServerState): RequestListener {
  return (request, response) => {
    void serveOne(state, request, response);
  };
}

async function serveOne(state: ServerState, request: IncomingMessage, response: ServerResponse): Promise<void> {
  const requestId = randomUUID();
  response.setHeader("x-amz-request-id", requestId);
  response.setHeader("date", new Date(state.nowMs()).toUTCString());
  const address = parseAddress(request.url ?? "/");
  const op = address && operationName(request.method ?? "", address, "x-amz-copy-source" in request.headers);
  const fault = op && state.faults.strike(op, address.key);
  if (op) state.counters.countOperation(op);
  if (fault) state.counters.countFault(fault.kind);
  const served = (status: number) => {
    if (op && address) state.onServed?.({ op, bucket: address.bucket, key: address.key, status });
  };
  const latencyMs = (op ? latencyOf(state.latencyMs, op) : 0) + (fault?.kind === "delay" ? fault.delayMs : 0);
  if (latencyMs > 0) await delay(latencyMs);
  if (fault?.kind === "hang") return;
  if (fault?.kind === "reset-before") {
    served(0);
    breakConnection(request);
    return;
  }
  let answer: Answer;
  try {
    if (!address) throw new S3Error(400, "InvalidURI", "Couldn't parse the specified URI.");
    if (!op) throw new S3Error(501, "NotImplemented", "The lab server does not have this operation.");
    answer = await operate(state, request, address, op, fault);
  } catch (error) {
    answer = errorAnswer(error, address?.path ?? "", requestId);
  }
  if (fault?.kind === "reset-after") {
    served(0);
    breakConnection(request);
    return;
  }
  served(answer.status ?? 200);
  await sendAnswer(request, response, answer, state.store, fault);
  // Whatever of a refused body is still on its way must be taken in, or the connection cannot be used again.
  request.resume();
}

async function operate(
  state: ServerState,
  request: IncomingMessage,
  address: Address,
  op: OperationName,
  fault: Fault | undefined,
): Promise<Answer> {
  if (fault?.kind === "slow-down") throw slowDown();
  if (fault?.kind === "error") throw new S3Error(fault.status, fault.code, fault.message ?? fault.code);
  const signed = verifySignature(request.method ?? "", address, request.headers, state);
  if (state.requesterPays.has(address.bucket) && request.headers["x-amz-request-payer"] !== "requester") {
    throw new S3Error(403, "AccessDenied", "Access Denied");
  }
  const answer = await OPERATIONS[op](callOf(state, request, address, signed, fault));
  if (fault?.kind === "error-after") throw new S3Error(fault.status, fault.code, fault.message ?? fault.code);
  if (fault?.kind === "error-in-200") {
    return { xml: new S3Error(200, fault.code, "We encountered an internal error.").toXml(address.path, "") };
  }
  return fault?.kind === "wrong-checksum" ? withWrongChecksums(answer) : answer;
}

function callOf(
  state: ServerState,
  request: IncomingMessage,
  { bucket, key, query }: Address,
  signed: Signed,
  fault: Fault | undefined,
): Call {
  const tamper = fault?.kind === "corrupt" ? damage() : undefined;
  return {
    bucket,
    key,
    query,
    headers: request.headers,
    store: state.store,
    limits: state.limits,
    region: state.region ?? "us-east-1",
    nowMs: state.nowMs,
    body: () => receiveBody(request, signed, state.store.blobs.create(), tamper),
    text: (checksums) => receiveText(request, signed, checksums),
  };
}

function latencyOf(latency: Latency, op: OperationName): number {
  return typeof latency === "number" ? latency : (latency[op] ?? latency.default ?? 0);
}

/** RST, not FIN: the client sees ECONNRESET. */
function breakConnection(request: IncomingMessage): void {
  request.socket.resetAndDestroy();
}

import type { IncomingMessage, ServerResponse } from "node:http";
import type { FaultRule } from "./faults.ts";
import type { Latency, ServerState } from "./serve.ts";

/**
 * `/_lab/…` on the same port steers the server from another process; no bucket name can begin with an underscore.
 *
 * - `GET /_lab/faults`, `PUT /_lab/faults` with a JSON list of fault rules
 * - `GET /_lab/counters`, `DELETE /_lab/counters`
 * - `PUT /_lab/latency` with a JSON number of milliseconds, or an object of numbers by operation
 */
export async function control(state: ServerState, request: IncomingMessage, response: ServerResponse): Promise<void> {
  const body = await textOf(request);
  switch (`${request.method} ${request.url}`) {
    case "GET /_lab/faults":
      return json(response, 200, state.faults.rules());
    case "PUT /_lab/faults":
      state.faults.set(JSON.parse(body) as FaultRule[]);
      return json(response, 200, state.faults.rules());
    case "GET /_lab/counters":
      return json(response, 200, state.counters.snapshot());
    case "DELETE /_lab/counters":
      state.counters.reset();
      return json(response, 200, state.counters.snapshot());
    case "PUT /_lab/latency":
      state.latencyMs = JSON.parse(body) as Latency;
      return json(response, 200, state.latencyMs);
    default:
      return json(response, 404, { error: `no such control: ${request.method} ${request.url}` });
  }
}

async function textOf(request: IncomingMessage): Promise<string> {
  const pieces: Buffer[] = [];
  for await (const piece of request) pieces.push(piece as Buffer);
  return Buffer.concat(pieces).toString("utf8");
}

function json(response: ServerResponse, status: number, value: unknown): void {
  response.writeHead(status, { "content-type": "application/json" });
  response.end(`${JSON.stringify(value)}\n`);
}

import type { IncomingMessage, RequestListener, ServerResponse } from "node:http";

/** How a command of the node manager ended. */
export type Outcome = { readonly kind: "ok" } | { readonly kind: "error"; readonly text: string };

export type Command = (query: URLSearchParams) => Promise<Outcome>;

export type Answer = { readonly status: number; readonly body: string };

export type ManagerApi = {
  /** The command prefixes that this build serves; the older build has `/v1/nodeos/`. */
  readonly prefixes: readonly string[];
  readonly commands: { readonly [name: string]: Command };
  /** By path: `/healthz`, `/v1/is_running`, ... */
  readonly reads: { readonly [path: string]: () => Answer };
  run(name: string, command: Command, query: URLSearchParams): Promise<Outcome>;
};

/**
 * The node manager's HTTP API: reads are GET, commands POST. With `?sync=true` a command answers when it is over (200, or
 * 500 with the reason), without it at once (201).
 */
export function managerHandler({ prefixes, commands, reads, run }: ManagerApi): RequestListener {
  return (request: IncomingMessage, response: ServerResponse) => {
    const url = new URL(request.url ?? "/", "http://manager");
    request.resume();
    const inner = prefixes
      .filter((prefix) => url.pathname.startsWith(prefix))
      .map((prefix) => url.pathname.slice(prefix.length))
      .find((rest) => rest in commands || `/v1/${rest}` in reads);
    const read = reads[inner === undefined ? url.pathname : `/v1/${inner}`];
    if (read) return send(response, request.method === "GET" ? read() : notAllowed);
    if (inner === undefined) return send(response, { status: 404, body: "404 page not found\n" });
    if (request.method !== "POST") return send(response, notAllowed);
    const outcome = run(inner, commands[inner]!, url.searchParams);
    if (url.searchParams.get("sync") !== "true") {
      return send(response, { status: 201, body: `${inner} command submitted\n` });
    }
    outcome.then((result) => {
      if (result.kind === "ok") send(response, { status: 200, body: `Success: ${inner} completed\n` });
      else send(response, { status: 500, body: `ERROR: ${inner} failed: ${result.text} \n` });
    });
  };
}

const notAllowed: Answer = { status: 405, body: "" };

function send(response: ServerResponse, { status, body }: Answer): void {
  const headers = { "content-type": "text/plain; charset=utf-8", "content-length": Buffer.byteLength(body) };
  response.writeHead(status, headers);
  response.end(body);
}

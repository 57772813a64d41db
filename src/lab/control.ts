import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { closeServer } from "./nodes/gate.ts";

/** Answers one control request; undefined for a path that it does not know. */
export type ControlRoute = (
  path: string,
  body: unknown,
) => Promise<ControlReply | undefined> | ControlReply | undefined;

export type ControlReply = { readonly status: number; readonly body: unknown };

export type ControlServer = { readonly url: string; close(): Promise<void> };

/** The lab's own port: for `lab down`, `lab status` and the stand-ins. POST with a bearer token, JSON both ways. */
export async function startControl(token: string, routes: readonly ControlRoute[]): Promise<ControlServer> {
  const server = createServer((request, response) => void answer(request, response));
  server.keepAliveTimeout = 0;
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  return { url: `http://127.0.0.1:${port}`, close: () => closeServer(server) };

  async function answer(request: IncomingMessage, response: ServerResponse) {
    let text = "";
    for await (const chunk of request) text += chunk;
    if (request.headers.authorization !== `Bearer ${token}`)
      return send(response, { status: 401, body: "not this lab's token" });
    const body: unknown = text === "" ? {} : JSON.parse(text);
    for (const route of routes) {
      const reply = await route(request.url ?? "/", body);
      if (reply) return send(response, reply);
    }
    send(response, { status: 404, body: `no such control: ${request.url}` });
  }
}

function send(response: ServerResponse, { status, body }: ControlReply): void {
  const text = typeof body === "string" ? body : JSON.stringify(body);
  response.writeHead(status, { "content-type": typeof body === "string" ? "text/plain" : "application/json" });
  response.end(text);
}

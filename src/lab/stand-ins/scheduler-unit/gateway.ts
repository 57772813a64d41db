import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { closeServer } from "../../nodes/gate.ts";

/** A stand-in for the Arweave gateway and uploader: enough for a unit to learn the height and for a check to reach it. */
export async function startGateway(): Promise<{ readonly url: string; close(): Promise<void> }> {
  const started = Date.now();
  const server = createServer((request, response) => {
    request.resume();
    const height = 1_500_000 + Math.floor((Date.now() - started) / 120_000);
    const body = request.url?.startsWith("/graphql")
      ? { data: { transactions: { edges: [] } } }
      : { network: "runsheet-lab", height };
    response.writeHead(200, { "content-type": "application/json" });
    response.end(JSON.stringify(body));
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  return { url: `http://127.0.0.1:${port}`, close: () => closeServer(server) };
}

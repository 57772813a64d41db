import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";

/** What the server does with one request; undefined: what a plain file server does. */
export type Misbehaviour = (request: {
  readonly method: string;
  readonly path: string;
  readonly range: string | undefined;
  readonly n: number;
}) =>
  | { readonly kind: "status"; readonly status: number; readonly headers?: { readonly [name: string]: string } }
  | { readonly kind: "reset"; readonly afterBytes: number }
  /** Says the right length, sends fewer bytes and ends the connection. */
  | { readonly kind: "short"; readonly bytes: number }
  /** Says and sends more than the file has. */
  | { readonly kind: "long"; readonly extra: number }
  | undefined;

export type FileServer = {
  readonly url: string;
  readonly requests: { readonly method: string; readonly path: string; readonly range: string | undefined }[];
  readonly files: Map<string, Buffer>;
  /** Path (`/` for the root) to the body of a page. */
  readonly pages: Map<string, string>;
  misbehave: Misbehaviour;
  /** Without ranges the server always sends the whole file. */
  ranges: boolean;
  etags: boolean;
  close(): Promise<void>;
};

/** A plain HTTP server for era files in memory, whose manners can be spoilt per request. */
export async function startFileServer(): Promise<FileServer> {
  const seen = new Map<string, number>();
  const server: Server = createServer((request, response) => answer(request, response));
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const state: FileServer = {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    requests: [],
    files: new Map(),
    pages: new Map(),
    misbehave: () => undefined,
    ranges: true,
    etags: true,
    close: () =>
      new Promise((resolve) => {
        server.closeAllConnections();
        server.close(() => resolve());
      }),
  };
  return state;

  function answer(request: IncomingMessage, response: ServerResponse): void {
    const { pathname } = new URL(request.url!, state.url);
    const path = decodeURIComponent(pathname);
    const range = request.headers.range;
    const method = request.method!;
    state.requests.push({ method, path: request.url!, range });
    const key = `${method} ${path} ${range ?? ""}`;
    seen.set(key, (seen.get(key) ?? 0) + 1);
    const deed = state.misbehave({ method, path: request.url!, range, n: seen.get(key)! });
    if (deed?.kind === "status") return void response.writeHead(deed.status, deed.headers).end();
    const page = state.pages.get(path);
    if (page !== undefined) return void response.writeHead(200, { "content-type": "text/html" }).end(page);
    const file = state.files.get(path.slice(1));
    if (file === undefined) return void response.writeHead(404).end("not found");
    sendFile(request, response, file, deed);
  }

  function sendFile(
    request: IncomingMessage,
    response: ServerResponse,
    file: Buffer,
    deed: ReturnType<Misbehaviour>,
  ): void {
    const etag = `"${file.length}-${file.subarray(-64).toString("hex").slice(0, 16)}"`;
    const wanted = /^bytes=(\d+)-(\d*)$/.exec(request.headers.range ?? "");
    const fresh = request.headers["if-range"] === undefined || request.headers["if-range"] === etag;
    const partial = state.ranges && wanted !== null && fresh;
    const start = partial ? Number(wanted[1]) : 0;
    const end = partial && wanted[2] !== "" ? Math.min(Number(wanted[2]) + 1, file.length) : file.length;
    const body = file.subarray(start, end);
    const extra = deed?.kind === "long" ? deed.extra : 0;
    response.writeHead(partial ? 206 : 200, {
      "content-length": body.length + extra,
      ...(state.ranges ? { "accept-ranges": "bytes" } : {}),
      ...(state.etags ? { etag } : {}),
      ...(partial ? { "content-range": `bytes ${start}-${end - 1}/${file.length}` } : {}),
    });
    if (request.method === "HEAD") return void response.end();
    if (deed?.kind === "reset" || deed?.kind === "short") {
      const bytes = deed.kind === "reset" ? deed.afterBytes : deed.bytes;
      response.write(body.subarray(0, bytes), () => request.socket.destroy());
      return;
    }
    response.end(extra === 0 ? body : Buffer.concat([body, Buffer.alloc(extra)]));
  }
}

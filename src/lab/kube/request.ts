import type { IncomingMessage } from "node:http";
import { findKind, type Kind } from "./kinds.ts";
import { decodeProtobuf, isProtobuf } from "./protobuf.ts";

/** A request for a resource, taken apart. */
export type ResourceRequest = {
  readonly method: string;
  readonly kind: Kind;
  readonly namespace: string | undefined;
  readonly name: string | undefined;
  readonly subresource: string | undefined;
  readonly query: URLSearchParams;
  readonly wantsTable: boolean;
  readonly contentType: string;
  readonly body: string;
};

const path = /^\/(?:api|apis\/([^/]+))\/v1(?:\/namespaces\/([^/]+)(?=\/))?\/([a-z]+)(?:\/([^/]+))?(?:\/([a-z]+))?$/;

/** Undefined when the path names no resource of ours. */
export function parseRequest(request: IncomingMessage, url: URL, body: string): ResourceRequest | undefined {
  const match = path.exec(url.pathname);
  const kind = match && findKind(match[1] ?? "", match[3]!);
  if (!match || !kind) return undefined;
  return {
    method: request.method ?? "GET",
    kind,
    namespace: match[2],
    name: match[4] === undefined ? undefined : decodeURIComponent(match[4]),
    subresource: match[5],
    query: url.searchParams,
    wantsTable: /as=Table/.test(request.headers.accept ?? ""),
    contentType: request.headers["content-type"] ?? "",
    body,
  };
}

/** The body as JSON text, whatever the client encoded it in. */
export async function bodyOf(request: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  const bytes = Buffer.concat(chunks);
  return isProtobuf(bytes) ? JSON.stringify(decodeProtobuf(bytes) ?? {}) : bytes.toString();
}

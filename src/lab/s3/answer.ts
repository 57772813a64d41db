import type { IncomingMessage, ServerResponse } from "node:http";
import { pipeline } from "node:stream/promises";
import type { Answer } from "./call.ts";
import type { Fault } from "./faults.ts";
import { S3Error } from "./s3-error.ts";
import type { Store } from "./store/store.ts";
import { damage } from "./tampering.ts";

/** Writes an answer, and breaks or damages its body when the fault says so. */
export async function sendAnswer(
  request: IncomingMessage,
  response: ServerResponse,
  answer: Answer,
  store: Store,
  fault: Fault | undefined,
): Promise<void> {
  const { status = 200, headers = {}, xml, content } = answer;
  if (xml !== undefined || !content) {
    const text = Buffer.from(xml ?? "");
    if (text.length > 0) response.setHeader("content-type", "application/xml");
    if (status !== 204 && status !== 304) response.setHeader("content-length", text.length);
    response.writeHead(status, headers);
    if (fault?.kind === "truncate") return breakOff(request, response, [text.subarray(0, text.length >> 1)]);
    response.end(request.method === "HEAD" ? undefined : text);
    return;
  }
  response.writeHead(status, { ...headers, "content-length": content.sizeBytes });
  if (request.method === "HEAD") {
    response.end();
    return;
  }
  const pieces = piecesOf(store, content.segments, fault);
  if (fault?.kind === "truncate") return breakOff(request, response, upTo(content.sizeBytes >> 1, pieces));
  // A client that goes away in the middle is no concern of the server.
  await pipeline(pieces, response).catch(() => undefined);
}

/** What a failed operation answers. An error that is no S3Error is a bug of the server and answers 500. */
export function errorAnswer(error: unknown, path: string, requestId: string): Answer {
  const known =
    error instanceof S3Error ? error : new S3Error(500, "InternalError", `The lab server failed: ${String(error)}`);
  return { status: known.status, xml: known.toXml(path, requestId) };
}

async function* piecesOf(store: Store, segments: NonNullable<Answer["content"]>["segments"], fault: Fault | undefined) {
  const change = fault?.kind === "corrupt" ? damage() : (piece: Buffer) => piece;
  // An object may be replaced while its bytes are on the way.
  for (const { blob } of segments) store.blobs.retain(blob);
  try {
    for (const segment of segments) for await (const piece of store.blobs.read(segment)) yield change(piece);
  } finally {
    for (const { blob } of segments) store.blobs.release(blob);
  }
}

async function* upTo(limitBytes: number, pieces: AsyncIterable<Buffer>) {
  let left = limitBytes;
  for await (const piece of pieces) {
    if (left <= 0) return;
    yield piece.subarray(0, left);
    left -= piece.length;
  }
}

async function breakOff(
  request: IncomingMessage,
  response: ServerResponse,
  pieces: AsyncIterable<Buffer> | Iterable<Buffer>,
): Promise<void> {
  for await (const piece of pieces) {
    // The callback comes when the piece has been handed to the socket, so that it arrives before the break.
    await new Promise<void>((done) => response.write(piece, () => done()));
  }
  request.socket.destroy();
}

import { type IncomingMessage, request as requestHttp } from "node:http";
import { request as requestHttps } from "node:https";
import type { Readable } from "node:stream";
import { type Failure, failure } from "../../domain/failure.ts";
import { connectionFailure, lostAnswer } from "./connection-failure.ts";

export type HttpCall = {
  readonly method: string;
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: string | Buffer;
  /** From the first byte sent to the last byte received. */
  readonly timeoutMs: number;
  readonly signal: AbortSignal;
  readonly maxBodyBytes: number;
  readonly maxRedirects: number;
  /** Certificates (PEM) to trust in place of the system's. */
  readonly ca?: string;
  readonly insecure?: boolean;
};

export type HttpAnswer = {
  readonly status: number;
  /** Lower-case names; repeated headers joined by a comma. */
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Buffer;
  /** Where the answer came from after redirects. */
  readonly url: string;
};

export type HttpResult =
  | { readonly kind: "answer"; readonly answer: HttpAnswer }
  | { readonly kind: "failed"; readonly failure: Failure };

/** What to do with a body that is not to be held in memory. Returns when all of it is safe. */
export type BodySink = (body: Readable, headers: Readonly<Record<string, string>>) => Promise<void>;

/**
 * One HTTP call on a connection of its own, with redirects followed (not across a change of method that would send a
 * body twice). Never throws for what a server or a network does. A call that may have reached the server without an
 * answer is `http-answer-lost` unless the method is safe to repeat.
 */
export async function callHttp(call: HttpCall, sink?: BodySink): Promise<HttpResult> {
  // Timers hold at most 2^31 - 1 ms, about 24 days.
  const deadline = AbortSignal.timeout(Math.min(Math.ceil(call.timeoutMs), 2 ** 31 - 1));
  const signal = AbortSignal.any([call.signal, deadline]);
  const { body: firstBody, ...rest } = call;
  let { url, method, headers } = call;
  let body = firstBody;
  for (let redirects = 0; ; redirects++) {
    const result = await callOnce(
      { ...rest, url, method, headers, ...(body === undefined ? {} : { body }), signal },
      sink,
    );
    if (result.kind === "failed") return { kind: "failed", failure: explain(result, call, deadline) };
    const location = redirectOf(result.answer);
    if (location === undefined) return result;
    if (redirects === call.maxRedirects) {
      const message = `${call.method} ${call.url}: more than ${call.maxRedirects} redirects (last to ${location})`;
      return { kind: "failed", failure: failure("http-too-many-redirects", message, { retryable: false }) };
    }
    const next = new URL(location, url);
    // RFC 9110, 15.4: 303 always and 301/302 by custom turn a POST into a GET; credentials stay with their origin.
    if (result.answer.status === 303 || (method === "POST" && result.answer.status < 303))
      [method, body] = ["GET", undefined];
    if (next.origin !== new URL(url).origin) headers = withoutCredentials(headers);
    url = next.href;
  }
}

type Broken = { readonly kind: "failed"; readonly error: unknown; readonly sent: boolean; readonly failure?: Failure };

function callOnce(
  call: HttpCall,
  sink: BodySink | undefined,
): Promise<{ kind: "answer"; answer: HttpAnswer } | Broken> {
  return new Promise((resolve) => {
    let sent = false;
    const url = new URL(call.url);
    const send = url.protocol === "https:" ? requestHttps : requestHttp;
    const tls = { ...(call.ca === undefined ? {} : { ca: call.ca }), rejectUnauthorized: call.insecure !== true };
    const headers = { ...call.headers, ...lengthOf(call.body) };
    const request = send(url, { method: call.method, headers, agent: false, signal: call.signal, ...tls });
    request.on("finish", () => {
      // All bytes were handed to the kernel of a connected socket, so the server may act on them.
      sent = request.socket?.connecting === false;
    });
    request.on("error", (error) => resolve({ kind: "failed", error, sent }));
    request.on("response", (response) => {
      receive(response, call, sink).then(
        (received) => resolve("body" in received ? { kind: "answer", answer: received } : received),
        (error) => resolve({ kind: "failed", error, sent: true }),
      );
    });
    request.end(call.body);
  });
}

async function receive(response: IncomingMessage, call: HttpCall, sink?: BodySink): Promise<HttpAnswer | Broken> {
  const status = response.statusCode ?? 0;
  const headers: Record<string, string> = {};
  for (const [name, value] of Object.entries(response.headers)) {
    if (value !== undefined) headers[name] = Array.isArray(value) ? value.join(", ") : value;
  }
  if (sink !== undefined && status >= 200 && status < 300) {
    await sink(response, headers);
    return { status, headers, body: Buffer.alloc(0), url: call.url };
  }
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of response as AsyncIterable<Buffer>) {
    size += chunk.length;
    if (size > call.maxBodyBytes) {
      response.destroy();
      const hint = 'raise "maxBody", or write the answer to a file with "out"';
      const message = `${call.method} ${call.url}: the answer (${status}) is larger than ${call.maxBodyBytes} bytes`;
      const tooLarge = failure("http-body-too-large", message, { hint, retryable: false });
      return { kind: "failed", error: undefined, sent: true, failure: tooLarge };
    }
    chunks.push(chunk);
  }
  return { status, headers, body: Buffer.concat(chunks), url: call.url };
}

function explain(broken: Broken, call: HttpCall, deadline: AbortSignal): Failure {
  if (broken.failure !== undefined) return broken.failure;
  const what = `${call.method} ${call.url}`;
  if (broken.sent && !isRepeatable(call.method)) return lostAnswer(what, broken.error);
  if (call.signal.aborted) return failure("cancelled", `${what} was cancelled`);
  if (deadline.aborted) {
    const hint = 'look at the server, or raise "timeout"';
    return failure("http-timeout", `${what}: no complete answer within ${call.timeoutMs} ms`, { hint });
  }
  return connectionFailure(what, broken.error);
}

/** Methods that change nothing or the same thing again (RFC 9110, 9.2): repeating them after a lost answer is harmless. */
export function isRepeatable(method: string): boolean {
  return ["GET", "HEAD", "OPTIONS", "PUT", "DELETE"].includes(method);
}

function redirectOf({ status, headers }: HttpAnswer): string | undefined {
  return [301, 302, 303, 307, 308].includes(status) ? headers.location : undefined;
}

function withoutCredentials(headers: Readonly<Record<string, string>>): Record<string, string> {
  const secret = /^(authorization|cookie|proxy-authorization|x-.*(key|token|auth).*)$/i;
  return Object.fromEntries(Object.entries(headers).filter(([name]) => !secret.test(name)));
}

function lengthOf(body: string | Buffer | undefined): Record<string, string> {
  return body === undefined ? {} : { "content-length": `${Buffer.byteLength(body)}` };
}

import { Readable } from "node:stream";
import { isCertificateProblem } from "../clickhouse/exceptions.ts";
import { fail, throwIfStopped } from "../failed.ts";

export type HttpRequest = {
  readonly method?: "GET" | "HEAD";
  readonly headers?: { readonly [name: string]: string };
  readonly signal?: AbortSignal | undefined;
  /** Until the headers are there, and between two pieces of the body. */
  readonly timeoutMs?: number;
};

export type HttpAnswer = {
  readonly status: number;
  readonly url: string;
  readonly headers: Headers;
  readonly body: AsyncIterable<Uint8Array>;
  /** Gives the connection back without reading what is left. */
  cancel(): Promise<void>;
};

const TIMEOUT_MS = 30_000;
const PAGE_LIMIT_BYTES = 64 * 1024 * 1024;

/**
 * One request. Resolves for every status below 500 but 429 and 408; those, and a server that cannot be reached, throw a
 * retryable Failed. Redirects are followed.
 */
export async function request(url: string, given: HttpRequest = {}): Promise<HttpAnswer> {
  const timeoutMs = given.timeoutMs ?? TIMEOUT_MS;
  const stall = new AbortController();
  const timer = setTimeout(() => stall.abort(new Error(`no answer within ${timeoutMs / 1000} s`)), timeoutMs);
  const signal = given.signal === undefined ? stall.signal : AbortSignal.any([given.signal, stall.signal]);
  try {
    // identity: ranges and lengths must count the file's own bytes
    const headers = { "accept-encoding": "identity", "user-agent": "runsheet", ...given.headers };
    const response = await fetch(url, { method: given.method ?? "GET", headers, signal });
    if (response.status >= 500 || response.status === 429 || response.status === 408) throw await refused(response);
    const cancel = async () => {
      await response.body?.cancel().catch(() => {});
    };
    const body = bodyOf(response, given, stall);
    return { status: response.status, url: response.url, headers: response.headers, body, cancel };
  } catch (error) {
    throw unreachable(error, url, given.signal);
  } finally {
    clearTimeout(timer);
  }
}

/** The whole body as text, up to 64 MiB. */
export async function readText(answer: HttpAnswer): Promise<string> {
  const pieces: Uint8Array[] = [];
  let bytes = 0;
  for await (const piece of answer.body) {
    bytes += piece.length;
    if (bytes > PAGE_LIMIT_BYTES) {
      const hint = "name the address of an index page or of the files' directory as the source";
      throw fail("era-index-too-large", `${answer.url} is longer than 64 MiB, no index page is`, {
        hint,
        retryable: false,
      });
    }
    pieces.push(piece);
  }
  return Buffer.concat(pieces).toString("utf8");
}

async function* bodyOf(response: Response, given: HttpRequest, stall: AbortController): AsyncGenerator<Uint8Array> {
  if (response.body === null) return;
  const timeoutMs = given.timeoutMs ?? TIMEOUT_MS;
  const arm = () => setTimeout(() => stall.abort(new Error(`nothing came for ${timeoutMs / 1000} s`)), timeoutMs);
  let timer = arm();
  try {
    for await (const piece of Readable.fromWeb(response.body as import("node:stream/web").ReadableStream)) {
      clearTimeout(timer);
      yield piece as Uint8Array;
      timer = arm();
    }
  } catch (error) {
    throw unreachable(error, response.url, given.signal);
  } finally {
    clearTimeout(timer);
  }
}

async function refused(response: Response): Promise<Error> {
  await response.body?.cancel();
  const retryAfter = Number(response.headers.get("retry-after"));
  const details = Number.isFinite(retryAfter) && retryAfter > 0 ? { retryAfterMs: retryAfter * 1000 } : {};
  return fail("era-source-busy", `${response.url} answered ${response.status} ${response.statusText}`.trimEnd(), {
    hint: "the server may be overloaded: try again later, or with fewer parallel downloads (ERA_MAX_CONCURRENT_DOWNLOADS)",
    details,
  });
}

/** fetch says "fetch failed" and hides the reason in a chain of causes. */
function unreachable(error: unknown, url: string, signal: AbortSignal | undefined): unknown {
  throwIfStopped(signal);
  if (!(error instanceof TypeError || error instanceof DOMException) && !isNetworkError(error)) return error;
  const reason = innermost(error);
  const code = (reason as NodeJS.ErrnoException).code ?? "";
  const text = reason instanceof Error ? reason.message : String(reason);
  const message = `${url}: ${code === "" || text.includes(code) ? text : `${text} (${code})`}`;
  if (isCertificateProblem(code)) {
    const hint =
      "name the authority that signed it in NODE_EXTRA_CA_CERTS=/path/to/ca.pem; certificates are always verified";
    return fail("era-source-certificate", message, { hint, retryable: false, cause: error });
  }
  const hint = "check the address, the network and any proxy; the same command goes on where it stopped";
  return fail("era-source-unreachable", message, {
    hint,
    cause: error,
    ...(code === "ENOTFOUND" ? { retryable: false } : {}),
  });
}

function isNetworkError(error: unknown): boolean {
  return (
    error instanceof Error &&
    (typeof (error as NodeJS.ErrnoException).code === "string" || /within|nothing came/.test(error.message))
  );
}

function innermost(error: unknown): unknown {
  const cause = error instanceof Error ? error.cause : undefined;
  return cause === undefined ? error : innermost(cause);
}

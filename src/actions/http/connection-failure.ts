import { type Failure, failure } from "../../domain/failure.ts";

const WORDS: { readonly [code: string]: readonly [string, string] } = {
  ECONNREFUSED: ["nothing listens there (connection refused)", "start the server, or correct host and port"],
  ECONNRESET: ["the connection was reset before the answer was complete", "look at the server's log"],
  EPIPE: ["the connection was closed while the request was sent", "look at the server's log"],
  ETIMEDOUT: ["the host does not answer", "check the network path and firewalls"],
  EHOSTUNREACH: ["no route to the host", "check the network path"],
  ENETUNREACH: ["the network is unreachable", "check the network of this machine"],
  ENOTFOUND: ["the host name is unknown", "correct the host name"],
  EAI_AGAIN: ["the host name cannot be looked up now", "check DNS on this machine"],
  CERT_HAS_EXPIRED: ["its certificate has expired", "renew the server's certificate"],
  DEPTH_ZERO_SELF_SIGNED_CERT: ["its certificate is self-signed", 'name its authority with "caFile"'],
  SELF_SIGNED_CERT_IN_CHAIN: ["its certificate chain ends in an unknown authority", 'name the authority with "caFile"'],
  UNABLE_TO_VERIFY_LEAF_SIGNATURE: ["its certificate cannot be verified", 'name its authority with "caFile"'],
  ERR_TLS_CERT_ALTNAME_INVALID: ["its certificate is for another host name", "correct the host name"],
};

/** A call that did not get through, in words. `what` is method and URL. */
export function connectionFailure(what: string, error: unknown): Failure {
  const { code, message } = firstOf(error);
  const [words, hint] = WORDS[code ?? ""] ?? [code === undefined ? message : `${message} (${code})`, undefined];
  const isCertificate = code !== undefined && /CERT|SIGNED|LEAF/.test(code);
  return failure("http-unreachable", `${what}: ${words}`, {
    ...(hint === undefined ? {} : { hint }),
    ...(isCertificate ? { retryable: false } : {}),
    cause: error,
  });
}

/** A request that the server may have acted on, without an answer. Not retried: that could do it twice. */
export function lostAnswer(what: string, error: unknown): Failure {
  return failure("http-answer-lost", `${what}: sent, but no answer came back; the server may have acted on it`, {
    hint: "look at the server's state; repeat the step only when it did not happen",
    retryable: false,
    cause: error,
  });
}

/** Connecting to a name with several addresses fails with all of their errors; the first one is said. */
function firstOf(error: unknown): { code?: string; message: string } {
  const single = error instanceof AggregateError && error.errors.length > 0 ? error.errors[0] : error;
  const { code, message } = single as NodeJS.ErrnoException;
  return { ...(code === undefined ? {} : { code }), message: message || String(single) };
}

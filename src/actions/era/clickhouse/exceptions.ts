import { fail } from "../failed.ts";

type Known = { readonly code: string; readonly hint: string; readonly retryable: boolean };

const BUSY: Known = {
  code: "clickhouse-busy",
  hint: "the server is overloaded or restarting: try again later",
  retryable: true,
};
const DISK: Known = {
  code: "disk-full",
  hint: "free space on ClickHouse's disk, then run the same command again",
  retryable: false,
};
const ACCESS: Known = {
  code: "clickhouse-access",
  hint: "check CLICKHOUSE_USER and CLICKHOUSE_PASSWORD, and that this user may create, insert, alter and select in the database",
  retryable: false,
};

/** ClickHouse's error codes (src/Common/ErrorCodes.cpp) that say what the operator can do. */
const KNOWN: { readonly [code: number]: Known } = {
  159: BUSY, // TIMEOUT_EXCEEDED
  202: BUSY, // TOO_MANY_SIMULTANEOUS_QUERIES
  209: BUSY, // SOCKET_TIMEOUT
  210: BUSY, // NETWORK_ERROR
  241: BUSY, // MEMORY_LIMIT_EXCEEDED
  242: BUSY, // TABLE_IS_READ_ONLY
  252: BUSY, // TOO_MANY_PARTS
  319: BUSY, // UNKNOWN_STATUS_OF_INSERT
  394: BUSY, // QUERY_WAS_CANCELLED
  425: BUSY, // SYSTEM_ERROR
  473: BUSY, // DEADLOCK_AVOIDED
  999: BUSY, // KEEPER_EXCEPTION
  243: DISK, // NOT_ENOUGH_SPACE
  192: ACCESS, // UNKNOWN_USER
  193: ACCESS, // WRONG_PASSWORD
  194: ACCESS, // REQUIRED_PASSWORD
  497: ACCESS, // ACCESS_DENIED
  516: ACCESS, // AUTHENTICATION_FAILED
};

const OTHER: Known = {
  code: "clickhouse-refused",
  hint: "the message is ClickHouse's own; its server log says more",
  retryable: false,
};

/** What ClickHouse answered, as data. `code` is undefined when it was no exception of ClickHouse. */
export function clickhouseFailure(shown: string, code: number | undefined, message: string, cause: unknown): Error {
  const full = /No space left on device|\bENOSPC\b|NOT_ENOUGH_SPACE/.test(message);
  const known = full ? DISK : ((code === undefined ? undefined : KNOWN[code]) ?? OTHER);
  const text = message.split("\n")[0]!.slice(0, 1000);
  const { code: name, ...more } = known;
  return fail(name, `ClickHouse ${shown}: ${text}`, { ...more, details: { clickhouseCode: code ?? null }, cause });
}

/** No answer. A name that does not exist and a certificate that nobody vouches for do not mend themselves. */
export function clickhouseUnreachable(shown: string, code: string | undefined, reason: string, cause: unknown): Error {
  if (code !== undefined && isCertificateProblem(code)) {
    return fail("clickhouse-certificate", `ClickHouse ${shown}: its certificate is not trusted: ${reason} (${code})`, {
      hint: "name the authority that signed it in NODE_EXTRA_CA_CERTS=/path/to/ca.pem; certificates are always verified",
      retryable: false,
      cause,
    });
  }
  const text = code === undefined || reason.includes(code) ? reason : `${reason} (${code})`;
  return fail("clickhouse-unreachable", `ClickHouse ${shown} does not answer: ${text}`, {
    hint: "check that it runs and that the address is right (--clickhouse, or CLICKHOUSE_HOST and CLICKHOUSE_PORT)",
    ...(code === "ENOTFOUND" ? { retryable: false } : {}),
    cause,
  });
}

/** Node's names for certificates that cannot be verified (OpenSSL's X509_V_ERR_*) and for other troubles of TLS. */
export function isCertificateProblem(code: string): boolean {
  return /CERT|SELF_SIGNED|UNABLE_TO_VERIFY|HOSTNAME_MISMATCH|^ERR_TLS|^ERR_SSL/.test(code);
}

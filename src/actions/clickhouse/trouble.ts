import { failure } from "../../domain/failure.ts";
import { ClickHouseTrouble } from "./connection.ts";

type Known = readonly [code: string, hint: string, retryable: boolean];

const BUSY: Known = ["clickhouse-busy", "the server is overloaded or restarting; try again later", true];
const DISK: Known = ["disk-full", "free space on ClickHouse's disk, then resume the run", false];
const LOGIN: Known = ["clickhouse-access", 'check "user" and the secret under "password"', false];
const RIGHTS: Known = ["clickhouse-access", "grant this user what the message names, then resume the run", false];
const OTHER: Known = ["clickhouse-refused", "mend the statement; the message is ClickHouse's own", false];

/** ClickHouse's error codes (src/Common/ErrorCodes.cpp) that say what the operator can do. */
const KNOWN: { readonly [code: number]: Known } = {
  159: BUSY, // TIMEOUT_EXCEEDED
  202: BUSY, // TOO_MANY_SIMULTANEOUS_QUERIES
  209: BUSY, // SOCKET_TIMEOUT
  210: BUSY, // NETWORK_ERROR
  216: BUSY, // QUERY_WITH_SAME_ID_IS_ALREADY_RUNNING
  241: BUSY, // MEMORY_LIMIT_EXCEEDED
  242: BUSY, // TABLE_IS_READ_ONLY
  252: BUSY, // TOO_MANY_PARTS
  319: BUSY, // UNKNOWN_STATUS_OF_INSERT
  394: BUSY, // QUERY_WAS_CANCELLED
  473: BUSY, // DEADLOCK_AVOIDED
  999: BUSY, // KEEPER_EXCEPTION
  243: DISK, // NOT_ENOUGH_SPACE
  192: LOGIN, // UNKNOWN_USER
  193: LOGIN, // WRONG_PASSWORD
  194: LOGIN, // REQUIRED_PASSWORD
  516: LOGIN, // AUTHENTICATION_FAILED
  497: RIGHTS, // ACCESS_DENIED
};

/** ClickHouse answered with an exception. `code` is its number, where it gave one. */
export function refused(shown: string, code: number | undefined, message: string, cause: unknown): ClickHouseTrouble {
  const isFull = /No space left on device|NOT_ENOUGH_SPACE/.test(message);
  const [name, hint, retryable] = isFull ? DISK : ((code === undefined ? undefined : KNOWN[code]) ?? OTHER);
  const text = `ClickHouse ${shown}: ${message.trim().slice(0, 2000)}`;
  const details = { clickhouseCode: code ?? null };
  return new ClickHouseTrouble(failure(name, text, { hint, retryable, details, cause }), "refused");
}

const NEVER_SENT = new Set(["ECONNREFUSED", "ENOTFOUND", "EAI_AGAIN", "EHOSTUNREACH", "ENETUNREACH"]);

/** The connection failed; whether the statement got there is said by the kind of error. */
export function unreachable(shown: string, error: unknown): ClickHouseTrouble {
  const { code, message } = error as NodeJS.ErrnoException;
  const outcome =
    (code !== undefined && NEVER_SENT.has(code)) || /CERT|SIGNED|LEAF/.test(code ?? "") ? "not-sent" : "unheard";
  const reason = [message, code].filter((part) => part !== undefined && part !== "").join(", ");
  const hint = 'check that it runs and that "clickhouse" is its address';
  const text = `ClickHouse ${shown} does not answer: ${reason}`;
  return new ClickHouseTrouble(failure("clickhouse-unreachable", text, { hint, cause: error }), outcome);
}

/** The statement was broken off by a timeout, a stop or a shutdown. */
export function cancelled(shown: string): ClickHouseTrouble {
  return new ClickHouseTrouble(failure("cancelled", `ClickHouse ${shown}: the statement was broken off`), "unheard");
}

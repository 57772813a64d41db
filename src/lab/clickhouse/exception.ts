import type { ServerResponse } from "node:http";

/** An answer that ClickHouse gives as an exception: `Code: 60. DB::Exception: ...`. */
export class ClickHouseException extends Error {
  override readonly name = "ClickHouseException";
  readonly code: number;

  constructor(code: number, message: string) {
    const text = message.startsWith("Code: ") ? message : `Code: ${code}. DB::Exception: ${message}`;
    // Clients look for the name of the code at the end.
    super(/\([A-Z0-9_]+\)\s*$/.test(text) ? text : `${text} (STD_EXCEPTION)`);
    this.code = code;
  }
}

/** HTTP status per error code, as src/Server/HTTP/exceptionCodeToHTTPStatus.cpp has them. */
const STATUS: { readonly [code: number]: number } = {
  ...Object.fromEntries([516, 497, 192, 193].map((code) => [code, 403])),
  194: 401,
  ...Object.fromEntries([60, 81, 47, 46, 50, 34].map((code) => [code, 404])),
  ...Object.fromEntries([62, 6, 26, 27, 36, 38, 41, 53, 70, 72, 115, 452, 456, 457].map((code) => [code, 400])),
  48: 501,
  202: 429,
  159: 408,
  209: 408,
  241: 507,
  242: 503,
};

export function sendException(response: ServerResponse, { code, message }: ClickHouseException): void {
  const body = Buffer.from(`${message}\n`);
  response.writeHead(STATUS[code] ?? 500, {
    "content-type": "text/plain; charset=UTF-8",
    "content-length": body.length,
    "x-clickhouse-exception-code": String(code),
  });
  response.end(body);
}

import { randomUUID } from "node:crypto";
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import { ClickHouseException, sendException } from "./exception.ts";
import { type FacadeOptions, runStatement, StatusFault } from "./run-statement.ts";

/** ClickHouse's HTTP interface (https://clickhouse.com/docs/interfaces/http) in front of embedded ClickHouse. */
export function createFacade(options: FacadeOptions): Server {
  const server = createServer({ keepAliveTimeout: 10_000 }, (request, response) => {
    const search = new URL(request.url ?? "/", "http://localhost").searchParams;
    response.setHeader("x-clickhouse-query-id", search.get("query_id") ?? randomUUID());
    response.setHeader("x-clickhouse-server-display-name", "runsheet lab");
    response.setHeader("x-clickhouse-timezone", "UTC");
    answer(options, request, response, search).catch((error) => {
      if (response.destroyed) return;
      if (response.headersSent) response.destroy();
      else if (error instanceof StatusFault)
        response.writeHead(error.status, { connection: "close" }).end(error.message);
      else
        sendException(
          response,
          error instanceof ClickHouseException ? error : new ClickHouseException(1001, String(error)),
        );
    });
  });
  server.requestTimeout = 0;
  return server;
}

async function answer(
  options: FacadeOptions,
  request: IncomingMessage,
  response: ServerResponse,
  search: URLSearchParams,
) {
  const path = new URL(request.url ?? "/", "http://localhost").pathname;
  if (
    path === "/ping" ||
    path === "/replicas_status" ||
    (path === "/" && search.size === 0 && request.method === "GET")
  ) {
    return ping(options, response);
  }
  if (!mayEnter(options, request, search)) {
    const user = search.get("user") ?? "default";
    throw new ClickHouseException(
      516,
      `${user}: Authentication failed: password is incorrect, or there is no user with such name. (AUTHENTICATION_FAILED)`,
    );
  }
  if (search.has("session_id"))
    throw new ClickHouseException(48, "sessions are not supported by the lab's ClickHouse. (NOT_IMPLEMENTED)");
  await runStatement(options, request, response, search);
}

function ping({ faults }: FacadeOptions, response: ServerResponse): void {
  const fault = faults.take("ping");
  if (fault?.kind === "status") response.writeHead(fault.status).end();
  else response.end("Ok.\n");
}

function mayEnter({ login }: FacadeOptions, request: IncomingMessage, search: URLSearchParams): boolean {
  if (login === undefined) return true;
  const basic = /^Basic (.*)$/.exec(request.headers.authorization ?? "")?.[1];
  const [user, ...rest] = basic === undefined ? [] : Buffer.from(basic, "base64").toString("utf8").split(":");
  const given = {
    user: user ?? request.headers["x-clickhouse-user"] ?? search.get("user"),
    password: basic === undefined ? (request.headers["x-clickhouse-key"] ?? search.get("password")) : rest.join(":"),
  };
  return given.user === login.user && given.password === login.password;
}

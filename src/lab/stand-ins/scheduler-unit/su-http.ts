import { createHash } from "node:crypto";
import type { IncomingMessage, RequestListener, ServerResponse } from "node:http";
import type { SuEnvironment } from "./environment.ts";
import type { Route, Router } from "./router.ts";
import type { MessageRow, ProcessRow } from "./tables.ts";
import type { UnitStore } from "./unit-store.ts";

/**
 * A unit's HTTP API: `/`, `/timestamp`, `/health`, `/metrics`, `/TXID`, `/processes/ID`, `/ID/latest`, and POST `/`.
 * Data items are JSON here (`{ id?, target?, tags: [{name, value}], data }`) where the real unit takes signed binaries.
 */
export function unitHandler(environment: SuEnvironment, address: string, store: UnitStore): RequestListener {
  return respond(async (request, url) => {
    const path = url.pathname.split("/").slice(1).map(decodeURIComponent);
    if (request.method === "POST" && url.pathname === "/") return write(store, await itemOf(request));
    if (url.pathname === "/") return { status: 200, body: { timestamp: String(Date.now()), address } };
    if (url.pathname === "/health") return { status: 200 };
    if (url.pathname === "/timestamp") return timestamp(environment);
    if (url.pathname === "/metrics")
      return environment.enableMetrics ? { status: 200, text: "su_up 1\n" } : { status: 404 };
    if (path[0] === "processes" && path.length === 2) return found(await store.process(path[1]!), shownProcess);
    if (path.length === 2 && path[1] === "latest")
      return found((await store.messages(path[0]!, 1_000_000)).at(-1), shownMessage);
    if (path.length !== 1) return { status: 404 };
    const message = await store.message(path[0]!);
    if (message) return { status: 200, body: shownMessage(message) };
    if (!(await store.process(path[0]!))) return refused("Message or Process not found");
    const limit = Number(url.searchParams.get("limit") ?? 5_000);
    const rows = await store.messages(path[0]!, limit);
    const edges = rows.map((row) => ({ node: shownMessage(row), cursor: String(row.timestamp) }));
    return { status: 200, body: { page_info: { has_next_page: rows.length === limit }, edges } };
  });
}

/** The router's API: the same paths, answered with a redirect to the unit that has the process. */
export function routerHandler(router: Router): RequestListener {
  return respond(async (request, url) => {
    const processId = url.searchParams.get("process-id");
    if (url.pathname === "/health") return { status: 200 };
    if (request.method === "POST" && url.pathname === "/") {
      const item = await itemOf(request);
      const type = item?.tags?.find((tag) => tag.name === "Type")?.value;
      return redirect(await router.forItem({ type, target: item?.target, id: item?.id }), url);
    }
    const named = /^\/(?:processes\/)?([^/]+)/.exec(url.pathname)?.[1];
    const own = named && named !== "timestamp" ? await router.forProcess(decodeURIComponent(named)) : undefined;
    return redirect(own?.kind === "redirect" ? own : await router.forProcess(processId), url);
  });
}

type Reply = { readonly status: number; readonly body?: object; readonly text?: string; readonly location?: string };

type Item = {
  readonly id?: string;
  readonly target?: string;
  readonly tags?: readonly { readonly name: string; readonly value: string }[];
};

async function write(store: UnitStore, item: Item | undefined): Promise<Reply> {
  const tag = (name: string) => item?.tags?.find((one) => one.name === name)?.value;
  if (!item || tag("Data-Protocol") === undefined) return refused("Data-Protocol tag not present");
  const timestamp = Date.now();
  if (tag("Type") === "Process")
    return { status: 200, body: { timestamp, id: (await store.addProcess(item)).processId } };
  if (tag("Type") !== "Message") return refused("Type tag not present");
  if (!item.target || !(await store.process(item.target))) return refused("Process not found");
  return { status: 200, body: { timestamp, id: (await store.addMessage(item.target, item)).messageId } };
}

async function timestamp(environment: SuEnvironment): Promise<Reply> {
  try {
    const response = await fetch(new URL("/info", environment.gatewayUrl), { signal: AbortSignal.timeout(5_000) });
    const { height } = (await response.json()) as { height: number };
    return { status: 200, body: { timestamp: String(Date.now()), block_height: String(height).padStart(12, "0") } };
  } catch (error) {
    return refused(`failed to get network info: ${(error as Error).message}`);
  }
}

function shownMessage(row: MessageRow): object {
  const { processId, assignmentId, epoch, nonce, timestamp: at, data } = row;
  const assignment = {
    id: assignmentId,
    tags: [
      { name: "Process", value: processId },
      { name: "Epoch", value: String(epoch) },
      { name: "Nonce", value: String(nonce) },
      { name: "Timestamp", value: String(at) },
    ],
  };
  return { message: JSON.parse(data), assignment };
}

function shownProcess(row: ProcessRow): object {
  return { process_id: row.processId, timestamp: row.timestamp, ...JSON.parse(row.data) };
}

function found<T>(row: T | undefined, show: (row: T) => object): Reply {
  return row === undefined ? refused("not found") : { status: 200, body: show(row) };
}

function redirect(route: Route, url: URL): Reply {
  return route.kind === "refused"
    ? refused(route.why)
    : { status: 307, location: `${route.url}${url.pathname}${url.search}` };
}

function refused(error: string): Reply {
  return { status: 400, body: { error } };
}

async function itemOf(request: IncomingMessage): Promise<Item | undefined> {
  let body = "";
  for await (const chunk of request) body += chunk;
  try {
    return { id: itemId(body), ...(JSON.parse(body) as Item) };
  } catch {
    return undefined;
  }
}

/** A real data item's id follows from its signature; here it follows from its bytes. */
export function itemId(body: string): string {
  return createHash("sha256").update(body).digest("base64url");
}

function respond(answer: (request: IncomingMessage, url: URL) => Promise<Reply>): RequestListener {
  return async (request: IncomingMessage, response: ServerResponse) => {
    const reply = await answer(request, new URL(request.url ?? "/", "http://su")).catch((error: unknown) =>
      refused(String(error)),
    );
    const text = reply.text ?? (reply.body === undefined ? "" : JSON.stringify(reply.body));
    const headers = {
      ...(reply.body && { "content-type": "application/json" }),
      ...(reply.location && { location: reply.location }),
    };
    response.writeHead(reply.status, { ...headers, "content-length": Buffer.byteLength(text) });
    response.end(text);
  };
}

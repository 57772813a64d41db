import type { IncomingMessage, ServerResponse } from "node:http";
import { createServer } from "node:https";
import type { AddressInfo } from "node:net";
import type { Duplex } from "node:stream";
import { closeServer } from "../nodes/gate.ts";
import type { Certificate } from "./certificate.ts";
import type { Kubelet } from "./controllers/kubelet.ts";
import { discovery } from "./discovery.ts";
import { createExecSockets, refuseUpgrade } from "./exec/exec-socket.ts";
import type { LabProgram } from "./exec/pod-bin.ts";
import { processPrograms, runProcessProgram } from "./exec/process-table.ts";
import { runInPod } from "./exec/run-in-pod.ts";
import { type KubeFaults, takeHttpFault } from "./faults.ts";
import { findContainer } from "./find-container.ts";
import type { KubeObject } from "./object.ts";
import { openApi } from "./openapi.ts";
import type { PodHost } from "./pod-host.ts";
import { badRequest, isRefusal, type Refusal, refuse, statusObject } from "./refusal.ts";
import { bodyOf, parseRequest, type ResourceRequest } from "./request.ts";
import { logs } from "./routes/logs.ts";
import { read } from "./routes/read.ts";
import { evict, isForbidden, review, scale } from "./routes/subresources.ts";
import { watch } from "./routes/watch.ts";
import { create, markDeleted, patch, remove, replace, type Written } from "./routes/write.ts";
import type { Store } from "./store.ts";

/** kubectl 1.30 and newer speak WebSocket; the version also decides which binary gcloud's dispatching kubectl starts. */
export const serverVersion = "v1.32.4";

export type ApiServerOptions = {
  readonly store: Store;
  readonly kubelet: Kubelet;
  readonly faults: KubeFaults;
  /** Bearer token that every request must carry. */
  readonly token: string;
  readonly certificate: Certificate;
  readonly programs: readonly LabProgram[];
  hostOf(pod: KubeObject): PodHost | undefined;
  /** Called after each change that a request made. */
  changed(): void;
};

export type ApiServer = { readonly url: string; close(): Promise<void> };

export async function startApiServer(options: ApiServerOptions): Promise<ApiServer> {
  const { store, kubelet, faults, token, certificate, programs, hostOf, changed } = options;
  const sockets = createExecSockets();
  const server = createServer(certificate, (request, response) => {
    answer(request, response).catch((error: unknown) => {
      // A client that went away in the middle is its own business; anything else is a bug of the lab.
      if (!response.destroyed) reply(response, refuse(500, "InternalError", String(error)));
    });
  });
  server.on("upgrade", upgrade);
  server.keepAliveTimeout = 0;
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const url = `https://127.0.0.1:${(server.address() as AddressInfo).port}`;
  return {
    url,
    async close() {
      sockets.close();
      await closeServer(server);
    },
  };

  async function answer(request: IncomingMessage, response: ServerResponse) {
    const at = new URL(request.url ?? "/", url);
    const body = await bodyOf(request);
    if (request.headers.authorization !== `Bearer ${token}`)
      return reply(response, refuse(401, "Unauthorized", "Unauthorized"));
    const fault = takeHttpFault(faults, request.method ?? "GET", at.pathname);
    if (fault === "reset") return void request.socket.resetAndDestroy();
    if (typeof fault === "number")
      return reply(response, refuse(fault, "InternalError", "a fault of the lab's scenario"));
    const general = generalAnswer(at.pathname, body, request.method ?? "GET");
    if (general) return reply(response, { status: request.method === "POST" ? 201 : 200, object: general });
    if (/^\/(healthz|readyz|livez)/.test(at.pathname)) return void response.end("ok");
    const asked = parseRequest(request, at, body);
    if (!asked) return askedByProgram(at, body, response);
    if (isForbidden(faults.forbidden ?? [], verbOf(asked), asked.kind.plural)) return reply(response, forbid(asked));
    if (asked.method === "GET" && asked.subresource === "log") return answerLogs(asked, response);
    if (asked.method === "GET" && /^(true|1)$/.test(asked.query.get("watch") ?? ""))
      return watch(store, asked, response);
    const outcome = resource(asked);
    if (fault === "reset-after") return void request.socket.resetAndDestroy();
    reply(response, outcome);
  }

  function resource(asked: ResourceRequest): Written {
    const { method, subresource, name } = asked;
    const outcome = ((): Written => {
      if (subresource === "scale") return scale(store, asked);
      if (subresource === "eviction" && method === "POST") return evict(store, asked, deletePod);
      if (method === "GET" && (subresource === undefined || subresource === "status")) return got(read(store, asked));
      if (method === "POST" && name === undefined) return create(store, asked);
      if (method === "PUT") return replace(store, asked);
      if (method === "PATCH") return patch(store, asked);
      if (method === "DELETE" && name !== undefined) return remove(store, asked, deletePod);
      return refuse(405, "MethodNotAllowed", "the server does not allow this method on the requested resource");
    })();
    if (method !== "GET") changed();
    return outcome;
  }

  function deletePod(pod: KubeObject, graceSeconds: number) {
    return markDeleted(store, pod, graceSeconds);
  }

  function answerLogs(asked: ResourceRequest, response: ServerResponse) {
    const found = findContainer(
      store,
      kubelet,
      asked.namespace ?? "",
      asked.name ?? "",
      asked.query.get("container"),
      asked.query.get("previous") === "true",
    );
    if (isRefusal(found)) return reply(response, found);
    logs(store, asked, found.pod, found.container, response);
  }

  function upgrade(request: IncomingMessage, socket: Duplex, head: Buffer) {
    socket.on("error", () => undefined);
    const at = new URL(request.url ?? "/", url);
    const match = /^\/api\/v1\/namespaces\/([^/]+)\/pods\/([^/]+)\/exec$/.exec(at.pathname);
    const verb = at.pathname.split("/").at(-1);
    if (request.headers.authorization !== `Bearer ${token}`)
      return refuseUpgrade(socket, refuse(401, "Unauthorized", "Unauthorized"));
    if (!match) return refuseUpgrade(socket, badRequest(`the lab has no ${verb}, only exec`));
    if (String(request.headers.upgrade).toLowerCase() !== "websocket") {
      return refuseUpgrade(socket, badRequest("the lab speaks exec over WebSocket only: kubectl 1.30 or newer"));
    }
    const fault = takeHttpFault(faults, "EXEC", at.pathname);
    if (fault !== undefined) return void socket.destroy();
    const found = findContainer(store, kubelet, match[1]!, match[2]!, at.searchParams.get("container"), false);
    if (isRefusal(found)) return refuseUpgrade(socket, found);
    const host = hostOf(found.pod);
    if (!host) return refuseUpgrade(socket, badRequest("nothing runs in this pod"));
    sockets.accept(request, socket, head, ({ stdout, stderr, onStdin, closed }) =>
      runInPod({
        argv: at.searchParams.getAll("command"),
        hostname: found.pod.metadata.name,
        host,
        container: found.container,
        programs,
        ask: {
          LAB_ASK_URL: `${url}/lab/pods/${match[1]}/${match[2]}/processes`,
          LAB_ASK_TOKEN: token,
          LAB_ASK_CA: certificate.cert,
        },
        onStdout: stdout,
        onStderr: at.searchParams.get("tty") === "true" ? stdout : stderr,
        ...(at.searchParams.get("stdin") === "true" && { onStdin }),
        signal: AbortSignal.any([closed, found.container.ended]),
      }),
    );
  }

  /** What `pkill` and its like ask from inside a pod's shell script. */
  function askedByProgram(at: URL, body: string, response: ServerResponse) {
    const match = /^\/lab\/pods\/([^/]+)\/([^/]+)\/processes$/.exec(at.pathname);
    const argv = match ? (JSON.parse(body) as string[]) : [];
    const found = match && findContainer(store, kubelet, match[1]!, match[2]!, null, false);
    if (!found || isRefusal(found) || !processPrograms.includes(argv[0] ?? "")) {
      return reply(response, refuse(404, "NotFound", "the server could not find the requested resource"));
    }
    reply(response, { status: 200, object: runProcessProgram(argv, match[2]!, found.container) });
  }

  function generalAnswer(path: string, body: string, method: string): object | undefined {
    if (path === "/version") {
      const [, major, minor] = /^v(\d+)\.(\d+)/.exec(serverVersion) ?? [];
      return {
        major,
        minor,
        gitVersion: serverVersion,
        gitTreeState: "clean",
        goVersion: "go1.23",
        platform: "linux/amd64",
      };
    }
    if (method === "POST") return review(path, body, faults.forbidden ?? []);
    return discovery(path) ?? openApi(path);
  }
}

function verbOf({ method, subresource, name, query }: ResourceRequest): string {
  if (subresource === "eviction") return "create";
  if (method === "GET") return query.get("watch") ? "watch" : name === undefined ? "list" : "get";
  return { POST: "create", PUT: "update", PATCH: "patch", DELETE: "delete" }[method] ?? method.toLowerCase();
}

function forbid(asked: ResourceRequest): Refusal {
  const { kind, name = "", namespace } = asked;
  const where = namespace ? ` in the namespace "${namespace}"` : "";
  const what = `User "lab-operator" cannot ${verbOf(asked)} resource "${kind.plural}" in API group "${kind.group}"${where}`;
  return refuse(403, "Forbidden", `${kind.plural} "${name}" is forbidden: ${what}`);
}

function got(found: object | Refusal): Written {
  return isRefusal(found) ? found : { status: 200, object: found };
}

function reply(response: ServerResponse, outcome: Written): void {
  const [status, object] = isRefusal(outcome)
    ? [outcome.code, statusObject(outcome)]
    : [outcome.status, outcome.object];
  const body = JSON.stringify(object);
  response.writeHead(status, { "content-type": "application/json", "content-length": Buffer.byteLength(body) });
  response.end(body);
}

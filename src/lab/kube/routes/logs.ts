import type { ServerResponse } from "node:http";
import type { LogEntry } from "../../nodes/log-buffer.ts";
import type { KubeObject } from "../object.ts";
import type { PodContainer } from "../pod-host.ts";
import type { ResourceRequest } from "../request.ts";
import type { Store } from "../store.ts";

/** `/log`: what the container wrote, and with `follow` what it writes, until the pod is gone. */
export function logs(
  store: Store,
  request: ResourceRequest,
  pod: KubeObject,
  container: PodContainer,
  response: ServerResponse,
): void {
  const { query } = request;
  const stamped = query.get("timestamps") === "true";
  const text = ({ atMs, line }: LogEntry) => `${stamped ? `${new Date(atMs).toISOString()} ` : ""}${line}\n`;
  response.writeHead(200, { "content-type": "text/plain" });
  let written = 0;
  const limit = Number(query.get("limitBytes") ?? Number.POSITIVE_INFINITY);
  for (const entry of selected(container.log.entries(), query)) {
    const line = text(entry);
    if (written + line.length > limit) break;
    written += line.length;
    response.write(line);
  }
  if (query.get("follow") !== "true") return void response.end();
  response.flushHeaders();
  const stopLog = container.log.follow((entry) => void response.write(text(entry)));
  const stopPods = store.onChange(({ type, plural, object }) => {
    if (plural === "pods" && type === "DELETED" && object.metadata.uid === pod.metadata.uid) response.end();
  });
  response.on("close", () => {
    stopLog();
    stopPods();
  });
}

function selected(entries: readonly LogEntry[], query: URLSearchParams): readonly LogEntry[] {
  const seconds = query.get("sinceSeconds");
  const time = query.get("sinceTime");
  const tail = query.get("tailLines");
  const sinceMs = seconds ? Date.now() - Number(seconds) * 1000 : time ? Date.parse(time) : 0;
  const recent = sinceMs > 0 ? entries.filter(({ atMs }) => atMs >= sinceMs) : entries;
  return tail === null ? recent : recent.slice(Math.max(0, recent.length - Number(tail)));
}

import type { ServerResponse } from "node:http";
import { statusObject } from "../refusal.ts";
import type { ResourceRequest } from "../request.ts";
import type { Change, Store } from "../store.ts";
import { tableOf } from "../table.ts";
import { select } from "./read.ts";

/** GET with `watch=true`: what changed since a version, then what changes, until the client goes or the time is up. */
export function watch(store: Store, request: ResourceRequest, response: ServerResponse): void {
  const { kind, namespace, name, query, wantsTable } = request;
  const whole = query.get("includeObject") === "Object";
  response.writeHead(200, { "content-type": "application/json", "transfer-encoding": "chunked" });
  response.flushHeaders();
  const from = query.get("resourceVersion");
  const missed = from && from !== "0" ? store.since(Number(from)) : [];
  if (missed === undefined) {
    const expired = { code: 410, reason: "Expired", message: `too old resource version: ${from} (${store.version()})` };
    response.end(`${JSON.stringify({ type: "ERROR", object: statusObject(expired) })}\n`);
    return;
  }
  if (!from || from === "0") {
    for (const object of store.list(kind.plural, namespace))
      send({ type: "ADDED", plural: kind.plural, object, version: 0 });
  }
  for (const change of missed) send(change);
  const stop = store.onChange(send);
  const seconds = Number(query.get("timeoutSeconds") ?? 0);
  const timer = seconds > 0 ? setTimeout(() => response.end(), seconds * 1000) : undefined;
  response.on("close", () => {
    stop();
    clearTimeout(timer);
  });

  function send({ type, plural, object, version }: Change) {
    if (plural !== kind.plural || (namespace !== undefined && object.metadata.namespace !== namespace)) return;
    if ((name !== undefined && object.metadata.name !== name) || select([object], query).length === 0) return;
    const shown = wantsTable ? tableOf(plural, [object], version, whole) : object;
    response.write(`${JSON.stringify({ type, object: shown })}\n`);
  }
}

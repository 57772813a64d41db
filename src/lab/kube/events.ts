import { randomBytes } from "node:crypto";
import { type KubeObject, kubeTime } from "./object.ts";
import { eventKind } from "./pod-objects.ts";
import { isRefusal } from "./refusal.ts";
import type { Store } from "./store.ts";

export type Announce = (about: KubeObject, type: "Normal" | "Warning", reason: string, message: string) => void;

/** Events as kubectl shows them; an event that repeats is counted, not listed again. */
export function createAnnounce(store: Store, component = "lab"): Announce {
  return (about, type, reason, message) => {
    const namespace = about.metadata.namespace ?? "default";
    const { name, uid } = about.metadata;
    const same = store
      .list("events", namespace)
      .find((event) => event.reason === reason && event.message === message && involvedUid(event) === uid);
    const lastTimestamp = kubeTime();
    if (same) {
      store.update(eventKind, { ...same, lastTimestamp, count: Number(same.count) + 1 });
      return;
    }
    const involvedObject = { kind: about.kind, apiVersion: about.apiVersion, name, namespace, uid };
    const created = store.create(eventKind, {
      metadata: { name: `${name}.${randomBytes(8).toString("hex")}`, namespace },
      involvedObject,
      reason,
      message,
      type,
      count: 1,
      firstTimestamp: lastTimestamp,
      lastTimestamp,
      source: { component },
      reportingComponent: component,
    });
    if (isRefusal(created)) throw new Error(created.message);
  };
}

function involvedUid(event: KubeObject): string | undefined {
  return (event.involvedObject as { uid?: string } | undefined)?.uid;
}

import { createHash } from "node:crypto";
import type { Announce } from "../events.ts";
import type { KubeObject } from "../object.ts";
import { isReady, podKind, revisionKind, statefulSetKind } from "../pod-objects.ts";
import { isRefusal } from "../refusal.ts";
import type { Store } from "../store.ts";

/**
 * The StatefulSet controller: keeps `replicas` pods with stable names. With `OnDelete` a changed template reaches a pod
 * only when somebody deletes it; with `RollingUpdate` it replaces them itself, highest ordinal first, each ready before
 * the next.
 */
export type StatefulSetController = { reconcile(): void };

export function createStatefulSetController(
  store: Store,
  announce: Announce,
  deletePod: (pod: KubeObject) => void,
): StatefulSetController {
  return {
    reconcile() {
      for (const set of store.list("statefulsets")) if (!set.metadata.deletionTimestamp) reconcileSet(set);
    },
  };

  function reconcileSet(set: KubeObject) {
    const revision = recordRevision(set);
    const replicas = Number(set.spec?.replicas ?? 1);
    const parallel = set.spec?.podManagementPolicy === "Parallel";
    const pods = ownPods(set);
    for (const pod of pods) if (ordinalOf(pod) >= replicas && !pod.metadata.deletionTimestamp) deletePod(pod);
    for (let ordinal = 0; ordinal < replicas; ordinal++) {
      const pod = pods.find((candidate) => ordinalOf(candidate) === ordinal);
      if (!pod) createPod(set, ordinal, revision);
      if (!parallel && !(pod && isReady(pod))) break;
    }
    if (set.spec?.updateStrategy?.type !== "OnDelete") roll(set, revision, replicas);
    writeStatus(set, revision);
  }

  /** One pod of an older revision is replaced, provided that all others are ready. */
  function roll(set: KubeObject, revision: string, replicas: number) {
    const partition = Number(set.spec?.updateStrategy?.rollingUpdate?.partition ?? 0);
    const pods = ownPods(set).sort((a, b) => ordinalOf(b) - ordinalOf(a));
    if (pods.length < replicas || pods.some((pod) => pod.metadata.deletionTimestamp)) return;
    for (const pod of pods) {
      const current = revisionOf(pod) === revision;
      if (current && !isReady(pod)) return;
      if (!current && ordinalOf(pod) >= partition) return deletePod(pod);
    }
  }

  function createPod(set: KubeObject, ordinal: number, revision: string) {
    const name = `${set.metadata.name}-${ordinal}`;
    const template = structuredClone(set.spec?.template ?? {});
    const { uid = "" } = set.metadata;
    const created = store.create(podKind, {
      metadata: {
        name,
        namespace: set.metadata.namespace!,
        labels: {
          ...template.metadata?.labels,
          "controller-revision-hash": revision,
          "statefulset.kubernetes.io/pod-name": name,
          "apps.kubernetes.io/pod-index": String(ordinal),
        },
        ...(template.metadata?.annotations && { annotations: template.metadata.annotations }),
        ownerReferences: [
          { apiVersion: "apps/v1", kind: "StatefulSet", name: set.metadata.name, uid, controller: true },
        ],
      },
      spec: { ...template.spec, hostname: name },
      status: { phase: "Pending", qosClass: "Burstable", conditions: [] },
    });
    if (!isRefusal(created)) {
      const message = `create Pod ${name} in StatefulSet ${set.metadata.name} successful`;
      announce(set, "Normal", "SuccessfulCreate", message);
    }
  }

  function recordRevision(set: KubeObject): string {
    const text = JSON.stringify(set.spec?.template ?? {});
    const hash = createHash("sha256").update(text).digest("hex").slice(0, 10);
    const name = `${set.metadata.name}-${hash}`;
    const namespace = set.metadata.namespace!;
    const known = store.list("controllerrevisions", namespace).filter((entry) => owner(entry) === set.metadata.uid);
    const newest = Math.max(0, ...known.map((entry) => Number(entry.revision)));
    const same = known.find((entry) => entry.metadata.name === name);
    if (same && Number(same.revision) < newest) store.update(revisionKind, { ...same, revision: newest + 1 });
    if (same) return name;
    const { uid = "" } = set.metadata;
    store.create(revisionKind, {
      metadata: {
        name,
        namespace,
        labels: set.spec?.selector?.matchLabels ?? {},
        ownerReferences: [
          { apiVersion: "apps/v1", kind: "StatefulSet", name: set.metadata.name, uid, controller: true },
        ],
      },
      revision: newest + 1,
      data: { spec: { template: { ...set.spec?.template, $patch: "replace" } } } as never,
    });
    return name;
  }

  function writeStatus(set: KubeObject, revision: string) {
    const current = store.get("statefulsets", set.metadata.namespace, set.metadata.name);
    if (!current) return;
    const pods = ownPods(current);
    const ready = pods.filter(isReady).length;
    const updated = pods.filter((pod) => revisionOf(pod) === revision).length;
    const settled = updated === pods.length ? revision : (current.status?.currentRevision ?? revision);
    store.update(statefulSetKind, {
      ...current,
      status: {
        observedGeneration: current.metadata.generation,
        replicas: pods.length,
        readyReplicas: ready,
        availableReplicas: ready,
        currentReplicas: pods.filter((pod) => revisionOf(pod) === settled).length,
        updatedReplicas: updated,
        currentRevision: settled,
        updateRevision: revision,
        collisionCount: 0,
      },
    });
  }

  function ownPods(set: KubeObject): KubeObject[] {
    return store.list("pods", set.metadata.namespace).filter((pod) => owner(pod) === set.metadata.uid);
  }
}

export function owner(object: KubeObject): string | undefined {
  return object.metadata.ownerReferences?.find((reference) => reference.controller)?.uid;
}

function revisionOf(pod: KubeObject): string | undefined {
  return pod.metadata.labels?.["controller-revision-hash"];
}

export function ordinalOf(pod: KubeObject): number {
  return Number(/-(\d+)$/.exec(pod.metadata.name)?.[1] ?? 0);
}

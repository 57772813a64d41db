import type { Announce } from "../events.ts";
import type { KubeObject } from "../object.ts";
import { podKind, withCondition } from "../pod-objects.ts";
import type { Store } from "../store.ts";
import { ordinalOf } from "./stateful-set.ts";

const zoneLabel = "topology.kubernetes.io/zone";

/**
 * Gives pods to nodes. A pod of a set has its volume in one zone (`zones[ordinal]`), as cloud disks do, so a tainted or
 * cordoned node in that zone leaves it nowhere to go.
 */
export type Scheduler = { reconcile(): void };

export function createScheduler(store: Store, announce: Announce, zones: readonly string[]): Scheduler {
  return {
    reconcile() {
      for (const pod of store.list("pods")) {
        if (!pod.spec?.nodeName && !pod.metadata.deletionTimestamp) place(pod);
      }
    },
  };

  function place(pod: KubeObject) {
    const zone = zones[ordinalOf(pod) % zones.length];
    const nodes = store.list("nodes");
    const inZone = nodes.filter((node) => node.metadata.labels?.[zoneLabel] === zone);
    const free = inZone.find((node) => !node.spec?.unschedulable && untolerated(node, pod).length === 0);
    if (free) {
      const placed = withCondition(
        { ...pod, spec: { ...pod.spec, nodeName: free.metadata.name } },
        "PodScheduled",
        "True",
      );
      const saved = store.update(podKind, placed);
      const message = `Successfully assigned ${pod.metadata.namespace}/${pod.metadata.name} to ${free.metadata.name}`;
      announce(saved, "Normal", "Scheduled", message);
      return;
    }
    const message = whyNot(pod, nodes, inZone);
    store.update(podKind, withCondition(pod, "PodScheduled", "False", { reason: "Unschedulable", message }));
    const told = store.list("events", pod.metadata.namespace).some((event) => {
      const about = event.involvedObject as { uid?: string };
      return about.uid === pod.metadata.uid && event.message === message;
    });
    if (!told) announce(pod, "Warning", "FailedScheduling", message);
  }

  function whyNot(pod: KubeObject, nodes: readonly KubeObject[], inZone: readonly KubeObject[]): string {
    const reasons = inZone.map((node) => {
      const taint = untolerated(node, pod)[0];
      if (taint) return `1 node(s) had untolerated taint {${taint.key}: ${taint.value ?? ""}}`;
      return "1 node(s) were unschedulable";
    });
    const elsewhere = nodes.length - inZone.length;
    if (elsewhere > 0) reasons.push(`${elsewhere} node(s) had volume node affinity conflict`);
    const advice = "preemption: 0/3 nodes are available: Preemption is not helpful for scheduling.";
    return `0/${nodes.length} nodes are available: ${reasons.join(", ")}. ${advice}`;
  }
}

type Taint = { readonly key: string; readonly value?: string; readonly effect: string };

/** Taints of the node that keep this pod away. */
function untolerated(node: KubeObject, pod: KubeObject): Taint[] {
  const taints = (node.spec?.taints ?? []) as Taint[];
  const tolerations = (pod.spec?.tolerations ?? []) as {
    key?: string;
    operator?: string;
    value?: string;
    effect?: string;
  }[];
  return taints.filter(
    (taint) =>
      taint.effect !== "PreferNoSchedule" &&
      !tolerations.some(
        (toleration) =>
          (toleration.key === undefined || toleration.key === taint.key) &&
          (toleration.operator === "Exists" || toleration.value === taint.value) &&
          (toleration.effect === undefined || toleration.effect === taint.effect),
      ),
  );
}

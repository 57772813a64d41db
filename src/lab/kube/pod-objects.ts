import { findKind } from "./kinds.ts";
import { type KubeObject, kubeTime } from "./object.ts";

export const podKind = findKind("", "pods")!;
export const nodeKind = findKind("", "nodes")!;
export const eventKind = findKind("", "events")!;
export const endpointsKind = findKind("", "endpoints")!;
export const statefulSetKind = findKind("apps", "statefulsets")!;
export const revisionKind = findKind("apps", "controllerrevisions")!;

export type ConditionType = "PodScheduled" | "Initialized" | "ContainersReady" | "Ready";

export function condition(object: KubeObject, type: string): string | undefined {
  const conditions = (object.status?.conditions ?? []) as { type: string; status: string }[];
  return conditions.find((entry) => entry.type === type)?.status;
}

export function isReady(pod: KubeObject): boolean {
  return condition(pod, "Ready") === "True" && !pod.metadata.deletionTimestamp;
}

/** The pod with a condition set; its transition time moves only when the status does. */
export function withCondition(
  pod: KubeObject,
  type: ConditionType,
  status: "True" | "False",
  more: object = {},
): KubeObject {
  const conditions = (pod.status?.conditions ?? []) as { type: string; status: string; lastTransitionTime: string }[];
  const old = conditions.find((entry) => entry.type === type);
  const lastTransitionTime = old?.status === status ? old.lastTransitionTime : kubeTime();
  const next = { type, status, lastProbeTime: null, lastTransitionTime, ...more };
  return withStatus(pod, { conditions: [...conditions.filter((entry) => entry.type !== type), next] });
}

export function withStatus(pod: KubeObject, status: object): KubeObject {
  return { ...pod, status: { ...pod.status, ...status } };
}

/** Container statuses of a pod whose only simulated container is in `state`. */
export function containerStatuses(pod: KubeObject, state: object, ready: boolean, restartCount: number): object[] {
  const containers = (pod.spec?.containers ?? []) as { name: string; image: string }[];
  return containers.map(({ name, image }) => ({
    name,
    image,
    imageID: `lab://${image}`,
    ready,
    started: ready,
    restartCount,
    state,
    lastState: {},
  }));
}

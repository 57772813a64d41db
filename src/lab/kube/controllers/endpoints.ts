import type { KubeObject } from "../object.ts";
import { endpointsKind, isReady } from "../pod-objects.ts";
import { hasLabels } from "../selectors.ts";
import type { Store } from "../store.ts";

/** Lists behind each service the pods that match its selector and are ready: taking the label off a pod closes it. */
export function reconcileEndpoints(store: Store): void {
  for (const service of store.list("services")) {
    const selector = service.spec?.selector as Record<string, string> | undefined;
    if (!selector) continue;
    const { namespace, name } = service.metadata;
    const matching = store.list("pods", namespace).filter((pod) => hasLabels(pod, selector) && pod.status?.podIP);
    const ports = (service.spec?.ports ?? []).map((port: { name?: string; targetPort?: number; port: number }) => ({
      ...(port.name && { name: port.name }),
      port: port.targetPort ?? port.port,
      protocol: "TCP",
    }));
    const ready = matching.filter(isReady).map(address);
    const rest = matching.filter((pod) => !isReady(pod)).map(address);
    const subset = {
      ...(ready.length > 0 && { addresses: ready }),
      ...(rest.length > 0 && { notReadyAddresses: rest }),
      ports,
    };
    const subsets = matching.length === 0 ? [] : [subset];
    const existing = store.get("endpoints", namespace, name);
    if (existing) store.update(endpointsKind, { ...existing, subsets });
    else store.create(endpointsKind, { metadata: { name, namespace: namespace! }, subsets });
  }
}

function address(pod: KubeObject): object {
  const { name, namespace, uid } = pod.metadata;
  return { ip: pod.status?.podIP, nodeName: pod.spec?.nodeName, targetRef: { kind: "Pod", name, namespace, uid } };
}

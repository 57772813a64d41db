import type { Kubelet } from "./controllers/kubelet.ts";
import type { KubeObject } from "./object.ts";
import type { PodContainer } from "./pod-host.ts";
import { podKind } from "./pod-objects.ts";
import { badRequest, notFound, type Refusal } from "./refusal.ts";
import type { Store } from "./store.ts";

/** The running (or the previous) container of a pod, or why there is none. */
export function findContainer(
  store: Store,
  kubelet: Kubelet,

  namespace: string,
  name: string,
  container: string | null,
  previous: boolean,
): { pod: KubeObject; container: PodContainer } | Refusal {
  const pod = store.get("pods", namespace, name);
  if (!pod) return notFound(podKind, name);
  const names = ((pod.spec?.containers ?? []) as { name: string }[]).map((entry) => entry.name);
  const chosen = container ?? names[0] ?? "";
  if (!names.includes(chosen)) return badRequest(`container ${chosen} is not valid for pod ${name}`);
  const running = previous ? kubelet.previous(namespace, name) : kubelet.container(pod.metadata.uid ?? "");
  if (running) return { pod, container: running };
  if (previous) return badRequest(`previous terminated container "${chosen}" in pod "${name}" not found`);
  const waiting = pod.status?.containerStatuses?.[0]?.state?.waiting?.reason ?? "ContainerCreating";
  return badRequest(`container "${chosen}" in pod "${name}" is waiting to start: ${waiting}`);
}

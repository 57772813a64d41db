/** One resource type that the server knows. */
export type Kind = {
  readonly plural: string;
  readonly group: string;
  readonly kind: string;
  readonly short: readonly string[];
  readonly namespaced: boolean;
  readonly subresources: readonly Subresource[];
  readonly categories?: readonly string[];
};

export type Subresource = {
  readonly name: string;
  readonly kind: string;
  readonly group?: string;
  readonly version?: string;
};

const status = (kind: string): Subresource => ({ name: "status", kind });

export const kinds: readonly Kind[] = [
  {
    ...core("pods", "Pod", ["po"]),
    categories: ["all"],
    subresources: [
      { name: "log", kind: "Pod" },
      { name: "exec", kind: "PodExecOptions" },
      { name: "eviction", kind: "Eviction", group: "policy", version: "v1" },
      status("Pod"),
    ],
  },
  core("configmaps", "ConfigMap", ["cm"]),
  core("secrets", "Secret", []),
  { ...core("services", "Service", ["svc"]), categories: ["all"] },
  core("endpoints", "Endpoints", ["ep"]),
  core("events", "Event", ["ev"]),
  core("persistentvolumeclaims", "PersistentVolumeClaim", ["pvc"]),
  { ...core("persistentvolumes", "PersistentVolume", ["pv"]), namespaced: false },
  { ...core("nodes", "Node", ["no"]), namespaced: false, subresources: [status("Node")] },
  { ...core("namespaces", "Namespace", ["ns"]), namespaced: false },
  {
    ...core("statefulsets", "StatefulSet", ["sts"]),
    group: "apps",
    categories: ["all"],
    subresources: [{ name: "scale", kind: "Scale", group: "autoscaling", version: "v1" }, status("StatefulSet")],
  },
  { ...core("daemonsets", "DaemonSet", ["ds"]), group: "apps", categories: ["all"] },
  { ...core("controllerrevisions", "ControllerRevision", []), group: "apps" },
  { ...core("poddisruptionbudgets", "PodDisruptionBudget", ["pdb"]), group: "policy" },
  { ...core("leases", "Lease", []), group: "coordination.k8s.io" },
];

/** Groups in the order of discovery; all of them have the one version v1. */
export const groups = ["apps", "policy", "coordination.k8s.io", "authorization.k8s.io", "authentication.k8s.io"];

export function findKind(group: string, plural: string): Kind | undefined {
  return kinds.find((kind) => kind.plural === plural && kind.group === group);
}

/** `v1` or `apps/v1`. */
export function apiVersionOf(kind: Kind): string {
  return kind.group === "" ? "v1" : `${kind.group}/v1`;
}

/** How error messages name a resource: `pods`, `statefulsets.apps`. */
export function qualifiedName(kind: Kind): string {
  return kind.group === "" ? kind.plural : `${kind.plural}.${kind.group}`;
}

function core(plural: string, kind: string, short: readonly string[]): Kind {
  return { plural, group: "", kind, short, namespaced: true, subresources: [] };
}

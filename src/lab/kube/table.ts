import type { KubeObject } from "./object.ts";

type Column = {
  readonly name: string;
  readonly wide?: boolean;
  readonly cell: (object: KubeObject) => string | number;
};

/** The server-side tables that `kubectl get` prints. `whole` objects go along for those who sort by their fields. */
export function tableOf(plural: string, objects: readonly KubeObject[], version: number, whole: boolean): object {
  const shown = columns[plural] ?? [name, age];
  return {
    kind: "Table",
    apiVersion: "meta.k8s.io/v1",
    metadata: { resourceVersion: String(version) },
    columnDefinitions: shown.map((column) => ({
      name: column.name,
      type: "string",
      format: column.name === "Name" ? "name" : "",
      description: "",
      priority: column.wide ? 1 : 0,
    })),
    rows: objects.map((object) => ({
      cells: shown.map((column) => column.cell(object)),
      object: whole
        ? object
        : { kind: "PartialObjectMetadata", apiVersion: "meta.k8s.io/v1", metadata: object.metadata },
    })),
  };
}

const name: Column = { name: "Name", cell: (object) => object.metadata.name };
const age: Column = { name: "Age", cell: (object) => ageText(object.metadata.creationTimestamp) };

const columns: { readonly [plural: string]: readonly Column[] } = {
  pods: [
    name,
    { name: "Ready", cell: (pod) => `${readyContainers(pod)}/${pod.spec?.containers?.length ?? 0}` },
    { name: "Status", cell: podStatus },
    { name: "Restarts", cell: (pod) => containers(pod).reduce((sum, c) => sum + (c.restartCount ?? 0), 0) },
    age,
    { name: "IP", wide: true, cell: (pod) => pod.status?.podIP ?? "<none>" },
    { name: "Node", wide: true, cell: (pod) => pod.spec?.nodeName ?? "<none>" },
  ],
  statefulsets: [
    name,
    { name: "Ready", cell: (set) => `${set.status?.readyReplicas ?? 0}/${set.spec?.replicas ?? 1}` },
    age,
    {
      name: "Containers",
      wide: true,
      cell: (set) =>
        templateContainers(set)
          .map((c) => c.name)
          .join(","),
    },
    {
      name: "Images",
      wide: true,
      cell: (set) =>
        templateContainers(set)
          .map((c) => c.image)
          .join(","),
    },
  ],
  configmaps: [name, { name: "Data", cell: (map) => Object.keys(map.data ?? {}).length }, age],
  secrets: [
    name,
    { name: "Type", cell: (s) => String(s.type ?? "Opaque") },
    { name: "Data", cell: (s) => Object.keys(s.data ?? {}).length },
    age,
  ],
  services: [
    name,
    { name: "Type", cell: (service) => service.spec?.type ?? "ClusterIP" },
    { name: "Cluster-IP", cell: (service) => service.spec?.clusterIP ?? "None" },
    { name: "External-IP", cell: () => "<none>" },
    {
      name: "Port(s)",
      cell: (service) => (service.spec?.ports ?? []).map((port: { port: number }) => `${port.port}/TCP`).join(","),
    },
    age,
  ],
  endpoints: [name, { name: "Endpoints", cell: endpointText }, age],
  events: [
    { name: "Last Seen", cell: (event) => ageText(String(event.lastTimestamp)) },
    { name: "Type", cell: (event) => String(event.type) },
    { name: "Reason", cell: (event) => String(event.reason) },
    { name: "Object", cell: involved },
    { name: "Message", cell: (event) => String(event.message) },
  ],
  nodes: [
    name,
    { name: "Status", cell: (node) => (node.spec?.unschedulable ? "Ready,SchedulingDisabled" : "Ready") },
    { name: "Roles", cell: () => "<none>" },
    age,
    { name: "Version", cell: (node) => node.status?.nodeInfo?.kubeletVersion ?? "" },
  ],
  namespaces: [name, { name: "Status", cell: () => "Active" }, age],
  persistentvolumeclaims: [
    name,
    { name: "Status", cell: (claim) => claim.status?.phase ?? "Bound" },
    { name: "Volume", cell: (claim) => claim.spec?.volumeName ?? "" },
    { name: "Capacity", cell: (claim) => claim.status?.capacity?.storage ?? "" },
    age,
  ],
};

/** What `kubectl get pods` shows in STATUS. */
function podStatus(pod: KubeObject): string {
  if (pod.metadata.deletionTimestamp) return "Terminating";
  const waiting = containers(pod).find((container) => container.state?.waiting);
  return waiting?.state.waiting.reason ?? pod.status?.phase ?? "Unknown";
}

function readyContainers(pod: KubeObject): number {
  return containers(pod).filter((container) => container.ready).length;
}

// biome-ignore lint/suspicious/noExplicitAny: container statuses as they are on the wire
function containers(pod: KubeObject): any[] {
  return pod.status?.containerStatuses ?? [];
}

function templateContainers(set: KubeObject): { name: string; image: string }[] {
  return set.spec?.template?.spec?.containers ?? [];
}

function endpointText(endpoints: KubeObject): string {
  const subsets = (endpoints.subsets ?? []) as { addresses?: { ip: string }[]; ports?: { port: number }[] }[];
  const all = subsets.flatMap(({ addresses = [], ports = [] }) =>
    addresses.flatMap(({ ip }) => ports.map(({ port }) => `${ip}:${port}`)),
  );
  return all.length === 0 ? "<none>" : all.join(",");
}

function involved(event: KubeObject): string {
  const object = event.involvedObject as { kind: string; name: string };
  return `${object.kind.toLowerCase()}/${object.name}`;
}

function ageText(time: string | undefined): string {
  const seconds = Math.max(0, Math.round((Date.now() - Date.parse(time ?? "")) / 1000));
  if (seconds < 120) return `${seconds}s`;
  return seconds < 7200 ? `${Math.floor(seconds / 60)}m` : `${Math.floor(seconds / 3600)}h`;
}

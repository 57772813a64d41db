import type { KubeObject } from "./kube/object.ts";

/** The objects of a producer team's namespace, as an operator of the documented procedure would find them. */
export const bpNames = {
  namespace: "eos",
  statefulSet: "nodeos-bp",
  container: "nodeos-bp",
  configMap: "manageos-conf",
  service: "nodeos-api",
  image: "registry.example.org/eos/manageos-eos:v2.0.13",
} as const;

const labels = { app: bpNames.statefulSet };

export function bpObjects(replicas: number, producerHostname: string): KubeObject[] {
  const { namespace, statefulSet, configMap, service } = bpNames;
  const claims = Array.from({ length: replicas }, (_, ordinal) => claim(`data-${statefulSet}-${ordinal}`));
  return [
    { apiVersion: "v1", kind: "Namespace", metadata: { name: namespace } },
    {
      apiVersion: "v1",
      kind: "ConfigMap",
      metadata: { name: configMap, namespace },
      data: { "manager.yaml": managerYaml(producerHostname) },
    },
    {
      apiVersion: "v1",
      kind: "Service",
      metadata: { name: service, namespace },
      spec: {
        selector: { ...labels, api: "open" },
        ports: [{ name: "http", port: 80, targetPort: 9999 }],
        clusterIP: "10.43.0.17",
      },
    },
    ...claims,
    {
      apiVersion: "policy/v1",
      kind: "PodDisruptionBudget",
      metadata: { name: statefulSet, namespace },
      spec: { minAvailable: Math.max(1, replicas - 1), selector: { matchLabels: labels } },
    },
    {
      apiVersion: "apps/v1",
      kind: "StatefulSet",
      metadata: { name: statefulSet, namespace, labels },
      spec: {
        serviceName: statefulSet,
        replicas,
        podManagementPolicy: "Parallel",
        updateStrategy: { type: "OnDelete" },
        selector: { matchLabels: labels },
        template: { metadata: { labels: { ...labels, api: "open" } }, spec: podSpec() },
      },
    },
  ];
}

export function managerYaml(producerHostname: string): string {
  return `# Who of the pods produces after its next restart.\nproducer_hostname: ${producerHostname}\n`;
}

/** `producer_hostname` of a manager.yaml, empty when it names none. */
export function producerHostnameOf(configMap: KubeObject | undefined): string {
  return /^\s*producer_hostname:\s*"?([\w.-]+)"?/m.exec(configMap?.data?.["manager.yaml"] ?? "")?.[1] ?? "";
}

function podSpec() {
  return {
    terminationGracePeriodSeconds: 300,
    containers: [
      {
        name: bpNames.container,
        image: bpNames.image,
        ports: [{ containerPort: 8888 }, { containerPort: 8080 }, { containerPort: 9999 }],
        readinessProbe: { httpGet: { path: "/healthz", port: 8080 }, periodSeconds: 2 },
        volumeMounts: [
          { name: "data", mountPath: "/data" },
          { name: bpNames.configMap, mountPath: "/etc/manageos" },
        ],
      },
    ],
    volumes: [{ name: bpNames.configMap, configMap: { name: bpNames.configMap } }],
  };
}

function claim(name: string): KubeObject {
  return {
    apiVersion: "v1",
    kind: "PersistentVolumeClaim",
    metadata: { name, namespace: bpNames.namespace, labels },
    spec: { accessModes: ["ReadWriteOnce"], resources: { requests: { storage: "500Gi" } }, volumeName: `pv-${name}` },
    status: { phase: "Bound", capacity: { storage: "500Gi" } },
  };
}

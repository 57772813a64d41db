import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { ownScript } from "../lib/own-files.ts";
import { bpNames, bpObjects, producerHostnameOf } from "./bp-objects.ts";
import { type Cluster, startCluster } from "./kube/cluster.ts";
import type { KubeFaults } from "./kube/faults.ts";
import { kubeconfig } from "./kube/kubeconfig.ts";
import type { KubeObject } from "./kube/object.ts";
import type { PodHost } from "./kube/pod-host.ts";
import { isReady } from "./kube/pod-objects.ts";
import { mainnetChainId } from "./nodes/block.ts";
import { type ChainTime, scaled } from "./nodes/chain-time.ts";
import type { NodeFaults } from "./nodes/faults.ts";
import type { LogStyle } from "./nodes/log-lines.ts";
import { type Network, startNetwork } from "./nodes/network.ts";
import { createNodePod, type NodePod } from "./nodes/node-pod.ts";

export type BpClusterOptions = {
  readonly dir: string;
  readonly time: ChainTime;
  readonly replicas?: number;
  /** What manager.yaml names at the start; the first pod by default. */
  readonly producerHostname?: string;
  /** The pod that produces at the start, when that differs from what manager.yaml says. */
  readonly producingNow?: string;
  readonly nodeFaults?: Readonly<Record<string, NodeFaults>>;
  readonly kubeFaults?: KubeFaults;
  readonly logStyle?: LogStyle;
  readonly managerPrefixes?: readonly string[];
};

/** A cluster whose StatefulSet runs block producers in a simulated network: everything the producer procedures touch. */
export type BpCluster = {
  readonly cluster: Cluster;
  readonly network: Network;
  readonly pods: ReadonlyMap<string, NodePod>;
  readonly context: string;
  readonly kubeconfigFile: string;
  /** Where `gs://` buckets are kept. */
  readonly bucketsDir: string;
  close(): Promise<void>;
};

export const bpContext = "runsheet-lab";
/** One machine each, so that producers do not share theirs, as anti-affinity would have it. */
const zonesFor = (replicas: number) =>
  Array.from({ length: Math.max(3, replicas) }, (_, at) => `us-east-1${"abcdefghijklmnopqrstuvwxyz"[at % 26]}`);

export async function startBpCluster(options: BpClusterOptions): Promise<BpCluster> {
  const { dir, time, replicas = 3, nodeFaults = {}, kubeFaults = {}, logStyle, managerPrefixes } = options;
  const podName = (ordinal: number) => `${bpNames.statefulSet}-${ordinal}`;
  const producerHostname = options.producerHostname ?? podName(0);
  const bucketsDir = join(dir, "gs");
  const network = startNetwork({ time, chainId: mainnetChainId, startNum: 385_000_000, ourProducer: "labproducer1" });
  const pods = new Map<string, NodePod>();
  let up = false;
  const hosts = new Map<string, PodHost>();
  for (let ordinal = 0; ordinal < replicas; ordinal++) await addHost(podName(ordinal));

  const gsutil = {
    name: "gsutil",
    script: ownScript("lab/stand-ins/gsutil"),
    env: { GSUTIL_ROOT: bucketsDir },
  };
  const cluster = await startCluster({
    zones: zonesFor(replicas),
    faults: kubeFaults,
    programs: [gsutil],
    hostOf: (pod) => hosts.get(pod.metadata.name),
    times: {
      // Nobody wants to wait for the first start of a practice environment.
      attachMs: () => (up ? scaled(time, 5_000) : 0),
      readinessMs: scaled(time, 1_000),
      attachReportMs: scaled(time, 30_000),
      restartMs: scaled(time, 10_000),
      replaceMs: scaled(time, 60_000),
      scale: (realMs) => scaled(time, realMs),
    },
  });
  const stopSyncing = syncMountedConfig();
  for (const object of bpObjects(replicas, options.producingNow ?? producerHostname)) cluster.create(object);
  await untilReady();
  up = true;
  network.clearLedger();
  if (options.producingNow) setProducer(producerHostname);
  const { url, authority, token } = cluster;
  const connection = { url, authority, token };
  const kubeconfigFile = join(dir, "kubeconfig");
  writeFileSync(kubeconfigFile, kubeconfig({ context: bpContext, ...connection, namespace: bpNames.namespace }), {
    mode: 0o600,
  });
  return {
    cluster,
    network,
    pods,
    context: bpContext,
    kubeconfigFile,
    bucketsDir,
    async close() {
      stopSyncing();
      await cluster.close();
      await Promise.all([...pods.values()].map((pod) => pod.close()));
      network.close();
    },
  };

  async function addHost(name: string) {
    const root = join(dir, "pods", name);
    const faults = nodeFaults[name] ?? {};
    const node = await createNodePod({
      name,
      dataDir: join(root, "data"),
      backupsDir: join(dir, "manager-backups", name),
      network,
      faults,
      ...(logStyle && { style: logStyle }),
      ...(managerPrefixes && { managerPrefixes }),
    });
    pods.set(name, node);
    hosts.set(name, podHost(node, root));
  }

  function podHost(node: NodePod, root: string): PodHost {
    return {
      root,
      outerPort: (inner) => {
        const port = inner as 8888 | 8080 | 9999;
        return node.isOpen(port) ? node.ports[port] : undefined;
      },
      start(pod, onEnd) {
        const configMap = cluster.store.get("configmaps", pod.metadata.namespace, bpNames.configMap);
        mount(root, configMap);
        const image = String(pod.spec?.containers?.[0]?.image ?? "");
        return node.start({ image, producerHostname: producerHostnameOf(configMap), quick: !up, onEnd });
      },
      close: () => node.close(),
    };
  }

  /** The files of a mounted configmap follow its changes after a while, as the kubelet's sync does. */
  function syncMountedConfig() {
    const timers = new Set<NodeJS.Timeout>();
    const stop = cluster.store.onChange(({ plural, object }) => {
      if (plural !== "configmaps" || object.metadata.name !== bpNames.configMap) return;
      const timer = setTimeout(
        () => {
          timers.delete(timer);
          for (const host of hosts.values()) mount(host.root, object);
        },
        scaled(time, 20_000),
      );
      timers.add(timer);
    });
    return () => {
      stop();
      for (const timer of timers) clearTimeout(timer);
    };
  }

  function setProducer(hostname: string) {
    const { namespace, configMap } = bpNames;
    const current = cluster.store.get("configmaps", namespace, configMap)!;
    const [, changed] = bpObjects(replicas, hostname);
    cluster.store.update(
      { plural: "configmaps", group: "", kind: "ConfigMap", short: [], namespaced: true, subresources: [] },
      {
        ...current,
        data: changed!.data!,
      },
    );
  }

  function untilReady(): Promise<void> {
    return new Promise((resolve) => {
      const stop = cluster.store.onChange(() => {
        const ready = cluster.store.list("pods", bpNames.namespace).filter(isReady).length;
        if (ready < replicas) return;
        stop();
        resolve();
      });
    });
  }
}

function mount(root: string, configMap: KubeObject | undefined): void {
  const dir = join(root, "etc", "manageos");
  mkdirSync(dir, { recursive: true });
  for (const [name, text] of Object.entries(configMap?.data ?? {})) writeFileSync(join(dir, name), text);
}

import { randomBytes } from "node:crypto";
import { kubeTime } from "../object.ts";
import { nodeKind } from "../pod-objects.ts";
import type { Store } from "../store.ts";

export type NodeGroupOptions = {
  readonly store: Store;
  /** One worker node per zone. */
  readonly zones: readonly string[];
  /** How long after a node was deleted its machine is replaced. */
  readonly replaceMs: number;
};

/**
 * The worker machines, and the cloud's auto-scaling group behind them: a node that is deleted comes back after a while
 * under a new name, without the taints of the old one. In earnest somebody has to end the old machine in the cloud's
 * console first; the lab has no console and does it by itself.
 */
export function createNodeGroup({ store, zones, replaceMs }: NodeGroupOptions) {
  const timers = new Set<NodeJS.Timeout>();
  let addresses = 11;
  const stopListening = store.onChange(({ type, plural, object }) => {
    if (plural !== "nodes" || type !== "DELETED") return;
    const zone = object.metadata.labels?.["topology.kubernetes.io/zone"] ?? zones[0]!;
    const timer = setTimeout(() => {
      timers.delete(timer);
      addNode(zone);
    }, replaceMs);
    timers.add(timer);
  });
  return {
    start() {
      for (const zone of zones) addNode(zone);
    },
    close() {
      stopListening();
      for (const timer of timers) clearTimeout(timer);
    },
  };

  function addNode(zone: string) {
    const address = `10.0.1.${addresses++}`;
    const name = `ip-${address.replaceAll(".", "-")}.ec2.internal`;
    const conditions = [{ type: "Ready", status: "True", reason: "KubeletReady", lastTransitionTime: kubeTime() }];
    const resources = { cpu: "8", memory: "32Gi", pods: "58" };
    store.create(nodeKind, {
      metadata: {
        name,
        labels: {
          "kubernetes.io/hostname": name,
          "kubernetes.io/os": "linux",
          "node.kubernetes.io/instance-type": "m5.2xlarge",
          "topology.kubernetes.io/region": zone.slice(0, -1),
          "topology.kubernetes.io/zone": zone,
        },
      },
      spec: { providerID: `aws:///${zone}/i-0${randomBytes(8).toString("hex")}` },
      status: {
        conditions,
        addresses: [{ type: "InternalIP", address }],
        capacity: resources,
        allocatable: resources,
        nodeInfo: { kubeletVersion: "v1.32.4", osImage: "lab", architecture: "amd64", operatingSystem: "linux" },
      },
    });
  }
}

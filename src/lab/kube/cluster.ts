import { randomBytes } from "node:crypto";
import { createCertificate } from "./certificate.ts";
import { reconcileEndpoints } from "./controllers/endpoints.ts";
import { createKubelet, type KubeletTimes } from "./controllers/kubelet.ts";
import { createNodeGroup, type NodeGroupOptions } from "./controllers/node-group.ts";
import { createScheduler } from "./controllers/scheduler.ts";
import { createStatefulSetController } from "./controllers/stateful-set.ts";
import { createAnnounce } from "./events.ts";
import type { LabProgram } from "./exec/pod-bin.ts";
import type { KubeFaults } from "./faults.ts";
import { findKind } from "./kinds.ts";
import type { KubeObject } from "./object.ts";
import type { PodHost } from "./pod-host.ts";
import { isRefusal } from "./refusal.ts";
import { markDeleted } from "./routes/write.ts";
import { startApiServer } from "./server.ts";
import { createStore, type Store } from "./store.ts";

export type ClusterOptions = {
  readonly zones: readonly string[];
  readonly times: KubeletTimes & Pick<NodeGroupOptions, "replaceMs">;
  readonly faults: KubeFaults;
  readonly programs: readonly LabProgram[];
  /** What runs behind a pod, or undefined for pods that the lab has no simulator for. */
  hostOf(pod: KubeObject): PodHost | undefined;
};

/** A small cluster: API server, scheduler, kubelet, StatefulSet and endpoints controllers, and a node group. */
export type Cluster = {
  readonly url: string;
  readonly token: string;
  /** PEM of the API server's certificate. */
  readonly authority: string;
  readonly store: Store;
  readonly faults: KubeFaults;
  /** Creates an object as a client would. Throws when the lab's own object is refused. */
  create(object: KubeObject): KubeObject;
  close(): Promise<void>;
};

export async function startCluster({ zones, times, faults, programs, hostOf }: ClusterOptions): Promise<Cluster> {
  const store = createStore();
  const announce = createAnnounce(store);
  const kubelet = createKubelet({ store, announce, faults, times, hostOf });
  const sets = createStatefulSetController(store, announce, (pod) => void markDeleted(store, pod, 30));
  const scheduler = createScheduler(store, announce, zones);
  const nodes = createNodeGroup({ store, zones, replaceMs: times.replaceMs });
  const token = randomBytes(16).toString("hex");
  const certificate = createCertificate();
  let pending = false;
  let closed = false;
  store.onChange(({ plural }) => {
    // Events and endpoints are results, not causes.
    if (plural !== "events" && plural !== "endpoints") reconcileSoon();
  });
  for (const name of ["default", "kube-system"]) create({ apiVersion: "v1", kind: "Namespace", metadata: { name } });
  nodes.start();
  const server = await startApiServer({
    store,
    kubelet,
    faults,
    token,
    certificate,
    programs,
    hostOf,
    changed: reconcileSoon,
  });
  return {
    url: server.url,
    token,
    authority: certificate.cert,
    store,
    faults,
    create,
    async close() {
      closed = true;
      nodes.close();
      kubelet.close();
      await server.close();
    },
  };

  /** All controllers look once per turn of the event loop, however many changes the turn made. */
  function reconcileSoon() {
    if (pending || closed) return;
    pending = true;
    setImmediate(() => {
      pending = false;
      if (closed) return;
      sets.reconcile();
      scheduler.reconcile();
      kubelet.reconcile();
      reconcileEndpoints(store);
    });
  }

  function create(object: KubeObject): KubeObject {
    const group = object.apiVersion?.includes("/") ? (object.apiVersion.split("/")[0] ?? "") : "";
    const plural = `${object.kind?.toLowerCase()}s`.replace(/endpointss$/, "endpoints");
    const kind = findKind(group, plural);
    if (!kind) throw new Error(`the lab's cluster has no kind ${object.kind}`);
    const metadata = kind.namespaced ? { namespace: "default", ...object.metadata } : object.metadata;
    const created = store.create(kind, { ...object, metadata });
    if (isRefusal(created)) throw new Error(created.message);
    return created;
  }
}

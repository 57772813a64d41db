import { writeFileSync } from "node:fs";
import { join } from "node:path";
import type { BpCluster, BpClusterOptions } from "./bp-cluster.ts";
import { nodeKind } from "./kube/pod-objects.ts";
import type { LabPart } from "./parts.ts";
import type { S3Server } from "./s3/start.ts";
import type { JobFaults } from "./stand-ins/jobs/engine.ts";
import type { MigrationTroubles } from "./stand-ins/scheduler-unit/troubles.ts";

/** A documented trouble, ready to be met in practice. */
export type Scenario = {
  readonly name: string;
  /** What goes wrong, in a sentence. */
  readonly title: string;
  /** What a good runbook does about it. */
  readonly remedy: string;
  readonly parts: readonly LabPart[];
  /** What differs from the start on. Made anew for each lab: faults are counted down. */
  readonly bpCluster?: () => Partial<BpClusterOptions>;
  readonly jobs?: () => JobFaults;
  readonly migration?: () => MigrationTroubles;
  /** What is done once everything is up. */
  readonly afterStart?: (parts: StartedParts) => void;
};

export type StartedParts = { readonly bp?: BpCluster; readonly s3?: S3Server };

const source = "nodeos-bp-0";
const target = "nodeos-bp-1";
const spare = "nodeos-bp-2";

const bp: readonly LabPart[] = ["bp-cluster"];

export const scenarios: readonly Scenario[] = [
  {
    name: "attach-stuck",
    title: `${target} does not come back: its volume is not attached until the pod is deleted a second time`,
    remedy: "wait 2-3 minutes, delete the pod again, wait, and so on",
    parts: bp,
    afterStart: ({ bp: cluster }) => void cluster?.cluster.faults.attachFails?.push({ pod: target, times: 1 }),
    bpCluster: () => ({ kubeFaults: { attachFails: [] } }),
  },
  {
    name: "tainted-node",
    title: `the node of ${target} is tainted for impaired volumes: no pod is scheduled on it any more`,
    remedy: "drain the node, delete it, delete the machine in the cloud console",
    parts: bp,
    afterStart: ({ bp: cluster }) => cluster && taintNodeOf(cluster, target),
  },
  {
    name: "attach-then-taint",
    title: `the volume of ${target} is not attached, and because of that its node is tainted`,
    remedy: "delete the pod again; when it finds no node, drain and delete the tainted one, delete its machine",
    parts: bp,
    afterStart: ({ bp: cluster }) => cluster && taintOnFailedAttachment(cluster, target),
    bpCluster: () => ({ kubeFaults: { attachFails: [] } }),
  },
  {
    name: "safely-pause-times-out",
    title: `safely_pause_production on ${source} answers 500 after its timeout (an older manager: commands below /v1/nodeos/)`,
    remedy: "watch the log for the end of our round and use maintenance",
    parts: bp,
    bpCluster: () => ({ nodeFaults: { [source]: { safelyPause: "times-out" } }, managerPrefixes: ["/v1/nodeos/"] }),
  },
  {
    name: "safely-pause-hangs",
    title: `safely_pause_production on ${source} never answers (the manager does not understand the log of a newer nodeos; commands below /v1/)`,
    remedy: "bound the call, watch the log and use maintenance",
    parts: bp,
    bpCluster: () => ({ logStyle: "leap-5", managerPrefixes: ["/v1/"] }),
  },
  {
    name: "never-catches-up",
    title: `${target} restarts, makes progress, and never reaches the head`,
    remedy: "stop before the configmap is touched; the old producer goes on",
    parts: bp,
    bpCluster: () => ({ nodeFaults: { [target]: {} } }),
    afterStart: ({ bp: cluster }) => setFault(cluster, target, "neverCatchesUp"),
  },
  {
    name: "two-producers",
    title: `manager.yaml names ${target} already while ${source} produces: restarting ${target} would make a second producer`,
    remedy: "refuse to restart the target; point manager.yaml back first",
    parts: bp,
    bpCluster: () => ({ producerHostname: target, producingNow: source }),
  },
  {
    name: "source-does-not-stop",
    title: `${source} does not hear TERM: maintenance never completes and it goes on producing`,
    remedy: "do not resume the target; one producer is better than two",
    parts: bp,
    bpCluster: () => ({ nodeFaults: { [source]: { ignoresTerm: 1_000, pauseIgnored: true } } }),
  },
  {
    name: "target-does-not-produce",
    title: `${target} resumes and signs no block (its key is missing)`,
    remedy: "after the bound, pause the target and resume the source at once",
    parts: bp,
    bpCluster: () => ({ nodeFaults: { [target]: { cannotSign: true } } }),
  },
  {
    name: "deaf-node",
    title: `${spare} is busy and hears only the third TERM`,
    remedy: "send TERM again, up to a bound",
    parts: bp,
    bpCluster: () => ({ nodeFaults: { [spare]: { ignoresTerm: 2 } } }),
  },
  {
    name: "dirty-node",
    title: `${spare} was killed: its database is dirty and nodeos refuses to start`,
    remedy: "restore its data directory from a backup",
    parts: bp,
    afterStart: ({ bp: cluster }) => cluster && killNodeos(cluster, spare),
  },
  {
    name: "parcels-stuck",
    title: "the parcels with double-entry and feed get stuck",
    remedy: "split their databases into jobs of their own",
    parts: ["jobs", "s3"],
    jobs: () => ({ stuck: ["double-entry", "feed"] }),
  },
  {
    name: "invalid-rows",
    title: "the validation finds one dataset that is not valid",
    remedy: "show it and do not ask for the merge",
    parts: ["jobs", "s3"],
    jobs: () => ({ invalid: ["raw-feed-s0/log-validation"] }),
  },
  {
    name: "failed-copies",
    title: "some copies to the permanent bucket fail with 500 for a while",
    remedy: "copy again what failed, only that",
    parts: ["s3", "jobs"],
    afterStart: ({ s3 }) =>
      s3?.faults.add({ kind: "error", op: "CopyObject", status: 500, code: "InternalError", p: 0.3, times: 60 }),
  },
  {
    name: "migration-panics",
    title: "a migration range dies half-way, after half of a batch",
    remedy: "run the same range again; it writes the same keys",
    parts: ["scheduler-unit"],
    migration: () => ({ failAt: { message: 750, times: 1, how: "panics" } }),
  },
  {
    name: "migration-skips",
    title: "a batch cannot be read; the migration logs it, goes on and exits with 0",
    remedy: "count what is on disk, not exit codes",
    parts: ["scheduler-unit"],
    migration: () => ({ failAt: { message: 750, times: 1, how: "skips" } }),
  },
  {
    name: "rocksdb-lock",
    title: "RocksDB lets one program write at a time: parallel workers on one directory are refused",
    remedy: "let workers wait for their turn",
    parts: ["scheduler-unit"],
    migration: () => ({ exclusive: true }),
  },
];

/** By name; `attach-stuck+safely-pause-hangs` is both at once, for troubles seldom come alone. */
export function findScenario(name: string): Scenario | undefined {
  const found = name.split("+").map((one) => scenarios.find((scenario) => scenario.name === one));
  return found.reduce((all, one) => all && one && together(all, one));
}

function together(first: Scenario, second: Scenario): Scenario {
  return {
    name: `${first.name}+${second.name}`,
    title: `${first.title}; and ${second.title}`,
    remedy: `${first.remedy}; and ${second.remedy}`,
    parts: [...new Set([...first.parts, ...second.parts])],
    bpCluster: () => bothOf(first.bpCluster?.(), second.bpCluster?.()),
    jobs: () => ({ ...first.jobs?.(), ...second.jobs?.() }),
    migration: () => ({ ...first.migration?.(), ...second.migration?.() }),
    afterStart(parts) {
      first.afterStart?.(parts);
      second.afterStart?.(parts);
    },
  };
}

function bothOf(first: Partial<BpClusterOptions> = {}, second: Partial<BpClusterOptions> = {}) {
  return {
    ...first,
    ...second,
    nodeFaults: { ...first.nodeFaults, ...second.nodeFaults },
    kubeFaults: { ...first.kubeFaults, ...second.kubeFaults },
  };
}

function taintNodeOf({ cluster }: BpCluster, pod: string): void {
  const nodeName = cluster.store.list("pods").find(({ metadata }) => metadata.name === pod)?.spec?.nodeName;
  const node = cluster.store.get("nodes", undefined, String(nodeName));
  if (!node) throw new Error(`${pod} runs on no node`);
  const taints = [{ key: "NodeWithImpairedVolumes", value: "true", effect: "NoSchedule" }];
  cluster.store.update(nodeKind, { ...node, spec: { ...node.spec, taints } });
}

function taintOnFailedAttachment(cluster: BpCluster, pod: string): void {
  cluster.cluster.faults.attachFails?.push({ pod, times: 1 });
  const stop = cluster.cluster.store.onChange(({ plural, object }) => {
    const about = object.involvedObject as { name?: string } | undefined;
    if (plural !== "events" || object.reason !== "FailedAttachVolume" || about?.name !== pod) return;
    stop();
    queueMicrotask(() => taintNodeOf(cluster, pod));
  });
}

function setFault(cluster: BpCluster | undefined, pod: string, fault: "neverCatchesUp"): void {
  const faults = cluster?.pods.get(pod)?.faults;
  if (faults) faults[fault] = true;
}

/** Leaves a backup first: what the dirty database is to be replaced by. */
function killNodeos({ pods, network, bucketsDir }: BpCluster, pod: string): void {
  const node = pods.get(pod);
  if (!node) throw new Error(`there is no pod ${pod}`);
  const chainDir = join(bucketsDir, "practice", "nodeos", network.chainId);
  const height = node.backUp((at) => join(chainDir, String(at)));
  const about = { chain: network.chainId, head: height, pod, version: "v2.0.13", run: "lab" };
  writeFileSync(join(chainDir, String(height), "backup.json"), `${JSON.stringify(about)}\n`);
  node.killNodeosUncleanly();
}

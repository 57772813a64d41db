import { delimiter, join } from "node:path";
import type { JsonObject } from "../domain/json.ts";
import type { BpCluster } from "./bp-cluster.ts";
import { bpNames } from "./bp-objects.ts";
import type { S3Server } from "./s3/start.ts";
import type { Practice } from "./stand-ins/scheduler-unit/practice.ts";

/** What runbooks need to know of the cluster and its nodes. */
export function bpValues(bp: BpCluster): JsonObject {
  const nodes = Object.fromEntries(
    [...bp.pods].map(([name, { ports }]) => [
      name,
      { nodeos: `http://127.0.0.1:${ports[8888]}`, manager: `http://127.0.0.1:${ports[8080]}` },
    ]),
  );
  const { time, chainId, ourProducer } = bp.network;
  const machines = bp.cluster.store
    .list("pods", bpNames.namespace)
    .map((pod) => [pod.metadata.name, String(pod.spec?.nodeName)]);
  const { context, kubeconfigFile: kubeconfig } = bp;
  return {
    chain: { ...time, chainId, ourProducer },
    kube: { context, kubeconfig, ...bpNames, pods: [...bp.pods.keys()], machines: Object.fromEntries(machines) },
    nodes,
    gs: { dir: bp.bucketsDir },
  };
}

/** What runbooks need to know of the scheduler units. */
export function practiceValues(practice: Practice): JsonObject {
  const { unitDirs, ports, schedulerList, clusterFiles, spawnItems, database } = practice;
  const units = Object.fromEntries(
    Object.entries(unitDirs).map(([name, dir]) => [
      name,
      { dir, envFile: join(dir, ".env"), port: ports[name]!, url: `http://127.0.0.1:${ports[name]}` },
    ]),
  );
  return { units, schedulerList, clusterFiles, spawnItems, database };
}

/** Credentials and addresses of the lab take the place of real ones, so that nothing in a lab run reaches them. */
export function labEnvironment(
  bin: string,
  bp: BpCluster | undefined,
  s3: S3Server | undefined,
): Record<string, string> {
  return {
    RUNSHEET_LAB: "1",
    PATH: `${bin}${delimiter}${process.env.PATH ?? ""}`,
    ...(bp && { KUBECONFIG: bp.kubeconfigFile }),
    ...(s3 && {
      AWS_ACCESS_KEY_ID: s3.credentials.accessKeyId,
      AWS_SECRET_ACCESS_KEY: s3.credentials.secretAccessKey,
      AWS_REGION: "us-east-1",
      AWS_DEFAULT_REGION: "us-east-1",
      AWS_ENDPOINT_URL: s3.endpoint,
      AWS_EC2_METADATA_DISABLED: "true",
    }),
  };
}

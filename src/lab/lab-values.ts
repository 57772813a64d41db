import { delimiter, join } from "node:path";
import type { JsonObject } from "../domain/json.ts";
import type { BpCluster } from "./bp-cluster.ts";
import { bpNames } from "./bp-objects.ts";
import type { S3Server } from "./s3/start.ts";
import type { Practice } from "./stand-ins/scheduler-unit/practice.ts";

/** What runbooks need to know of the cluster and its nodes, as they are at this moment. */
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
  const pods = [...bp.pods.keys()];
  const source = producersOf(bp)[0] ?? pods[0]!;
  return {
    chain: { ...time, chainId, ourProducer },
    kube: {
      context,
      kubeconfig,
      ...bpNames,
      newImage: imageAfter(presentImage(bp)),
      pods,
      source,
      target: pods[(pods.indexOf(source) + 1) % pods.length]!,
      machines: Object.fromEntries(machines),
    },
    nodes,
    gs: { dir: bp.bucketsDir },
  };
}

/** The pods that produce at this moment; one, if all is well. */
export function producersOf({ pods }: BpCluster): string[] {
  return [...pods.values()].filter((pod) => pod.producing()).map(({ name }) => name);
}

function presentImage({ cluster }: BpCluster): string {
  const set = cluster.store.get("statefulsets", bpNames.namespace, bpNames.statefulSet);
  return String(set?.spec?.template?.spec?.containers?.[0]?.image ?? bpNames.image);
}

/** `…:v2.0.13` becomes `…:v2.0.14`: each practice run brings the next version. */
function imageAfter(image: string): string {
  return image.replace(/\d+$/, (patch) => String(Number(patch) + 1));
}

/** What runbooks need to know of the scheduler units, as they are at this moment. */
export async function practiceValues(practice: Practice): Promise<JsonObject> {
  const { unitDirs, ports, schedulerList, clusterFiles, database } = practice;
  const units = Object.fromEntries(
    Object.entries(unitDirs).map(([name, dir]) => [
      name,
      { dir, envFile: join(dir, ".env"), port: ports[name]!, url: `http://127.0.0.1:${ports[name]}` },
    ]),
  );
  return { units, schedulerList, clusterFiles, spawnItems: await practice.freshSpawnItems(), database };
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

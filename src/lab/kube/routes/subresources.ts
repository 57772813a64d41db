import { type KubeObject, kubeTime } from "../object.ts";
import { isMap, mergePatch } from "../patch/merge.ts";
import { isReady, statefulSetKind } from "../pod-objects.ts";
import { badRequest, isRefusal, modified, type Refusal, refuse } from "../refusal.ts";
import type { ResourceRequest } from "../request.ts";
import { hasLabels } from "../selectors.ts";
import type { Store } from "../store.ts";
import { existing, type Written } from "./write.ts";

/** `/scale`: what `kubectl scale` reads and writes. */
export function scale(store: Store, request: ResourceRequest): Written {
  const set = existing(store, request);
  if (isRefusal(set)) return set;
  const shown = scaleOf(set);
  if (request.method === "GET") return { status: 200, object: shown };
  const sent: unknown = JSON.parse(request.body);
  const next = (request.method === "PATCH" ? mergePatch(shown, sent) : sent) as typeof shown;
  const version = next.metadata.resourceVersion;
  if (version !== undefined && version !== set.metadata.resourceVersion)
    return modified(statefulSetKind, set.metadata.name);
  const replicas = Number(next.spec.replicas);
  if (!Number.isInteger(replicas) || replicas < 0) return badRequest("spec.replicas must be a whole number, 0 or more");
  if (request.query.get("dryRun") === "All") return { status: 200, object: next };
  return { status: 200, object: scaleOf(store.update(statefulSetKind, { ...set, spec: { ...set.spec, replicas } })) };
}

function scaleOf(set: KubeObject) {
  const { name, namespace, uid, resourceVersion, creationTimestamp } = set.metadata;
  const selector = Object.entries(set.spec?.selector?.matchLabels ?? {}).map(([key, value]) => `${key}=${value}`);
  return {
    kind: "Scale",
    apiVersion: "autoscaling/v1",
    metadata: { name, namespace, uid, resourceVersion, creationTimestamp },
    spec: { replicas: Number(set.spec?.replicas ?? 1) },
    status: { replicas: Number(set.status?.replicas ?? 0), selector: selector.join(",") },
  };
}

/** `/eviction`: a delete that asks the disruption budgets first, as `kubectl drain` does. */
export function evict(
  store: Store,
  request: ResourceRequest,
  deletePod: (pod: KubeObject, graceSeconds: number) => KubeObject,
): Written {
  const pod = existing(store, request);
  if (isRefusal(pod)) return pod;
  const eviction: unknown = request.body.trim() === "" ? {} : JSON.parse(request.body);
  const options = isMap(eviction) && isMap(eviction.deleteOptions) ? eviction.deleteOptions : {};
  const blocked = blockedBy(store, pod);
  if (blocked) return blocked;
  if (request.query.get("dryRun") !== "All" && !Array.isArray(options.dryRun))
    deletePod(pod, Number(options.gracePeriodSeconds ?? 30));
  return { status: 201, object: { kind: "Status", apiVersion: "v1", metadata: {}, status: "Success", code: 201 } };
}

function blockedBy(store: Store, pod: KubeObject): Refusal | undefined {
  const { namespace } = pod.metadata;
  const budget = store
    .list("poddisruptionbudgets", namespace)
    .find((candidate) => hasLabels(pod, candidate.spec?.selector?.matchLabels));
  if (!budget || !isReady(pod)) return undefined;
  const covered = store.list("pods", namespace).filter((other) => hasLabels(other, budget.spec?.selector?.matchLabels));
  const left = covered.filter(isReady).length - 1;
  if (left >= Number(budget.spec?.minAvailable ?? 0)) return undefined;
  const message = "Cannot evict pod as it would violate the pod's disruption budget.";
  const cause = `The disruption budget ${budget.metadata.name} needs ${budget.spec?.minAvailable} healthy pods and has ${left + 1} currently`;
  return refuse(429, "TooManyRequests", message, { causes: [{ reason: "DisruptionBudget", message: cause }] });
}

/** The reviews behind `kubectl auth can-i` and `auth whoami`. */
export function review(
  path: string,
  body: string,
  forbidden: readonly { verb: string; resource: string }[],
): object | undefined {
  if (path.endsWith("/selfsubjectaccessreviews")) {
    const sent = JSON.parse(body) as { spec?: { resourceAttributes?: { verb?: string; resource?: string } } };
    const { verb = "", resource = "" } = sent.spec?.resourceAttributes ?? {};
    const denied = isForbidden(forbidden, verb, resource);
    const status = { allowed: !denied, ...(denied && { reason: "forbidden in this lab" }) };
    return { ...sent, metadata: { creationTimestamp: kubeTime() }, status };
  }
  if (path.endsWith("/selfsubjectreviews")) {
    const userInfo = { username: "lab-operator", groups: ["system:authenticated"] };
    return { kind: "SelfSubjectReview", apiVersion: "authentication.k8s.io/v1", metadata: {}, status: { userInfo } };
  }
  if (path.endsWith("/selfsubjectrulesreviews")) {
    const rules = [{ verbs: ["*"], apiGroups: ["*"], resources: ["*"] }];
    const status = { resourceRules: rules, nonResourceRules: [], incomplete: false };
    return { kind: "SelfSubjectRulesReview", apiVersion: "authorization.k8s.io/v1", metadata: {}, status };
  }
  return undefined;
}

export function isForbidden(
  forbidden: readonly { verb: string; resource: string }[],
  verb: string,
  resource: string,
): boolean {
  return forbidden.some((rule) => (rule.verb === "*" || rule.verb === verb) && rule.resource === resource);
}

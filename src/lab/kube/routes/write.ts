import { parse as parseYaml } from "yaml";
import { qualifiedName } from "../kinds.ts";
import { type KubeObject, kubeTime } from "../object.ts";
import { jsonPatch, type Operation } from "../patch/json-patch.ts";
import { isMap, mergePatch } from "../patch/merge.ts";
import { strategicPatch } from "../patch/strategic.ts";
import { podKind } from "../pod-objects.ts";
import {
  badRequest,
  invalid,
  isRefusal,
  modified,
  notFound,
  preconditionFailed,
  type Refusal,
  refuse,
} from "../refusal.ts";
import type { ResourceRequest } from "../request.ts";
import type { Store } from "../store.ts";

export type Written = { readonly status: number; readonly object: object } | Refusal;

/** POST of a new object. */
export function create(store: Store, { kind, namespace, query, body }: ResourceRequest): Written {
  const object = parsedObject(body);
  if (isRefusal(object)) return object;
  const metadata = { ...object.metadata };
  if (kind.namespaced) metadata.namespace = namespace ?? metadata.namespace ?? "default";
  if (metadata.generateName && !metadata.name)
    metadata.name = `${metadata.generateName}${Math.random().toString(36).slice(2, 7)}`;
  if (!metadata.name) return invalid(kind, "", "metadata.name", "Required value: name or generateName is required");
  if (kind.namespaced && !store.get("namespaces", undefined, metadata.namespace!)) {
    return refuse(404, "NotFound", `namespaces "${metadata.namespace}" not found`);
  }
  if (dryRun(query)) return { status: 201, object: { ...object, metadata } };
  const created = store.create(kind, { ...object, metadata });
  return isRefusal(created) ? created : { status: 201, object: created };
}

/** PUT: the whole object, refused when it was read before a later change. */
export function replace(store: Store, request: ResourceRequest): Written {
  const old = existing(store, request);
  const next = parsedObject(request.body);
  if (isRefusal(old)) return old;
  if (isRefusal(next)) return next;
  return save(store, request, old, next);
}

/** PATCH in all its content types; a resourceVersion in the patch makes it a compare-and-set. */
export function patch(store: Store, request: ResourceRequest): Written {
  const old = existing(store, request);
  if (isRefusal(old)) {
    const applying = request.contentType.includes("apply-patch") && old.code === 404;
    return applying ? create(store, request) : old;
  }
  const change = parsed(request.body);
  if (change === undefined) return badRequest("the patch is neither JSON nor YAML");
  const next = patched(old, change, request.contentType);
  return isRefusal(next) ? next : save(store, request, old, next);
}

function patched(old: KubeObject, change: unknown, contentType: string): KubeObject | Refusal {
  const plain = structuredClone(old);
  if (contentType.includes("json-patch")) return jsonPatch(plain, change as Operation[]) as KubeObject | Refusal;
  if (contentType.includes("strategic") || contentType.includes("apply-patch"))
    return strategicPatch(plain, change) as KubeObject;
  if (contentType.includes("merge-patch")) return mergePatch(plain, change) as KubeObject;
  const message = `the body of the request was in an unknown format - accepted media types include: application/json-patch+json, application/merge-patch+json, application/strategic-merge-patch+json, application/apply-patch+yaml`;
  return refuse(415, "UnsupportedMediaType", message);
}

function save(
  store: Store,
  { kind, name = "", query, subresource }: ResourceRequest,
  old: KubeObject,
  next: KubeObject,
): Written {
  const version = next.metadata?.resourceVersion;
  if (version !== undefined && version !== old.metadata.resourceVersion) return modified(kind, name);
  if (next.metadata?.uid !== undefined && next.metadata.uid !== old.metadata.uid) {
    return preconditionFailed(kind, name, next.metadata.uid, old.metadata.uid ?? "");
  }
  if (kind === podKind && !onlyImagesDiffer(old, next)) {
    const why =
      "Forbidden: pod updates may not change fields other than `spec.containers[*].image`,`spec.tolerations` (only additions to existing tolerations)";
    return invalid(kind, name, "spec", why);
  }
  const forbidden = kind.plural === "statefulsets" ? frozenFieldOf(old, next) : undefined;
  if (forbidden) {
    const why = `Forbidden: updates to statefulset spec for fields other than 'replicas', 'ordinals', 'template', 'updateStrategy', 'persistentVolumeClaimRetentionPolicy' and 'minReadySeconds' are forbidden (${forbidden})`;
    return invalid(kind, name, "spec", why);
  }
  const { uid, creationTimestamp, namespace, generation } = old.metadata;
  const metadata = {
    ...next.metadata,
    name: old.metadata.name,
    uid,
    creationTimestamp,
    generation,
  } as KubeObject["metadata"];
  if (namespace !== undefined) metadata.namespace = namespace;
  // The status belongs to the controllers; the status subresource changes nothing else.
  const kept =
    subresource === "status"
      ? { ...old, status: next.status ?? {} }
      : { ...next, ...(old.status && { status: old.status }) };
  const object = { ...kept, metadata: subresource === "status" ? old.metadata : metadata };
  return { status: 200, object: dryRun(query) ? object : store.update(kind, object as KubeObject) };
}

/** DELETE, with the precondition that protects a pod from a delete that was meant for its predecessor. */
export function remove(
  store: Store,
  request: ResourceRequest,
  deletePod: (pod: KubeObject, graceSeconds: number) => KubeObject,
): Written {
  const { kind, name = "", query, body } = request;
  const old = existing(store, request);
  if (isRefusal(old)) return old;
  const options = (parsed(body) ?? {}) as DeleteOptions;
  const { uid, resourceVersion } = options.preconditions ?? {};
  if (uid !== undefined && uid !== old.metadata.uid) return preconditionFailed(kind, name, uid, old.metadata.uid ?? "");
  if (resourceVersion !== undefined && resourceVersion !== old.metadata.resourceVersion) return modified(kind, name);
  const grace = Number(
    query.get("gracePeriodSeconds") ?? options.gracePeriodSeconds ?? old.spec?.terminationGracePeriodSeconds ?? 30,
  );
  if (dryRun(query) || options.dryRun?.length) return { status: 200, object: old };
  if (kind === podKind) return { status: 200, object: deletePod(old, grace) };
  store.remove(kind, old);
  if (options.propagationPolicy !== "Orphan" && query.get("propagationPolicy") !== "Orphan") {
    const dependents = (plural: string) =>
      store.list(plural).filter((o) => o.metadata.ownerReferences?.some((r) => r.uid === old.metadata.uid));
    for (const pod of dependents("pods")) deletePod(pod, 30);
  }
  const details = { name, group: kind.group, kind: qualifiedName(kind), uid: old.metadata.uid };
  return { status: 200, object: { kind: "Status", apiVersion: "v1", metadata: {}, status: "Success", details } };
}

type DeleteOptions = {
  readonly preconditions?: { readonly uid?: string; readonly resourceVersion?: string };
  readonly gracePeriodSeconds?: number;
  readonly propagationPolicy?: string;
  readonly dryRun?: readonly string[];
};

/** Marks a pod for deletion; the kubelet does the rest. A second delete may shorten the grace period. */
export function markDeleted(store: Store, pod: KubeObject, graceSeconds: number): KubeObject {
  const metadata = {
    ...pod.metadata,
    deletionTimestamp: pod.metadata.deletionTimestamp ?? kubeTime(Date.now() + graceSeconds * 1000),
    deletionGracePeriodSeconds: graceSeconds,
  };
  return store.update(podKind, { ...pod, metadata });
}

export function existing(store: Store, { kind, namespace, name = "" }: ResourceRequest): KubeObject | Refusal {
  return store.get(kind.plural, kind.namespaced ? namespace : undefined, name) ?? notFound(kind, name);
}

function onlyImagesDiffer(old: KubeObject, next: KubeObject): boolean {
  const shape = (pod: KubeObject) => {
    const containers = ((pod.spec?.containers ?? []) as object[]).map((container) => ({ ...container, image: "" }));
    return JSON.stringify({ ...pod.spec, containers, tolerations: [] });
  };
  return shape(old) === shape(next);
}

function frozenFieldOf(old: KubeObject, next: KubeObject): string | undefined {
  const frozen = ["selector", "serviceName", "podManagementPolicy", "volumeClaimTemplates"];
  return frozen.find((field) => JSON.stringify(old.spec?.[field]) !== JSON.stringify(next.spec?.[field]));
}

function parsedObject(body: string): KubeObject | Refusal {
  const value = parsed(body);
  if (!isMap(value) || !isMap(value.metadata)) return badRequest("the object has no metadata");
  return value as KubeObject;
}

/** JSON, or the YAML that server-side apply sends. Undefined when it is neither. */
function parsed(body: string): unknown {
  if (body.trim() === "") return undefined;
  try {
    return body.trimStart().startsWith("{") || body.trimStart().startsWith("[") ? JSON.parse(body) : parseYaml(body);
  } catch {
    return undefined;
  }
}

function dryRun(query: URLSearchParams): boolean {
  return query.get("dryRun") === "All";
}

import { randomUUID } from "node:crypto";
import { EventEmitter } from "node:events";
import { apiVersionOf, type Kind, kinds } from "./kinds.ts";
import { type KubeObject, kubeTime } from "./object.ts";
import { alreadyExists, type Refusal } from "./refusal.ts";

export type ChangeType = "ADDED" | "MODIFIED" | "DELETED";

/** One change, as watches report it. `object` is a copy: nobody changes it afterwards. */
export type Change = {
  readonly type: ChangeType;
  readonly plural: string;
  readonly object: KubeObject;
  readonly version: number;
};

/**
 * All objects of the cluster, in memory. Every change gives the object a new resourceVersion, goes to the listeners, and
 * is kept for watches that start from an older version.
 */
export type Store = {
  version(): number;
  get(plural: string, namespace: string | undefined, name: string): KubeObject | undefined;
  list(plural: string, namespace?: string): KubeObject[];
  create(kind: Kind, object: KubeObject): KubeObject | Refusal;
  /** Replaces the object (same name, new resourceVersion) unless nothing differs. */
  update(kind: Kind, object: KubeObject): KubeObject;
  remove(kind: Kind, object: KubeObject): void;
  /** Changes since `version`, or undefined when some of them are no longer kept. */
  since(version: number): readonly Change[] | undefined;
  onChange(listener: (change: Change) => void): () => void;
};

const keptChanges = 5_000;

export function createStore(): Store {
  const objects = new Map<string, Map<string, KubeObject>>(kinds.map(({ plural }) => [plural, new Map()]));
  const bus = new EventEmitter();
  bus.setMaxListeners(0);
  let version = 1_000;
  let changes: Change[] = [];

  return { version: () => version, get, list, create, update, remove, since, onChange };

  function get(plural: string, namespace: string | undefined, name: string) {
    return objects.get(plural)?.get(key(namespace, name));
  }

  function list(plural: string, namespace?: string) {
    const all = [...(objects.get(plural)?.values() ?? [])];
    return namespace === undefined ? all : all.filter((object) => object.metadata.namespace === namespace);
  }

  function create(kind: Kind, object: KubeObject) {
    const { namespace, name } = object.metadata;
    if (get(kind.plural, namespace, name)) return alreadyExists(kind, name);
    const metadata = { ...object.metadata, uid: randomUUID(), creationTimestamp: kubeTime(), generation: 1 };
    return save("ADDED", kind, { ...object, apiVersion: apiVersionOf(kind), kind: kind.kind, metadata });
  }

  function update(kind: Kind, object: KubeObject) {
    const old = get(kind.plural, object.metadata.namespace, object.metadata.name);
    if (old && sameContent(old, object)) return old;
    const specChanged = JSON.stringify(old?.spec) !== JSON.stringify(object.spec);
    const generation = (old?.metadata.generation ?? 1) + (specChanged ? 1 : 0);
    return save("MODIFIED", kind, { ...object, metadata: { ...object.metadata, generation } });
  }

  function remove(kind: Kind, object: KubeObject) {
    const { namespace, name } = object.metadata;
    const current = get(kind.plural, namespace, name);
    if (current?.metadata.uid !== object.metadata.uid) return;
    objects.get(kind.plural)?.delete(key(namespace, name));
    announce("DELETED", kind, { ...object, metadata: { ...object.metadata, resourceVersion: String(++version) } });
  }

  function save(type: ChangeType, kind: Kind, object: KubeObject): KubeObject {
    const saved = { ...object, metadata: { ...object.metadata, resourceVersion: String(++version) } };
    objects.get(kind.plural)?.set(key(saved.metadata.namespace, saved.metadata.name), saved);
    announce(type, kind, saved);
    return saved;
  }

  function announce(type: ChangeType, kind: Kind, object: KubeObject) {
    const change = { type, plural: kind.plural, object: structuredClone(object), version };
    changes.push(change);
    if (changes.length > keptChanges * 1.25) changes = changes.slice(-keptChanges);
    bus.emit("change", change);
  }

  function since(from: number) {
    const oldest = changes[0]?.version ?? version;
    if (from + 1 < oldest && changes.length >= keptChanges) return undefined;
    return changes.filter((change) => change.version > from);
  }

  function onChange(listener: (change: Change) => void) {
    bus.on("change", listener);
    return () => bus.off("change", listener);
  }
}

function sameContent(a: KubeObject, b: KubeObject): boolean {
  const content = ({ metadata: { resourceVersion: _, generation: __, ...metadata }, ...rest }: KubeObject) =>
    JSON.stringify(sorted({ ...rest, metadata }));
  return content(a) === content(b);
}

/** The same value with keys in order, so that equal content gives equal text. */
function sorted(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(sorted);
  if (value === null || typeof value !== "object") return value;
  return Object.fromEntries(
    Object.entries(value)
      .filter(([, field]) => field !== undefined)
      .sort(([a], [b]) => (a < b ? -1 : 1))
      .map(([name, field]) => [name, sorted(field)]),
  );
}

function key(namespace: string | undefined, name: string): string {
  return namespace === undefined ? name : `${namespace}/${name}`;
}

import { isMap } from "./merge.ts";

/**
 * Kubernetes' strategic merge patch: like a merge patch, but lists of maps are merged element by element when the API
 * names a merge key for them, and `$patch`, `$retainKeys`, `$setElementOrder` and `$deleteFromPrimitiveList` are obeyed.
 */
export function strategicPatch(target: unknown, patch: unknown, field = ""): unknown {
  if (Array.isArray(patch)) return mergeList(Array.isArray(target) ? target : [], patch, field);
  if (!isMap(patch)) return patch;
  if (patch.$patch === "replace") return withoutDirectives(patch);
  const result: Record<string, unknown> = isMap(target) ? { ...target } : {};
  for (const [name, value] of Object.entries(patch)) {
    if (name === "$retainKeys" && Array.isArray(value)) keepOnly(result, value as string[]);
    const removed = /^\$deleteFromPrimitiveList\/(.+)$/.exec(name)?.[1];
    if (removed && Array.isArray(result[removed])) {
      result[removed] = (result[removed] as unknown[]).filter((entry) => !(value as unknown[]).includes(entry));
    }
    if (name.startsWith("$")) continue;
    if (value === null) delete result[name];
    else result[name] = strategicPatch(result[name], value, name);
  }
  for (const [name, order] of Object.entries(patch)) {
    const ordered = /^\$setElementOrder\/(.+)$/.exec(name)?.[1];
    if (ordered && Array.isArray(result[ordered]))
      result[ordered] = reorder(result[ordered], order as unknown[], ordered);
  }
  return result;
}

/** `patchMergeKey` of the list fields that the server's kinds have (Kubernetes API reference). */
const mergeKeys: { readonly [field: string]: string } = {
  containers: "name",
  initContainers: "name",
  volumes: "name",
  env: "name",
  volumeMounts: "mountPath",
  ports: "containerPort",
  conditions: "type",
  ownerReferences: "uid",
  hostAliases: "ip",
};

/** Lists of plain values that are merged as sets rather than replaced. */
const mergedSets = new Set(["finalizers"]);

function mergeList(target: unknown[], patch: unknown[], field: string): unknown[] {
  const mergeKey = mergeKeys[field];
  if (mergedSets.has(field)) return [...new Set([...target, ...patch])];
  if (mergeKey === undefined || !patch.every(isMap)) return patch;
  if (patch.some((entry) => entry.$patch === "replace")) {
    return patch.filter((entry) => entry.$patch !== "replace").map(withoutDirectives);
  }
  const result = [...target];
  for (const entry of patch) {
    const at = result.findIndex((known) => isMap(known) && known[mergeKey] === entry[mergeKey]);
    if (entry.$patch === "delete") {
      if (at >= 0) result.splice(at, 1);
    } else if (at >= 0) result[at] = strategicPatch(result[at], entry);
    else result.push(withoutDirectives(entry));
  }
  return result;
}

function reorder(list: unknown[], order: unknown[], field: string): unknown[] {
  const mergeKey = mergeKeys[field];
  const rank = (entry: unknown) => {
    const at = order.findIndex((wanted) =>
      mergeKey && isMap(entry) && isMap(wanted) ? wanted[mergeKey] === entry[mergeKey] : wanted === entry,
    );
    return at < 0 ? order.length : at;
  };
  return [...list].sort((a, b) => rank(a) - rank(b));
}

function keepOnly(map: Record<string, unknown>, names: readonly string[]): void {
  for (const name of Object.keys(map)) if (!names.includes(name)) delete map[name];
}

function withoutDirectives(map: Record<string, unknown>): Record<string, unknown> {
  return Object.fromEntries(Object.entries(map).filter(([name]) => !name.startsWith("$")));
}

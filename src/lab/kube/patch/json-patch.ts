import { type Refusal, refuse } from "../refusal.ts";
import { isMap } from "./merge.ts";

export type Operation = {
  readonly op: "add" | "remove" | "replace" | "test" | "copy" | "move";
  readonly path: string;
  readonly from?: string;
  readonly value?: unknown;
};

/** RFC 6902. A failing `test`, or a path that leads nowhere, refuses the whole patch. */
export function jsonPatch(target: unknown, operations: readonly Operation[]): unknown | Refusal {
  let result: unknown = structuredClone(target);
  for (const operation of operations) {
    const next = apply(result, operation);
    if (next === undefined) return unprocessable(`the server rejected our request due to an error in our request`);
    result = next.value;
  }
  return result;
}

function apply(root: unknown, { op, path, from, value }: Operation): { value: unknown } | undefined {
  if (op === "copy" || op === "move") {
    const source = read(root, segments(from ?? ""));
    if (source === undefined) return undefined;
    const base = op === "move" ? apply(root, { op: "remove", path: from ?? "" }) : { value: root };
    return base && apply(base.value, { op: "add", path, value: structuredClone(source.value) });
  }
  const steps = segments(path);
  if (op === "test") {
    const found = read(root, steps);
    return found && JSON.stringify(found.value) === JSON.stringify(value) ? { value: root } : undefined;
  }
  const last = steps.pop();
  if (last === undefined) return { value };
  const parent = read(root, steps)?.value;
  if (Array.isArray(parent)) return changeList(root, parent, op, last, value);
  if (!isMap(parent)) return undefined;
  if (op !== "add" && !(last in parent)) return undefined;
  if (op === "remove") delete parent[last];
  else parent[last] = value;
  return { value: root };
}

function changeList(root: unknown, list: unknown[], op: string, last: string, value: unknown) {
  const at = last === "-" ? list.length : Number(last);
  if (!Number.isInteger(at) || at < 0 || at > list.length || (op !== "add" && at === list.length)) return undefined;
  if (op === "add") list.splice(at, 0, value);
  else if (op === "remove") list.splice(at, 1);
  else list[at] = value;
  return { value: root };
}

function read(root: unknown, steps: readonly string[]): { value: unknown } | undefined {
  let value = root;
  for (const step of steps) {
    if (Array.isArray(value) ? !(Number(step) in value) : !isMap(value) || !(step in value)) return undefined;
    value = (value as Record<string, unknown>)[step];
  }
  return { value };
}

function segments(path: string): string[] {
  const parts = path.split("/").slice(1);
  return parts.map((part) => part.replaceAll("~1", "/").replaceAll("~0", "~"));
}

function unprocessable(message: string): Refusal {
  return refuse(422, "Invalid", message);
}

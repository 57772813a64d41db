import type { ExactJson } from "../../lib/exact-json.ts";

/** `a.b[0]["odd key"].c` as its parts, or undefined when it is no such path. */
export function parsePath(path: string): (string | number)[] | undefined {
  const parts: (string | number)[] = [];
  const part = /(?:^|\.)([^.[\]"]+)|\[(\d+)\]|\["((?:[^"\\]|\\.)*)"\]/y;
  const text = path.replace(/^\$\.?/, "");
  while (part.lastIndex < text.length) {
    const match = part.exec(text);
    if (match === null) return undefined;
    if (match[2] !== undefined) parts.push(Number(match[2]));
    else parts.push(match[1] ?? (JSON.parse(`"${match[3]}"`) as string));
  }
  return parts;
}

/** The value at a path that `parsePath` accepted; undefined when there is none. */
export function valueAt(json: ExactJson, path: string): ExactJson | undefined {
  let value: ExactJson | undefined = json;
  for (const part of parsePath(path) ?? []) {
    if (value === null || typeof value !== "object") return undefined;
    value = Object.hasOwn(value, part) ? (value as { [key: string]: ExactJson })[part] : undefined;
  }
  return value;
}

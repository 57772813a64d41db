import type { Node } from "../yaml/node.ts";
import type { Context } from "./context.ts";
import { mismatch, type Shape } from "./shape.ts";

/** A map whose keys the author chooses. */
export function mapOf<T>(what: string, names: NameRule, value: Shape<T>): Shape<ReadonlyMap<string, T>> {
  const expects = `${what}: a map of names`;
  return {
    expects,
    schema: { type: "object", propertyNames: { pattern: names.pattern.source }, additionalProperties: value.schema },
    read(node, context) {
      if (node.kind !== "map") return mismatch(node, expects, context, `write: { NAME: … }`);
      const found = new Map<string, T>();
      for (const entry of node.entries) {
        if (!checkName(entry.key, entry.keyRange, names, context)) continue;
        const read = value.read(entry.value, context);
        if (read !== undefined) found.set(entry.key, read);
      }
      return found;
    },
  };
}

/** How names of one kind look. */
export type NameRule = { readonly pattern: RegExp; readonly words: string; mend(name: string): string };

export function checkName(name: string, range: Node["range"], rule: NameRule, { report }: Context): boolean {
  if (rule.pattern.test(name) && !FORBIDDEN_NAMES.has(name)) return true;
  const reserved = FORBIDDEN_NAMES.has(name);
  const message = `"${name.slice(0, 60)}" cannot be a name here: ${reserved ? "it has a meaning of its own" : rule.words}`;
  const mend = reserved ? `my_${name.replace(/^_+|_+$/g, "")}` : rule.mend(name);
  report.add(range, { code: "bad-name", message, mend: `write: ${mend}` });
  return false;
}

const FORBIDDEN_NAMES = new Set(["__proto__", "constructor", "prototype"]);

export function listOf<T>(what: string, item: Shape<T>, more: { min?: number } = {}): Shape<readonly T[]> {
  const expects = `a list of ${what}`;
  return {
    expects,
    schema: { type: "array", items: item.schema, ...(more.min === undefined ? {} : { minItems: more.min }) },
    read(node, context) {
      if (node.kind !== "list") return mismatch(node, expects, context, `write: [${what}, …]`);
      if (node.items.length < (more.min ?? 0)) {
        context.report.add(node.range, {
          code: "empty-list",
          message: `${expects} must not be empty`,
          mend: `write: [${what}]`,
        });
      }
      return node.items.flatMap((entry) => {
        const read = item.read(entry, context);
        return read === undefined ? [] : [read];
      });
    },
  };
}

/** Shorthands: what is read depends on whether a text (or number), a list or a map stands there. */
export function byKind<T>(expects: string, kinds: { scalar?: Shape<T>; list?: Shape<T>; map?: Shape<T> }): Shape<T> {
  const shapes = [kinds.scalar, kinds.list, kinds.map].filter((shape) => shape !== undefined);
  return {
    expects,
    schema: { anyOf: shapes.map((shape) => shape.schema) },
    read(node, context) {
      const shape = kinds[node.kind];
      if (!shape || (node.kind === "scalar" && node.value === null)) return mismatch(node, expects, context);
      return shape.read(node, context);
    },
  };
}

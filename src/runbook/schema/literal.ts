import { dirname } from "node:path";
import type { ParamSpec, TemplateTree } from "../../domain/runbook.ts";
import type { Value } from "../../domain/value.ts";
import { readParamValue } from "../param-value.ts";
import type { Node } from "../yaml/node.ts";
import type { Context } from "./context.ts";
import { readTree } from "./leaves.ts";
import { mismatch } from "./shape.ts";

/** A value of the file itself, in its final form. */
export function literalOf(node: Node, spec: ParamSpec, context: Context): Value | undefined {
  const textual = spec.type === "string" || spec.type === "path" || spec.type === "secret";
  const given =
    textual && node.kind === "scalar" && node.source !== "" && node.value !== null ? node.source : plainValue(node);
  if (given === undefined) return mismatch(node, `a fixed ${spec.type}`, context);
  const read = readParamValue(spec, given, dirname(context.report.source.file));
  if (read.kind === "ok") return read.value;
  const code = spec.type === "duration" && /unit/.test(read.mend ?? "") ? "duration-unit" : "bad-value";
  context.report.add(node.range, { code, message: read.message, ...(read.mend ? { mend: read.mend } : {}) });
  return undefined;
}

/**
 * What a caller gives for a parameter: literal parts are read by its type, `${{ }}` of a duration gives milliseconds.
 */
export function argumentFor(spec: ParamSpec, name: string, node: Node, context: Context): TemplateTree | undefined {
  const tree = readTree(node, context, spec.type === "duration" ? { want: "duration" } : {});
  if (spec.type === "secret") {
    const message = `"${name}" is a secret of the called runbook and cannot be given as a value`;
    context.report.add(node.range, {
      code: "secret-place",
      message,
      mend: "declare it under secrets: of the called runbook",
    });
    return undefined;
  }
  if (!isLiteral(tree)) return tree;
  const value = literalOf(node, spec, context);
  return value === undefined ? undefined : { kind: "literal", value };
}

export function isLiteral(tree: TemplateTree): boolean {
  switch (tree.kind) {
    case "literal":
      return true;
    case "template":
      return false;
    case "list":
      return tree.items.every(isLiteral);
    case "map":
      return tree.entries.every(([, entry]) => isLiteral(entry));
  }
}

/** A YAML value without holes as value; `undefined` for one with holes. Unquoted numbers keep their text for text types. */
export function plainValue(node: Node): Value | undefined {
  switch (node.kind) {
    case "scalar":
      return typeof node.value === "string" && node.value.includes("${{") ? undefined : node.value;
    case "list": {
      const items = node.items.map(plainValue);
      return items.includes(undefined) ? undefined : (items as Value[]);
    }
    case "map": {
      const map: { [key: string]: Value } = Object.create(null);
      for (const { key, value } of node.entries) {
        const plain = plainValue(value);
        if (plain === undefined) return undefined;
        map[key] = plain;
      }
      return map;
    }
  }
}

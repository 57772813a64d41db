import type { ParamSpec, TemplateTree } from "../../domain/runbook.ts";
import { type Value, type ValueMap, valueToText } from "../../domain/value.ts";
import { formatDuration } from "../../runbook/index.ts";

/** A value as somebody could type it, so that reading it gives the same value again. */
export function typedText(spec: ParamSpec, value: Value): string {
  if (spec.type === "duration" && typeof value === "number") return formatDuration(value);
  if (spec.type === "size" && (typeof value === "number" || typeof value === "bigint")) return `${value}B`;
  if (Array.isArray(value) && value.every((item) => typeof item === "string" && !/[,\s[\]]/.test(item)))
    return value.join(",");
  return valueToText(value);
}

/** A default for reading; one that is worked out later shows its expression. */
export function defaultText(spec: ParamSpec): string | undefined {
  return spec.default && treeText(spec, spec.default);
}

function treeText(spec: ParamSpec, tree: TemplateTree): string {
  if (tree.kind === "literal") return typedText(spec, tree.value);
  if (tree.kind === "template") return tree.template.source;
  return tree.kind === "list" ? tree.items.map((item) => treeText(spec, item)).join(",") : "worked out at start";
}

export function paramTexts(
  specs: Readonly<Record<string, ParamSpec>>,
  params: ValueMap,
): readonly (readonly [name: string, text: string])[] {
  return Object.entries(params).map(([name, value]) => {
    const spec = specs[name];
    return [name, spec ? typedText(spec, value) : valueToText(value)];
  });
}

import type { Evaluated, Expressions, Scope } from "../../domain/expressions.ts";
import type { Template, TemplateTree } from "../../domain/runbook.ts";
import type { Value } from "../../domain/value.ts";
import { parseDuration } from "../units.ts";
import { type Compiled, createCompiler, type ExpressionPart } from "./compile.ts";
import { celText, fromCel } from "./convert.ts";
import { expressionFailure, placeFailure } from "./failures.ts";
import { createCommandRenderer } from "./render-command.ts";

/** The expression language for the engine. One instance per process is enough; compiled expressions are cached in it. */
export function createExpressions(): Expressions {
  const compile = createCompiler();
  const run = (part: ExpressionPart, template: Template, scope: Scope): Evaluated<unknown> => {
    let compiled: Compiled;
    try {
      compiled = compile(part);
      return { kind: "ok", value: compiled(scope) };
    } catch (cause) {
      return { kind: "failed", failure: expressionFailure(part, template, cause) };
    }
  };
  const text = (template: Template, scope: Scope): Evaluated<string> => {
    let whole = "";
    for (const part of template.parts) {
      if (part.kind === "text") {
        whole += part.text;
        continue;
      }
      const result = run(part, template, scope);
      if (result.kind === "failed") return result;
      const converted = converting(part, template, () => celText(result.value));
      if (converted.kind === "failed") return converted;
      whole += converted.value;
    }
    return { kind: "ok", value: whole };
  };
  const value = (template: Template, scope: Scope): Evaluated<Value> => {
    const part = template.parts[0];
    if (template.parts.length !== 1 || part?.kind !== "expression") return suited(template, text(template, scope));
    const result = run(part, template, scope);
    if (result.kind === "failed") return result;
    return suited(
      template,
      converting(part, template, () => fromCel(result.value)),
    );
  };
  const condition = (template: Template, scope: Scope): Evaluated<boolean> => {
    const result = value(template, scope);
    if (result.kind === "failed") return result;
    if (typeof result.value === "boolean") return { kind: "ok", value: result.value };
    return { kind: "failed", failure: placeFailure(template, result.value, "true or false") };
  };
  const tree = (node: TemplateTree, scope: Scope): Evaluated<Value> => {
    switch (node.kind) {
      case "literal":
        return { kind: "ok", value: node.value };
      case "template":
        return value(node.template, scope);
      case "list":
        return listOf(node.items, (item) => tree(item, scope));
      case "map":
        return mapOf(node.entries, (entry) => tree(entry, scope));
    }
  };
  return { value, text, condition, tree, command: createCommandRenderer(run) };
}

function converting<T>(part: ExpressionPart, template: Template, convert: () => T): Evaluated<T> {
  try {
    return { kind: "ok", value: convert() };
  } catch (cause) {
    return { kind: "failed", failure: expressionFailure(part, template, cause) };
  }
}

/** What a place wants: text such as `15m` becomes milliseconds where a duration belongs. */
function suited(template: Template, result: Evaluated<Value>): Evaluated<Value> {
  if (result.kind === "failed" || template.as === undefined) return result;
  const { value } = result;
  if (template.as === "integer") {
    if (typeof value === "number" && Number.isInteger(value)) return result;
    const parsed = typeof value === "string" && /^\d{1,9}$/.test(value) ? Number(value) : undefined;
    if (parsed !== undefined) return { kind: "ok", value: parsed };
    return { kind: "failed", failure: placeFailure(template, value, "a whole number") };
  }
  if (typeof value === "number" && value >= 0) return result;
  const parsed = typeof value === "string" ? parseDuration(value.trim()) : undefined;
  if (parsed !== undefined) return { kind: "ok", value: parsed };
  return { kind: "failed", failure: placeFailure(template, value, "a duration such as 500ms, 5s, 15m") };
}

function listOf(items: readonly TemplateTree[], of: (item: TemplateTree) => Evaluated<Value>): Evaluated<Value> {
  const values: Value[] = [];
  for (const item of items) {
    const result = of(item);
    if (result.kind === "failed") return result;
    values.push(result.value);
  }
  return { kind: "ok", value: values };
}

function mapOf(
  entries: readonly (readonly [string, TemplateTree])[],
  of: (entry: TemplateTree) => Evaluated<Value>,
): Evaluated<Value> {
  const map: { [key: string]: Value } = Object.create(null);
  for (const [key, entry] of entries) {
    const result = of(entry);
    if (result.kind === "failed") return result;
    map[key] = result.value;
  }
  return { kind: "ok", value: map };
}

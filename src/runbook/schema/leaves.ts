import type { Template, TemplateTree } from "../../domain/runbook.ts";
import { nearest } from "../suggest.ts";
import { cutTemplate } from "../template.ts";
import { guessDuration, parseDuration } from "../units.ts";
import type { Node } from "../yaml/node.ts";
import type { Context } from "./context.ts";
import { readTemplate, type TemplateUse } from "./read-template.ts";
import { mismatch, type Shape, scalarText } from "./shape.ts";

/** Fixed text, without holes. */
export function text(expects: string, more: { pattern?: RegExp; maxLength?: number } = {}): Shape<string> {
  const { pattern, maxLength = 10_000 } = more;
  return {
    expects,
    schema: { type: "string", ...(pattern ? { pattern: pattern.source } : {}) },
    read(node, context) {
      const value = scalarText(node);
      if (value === undefined || value === "") return mismatch(node, expects, context);
      if (value.includes("${{")) {
        const message = `${expects} is needed here before the run begins, so it cannot hold \${{ … }}`;
        context.report.add(node.range, { code: "fixed-text", message, mend: "write the text itself" });
        return undefined;
      }
      if (value.length > maxLength || (pattern && !pattern.test(value))) return mismatch(node, expects, context);
      return value;
    },
  };
}

export function choice<const C extends string>(
  choices: readonly C[],
  synonyms: Readonly<Record<string, C>> = {},
): Shape<C> {
  const expects = `one of ${choices.join(", ")}`;
  return {
    expects,
    schema: { enum: [...choices] },
    read(node, context) {
      const value = scalarText(node);
      const found = choices.find((candidate) => candidate === value);
      if (found !== undefined) return found;
      const synonym = value !== undefined && Object.hasOwn(synonyms, value) ? synonyms[value] : undefined;
      const hint = synonym ?? (value === undefined ? undefined : nearest(value, choices));
      return mismatch(node, expects, context, hint && `write: ${hint}`);
    },
  };
}

export const flag: Shape<boolean> = {
  expects: "true or false",
  schema: { type: "boolean" },
  read(node, context) {
    if (node.kind === "scalar" && typeof node.value === "boolean") return node.value;
    const value = scalarText(node)?.toLowerCase() ?? "";
    const mend = /^(?:yes|y|on|1|true)$/.test(value)
      ? "true"
      : /^(?:no|n|off|0|false)$/.test(value)
        ? "false"
        : undefined;
    return mismatch(node, flag.expects, context, mend && `write: ${mend}`);
  },
};

export function integer(expects: string, min: number, max: number): Shape<number> {
  return {
    expects,
    schema: { type: "integer", minimum: min, maximum: max },
    read(node, context) {
      const value = node.kind === "scalar" ? node.value : undefined;
      if (typeof value !== "number" || !Number.isInteger(value)) return mismatch(node, expects, context);
      if (value >= min && value <= max) return value;
      const message = `${value} is out of bounds: ${expects} is from ${min} to ${max}`;
      context.report.add(node.range, { code: "out-of-bounds", message, mend: `write a number from ${min} to ${max}` });
      return undefined;
    },
  };
}

const DURATION_PATTERN = String.raw`^(\d+(\.\d+)?(ms|s|m|h|d))+$`;
const DURATION_EXPECTS = "a duration such as 500ms, 5s, 15m, 3h, 2d";

/** A fixed duration, in milliseconds. */
export const duration: Shape<number> = {
  expects: DURATION_EXPECTS,
  schema: { type: "string", pattern: DURATION_PATTERN },
  read(node, context) {
    const value = scalarText(node);
    const totalMs = value === undefined ? undefined : parseDuration(value);
    if (totalMs !== undefined) return totalMs;
    if (node.kind === "scalar" && typeof node.value === "number") return withoutUnit(node, node.value, context);
    if (value?.includes("${{")) {
      const message = "this duration must be fixed and cannot hold ${{ … }}";
      context.report.add(node.range, { code: "fixed-text", message, mend: "write: 5s" });
      return undefined;
    }
    if (/^\d+(?:\.\d+)?$/.test(value ?? "")) return withoutUnit(node, Number(value), context);
    const guess = guessDuration(value ?? "");
    return mismatch(node, DURATION_EXPECTS, context, guess && `write: ${guess}`);
  },
};

function withoutUnit(node: Node, value: number, { report }: Context): undefined {
  const message = `a duration needs a unit: ${value} of what?`;
  report.add(node.range, {
    code: "duration-unit",
    message,
    mend: `write: ${value}s (or ${value}ms, ${value}m, ${value}h)`,
  });
  return undefined;
}

/** A duration in milliseconds, or an expression that gives one. */
export const durationOrTemplate: Shape<number | Template> = {
  expects: `${DURATION_EXPECTS}, or \${{ … }}`,
  schema: {
    anyOf: [
      { type: "string", pattern: DURATION_PATTERN },
      { type: "string", pattern: String.raw`\$\{\{` },
    ],
  },
  read(node, context) {
    const value = scalarText(node);
    if (!value?.includes("${{")) return duration.read(node, context);
    return readTemplate(value, node, context, { want: "duration" });
  },
};

export function integerOrTemplate(expects: string, min: number, max: number): Shape<number | Template> {
  const fixed = integer(expects, min, max);
  return {
    expects: `${expects}, or \${{ … }}`,
    schema: { anyOf: [fixed.schema, { type: "string", pattern: String.raw`\$\{\{` }] },
    read(node, context) {
      const value = scalarText(node);
      if (!value?.includes("${{")) return fixed.read(node, context);
      return readTemplate(value, node, context, { want: "integer" });
    },
  };
}

/** Text that may hold `${{ … }}`. Numbers and booleans are taken as they are written. */
export function template(expects: string, use: TemplateUse = {}): Shape<Template> {
  return {
    expects,
    schema: { type: ["string", "number", "boolean"] },
    read(node, context) {
      const value = scalarText(node);
      if (value === undefined) return mismatch(node, expects, context, looksLikeHole(node));
      return readTemplate(value, node, context, use);
    },
  };
}

/** One `${{ … }}` that gives true or false. */
export function condition(use: TemplateUse = {}): Shape<Template> {
  const expects = "a condition such as ${{ params.count > 3 }}";
  return {
    expects,
    schema: { type: ["string", "boolean"], description: expects },
    read(node, context) {
      if (node.kind === "scalar" && typeof node.value === "boolean") {
        const constant = `\${{ ${node.value} }}`;
        return readTemplate(constant, node, context, { ...use, want: "condition" });
      }
      const value = scalarText(node);
      if (value === undefined || value === "") return mismatch(node, expects, context, looksLikeHole(node));
      const pieces = cutTemplate(value.trim());
      if (pieces.length === 1 && pieces[0]?.kind !== "text") {
        return readTemplate(value.trim(), node, context, { ...use, want: "condition" });
      }
      const bare = value.replace(/\$\{\{|\}\}/g, "").trim();
      const message = "a condition must be one expression in ${{ … }}";
      context.report.add(node.range, { code: "bare-condition", message, mend: `write: "\${{ ${bare} }}"` });
      return readTemplate(`\${{ true }}`, node, context);
    },
  };
}

/** `{{ x }}` without `$` is a map of YAML. */
export function looksLikeHole(node: Node): string | undefined {
  return node.kind === "map" ? 'if an expression is meant, write: "${{ … }}"' : undefined;
}

/** Any YAML value whose texts may hold `${{ … }}`. */
export function tree(expects: string, use: TemplateUse = {}): Shape<TemplateTree> {
  return { expects, schema: {}, read: (node, context) => readTree(node, context, use) };
}

export function readTree(node: Node, context: Context, use: TemplateUse = {}): TemplateTree {
  switch (node.kind) {
    case "scalar":
      if (typeof node.value !== "string" || !node.value.includes("${{")) return { kind: "literal", value: node.value };
      return { kind: "template", template: readTemplate(node.value, node, context, use) };
    case "list":
      return { kind: "list", items: node.items.map((item) => readTree(item, context, use)) };
    case "map":
      return {
        kind: "map",
        entries: node.entries.map(({ key, value }) => [key, readTree(value, context, use)] as const),
      };
  }
}

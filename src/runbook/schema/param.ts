import type { ParamSpec, ParamType, TemplateTree } from "../../domain/runbook.ts";
import type { Value } from "../../domain/value.ts";
import { patternProblem } from "../../lib/guarded-regex.ts";
import { entryOf, type MapNode, type Node } from "../yaml/node.ts";
import { listOf } from "./collections.ts";
import type { Context } from "./context.ts";
import { choice, flag, readTree, text } from "./leaves.ts";
import { isLiteral, literalOf } from "./literal.ts";
import { field, mismatch, object, type Shape } from "./shape.ts";

const TYPES = ["string", "integer", "number", "boolean", "enum", "duration", "size", "path", "list", "secret"] as const;

const TYPE_SYNONYMS = {
  int: "integer",
  float: "number",
  double: "number",
  bool: "boolean",
  str: "string",
  text: "string",
  array: "list",
  file: "path",
  dir: "path",
  bytes: "size",
  time: "duration",
  select: "enum",
  choice: "enum",
  password: "secret",
} as const;

/** A YAML value that is kept as it is until the parameter's type is known. */
const anyNode: Shape<Node> = { expects: "a value", schema: {}, read: (node) => node };

export const PARAM_FIELDS = {
  type: field(
    choice(TYPES, TYPE_SYNONYMS),
    "string (default), integer, number, boolean, enum, duration (15m), size (64KiB), path (becomes absolute), list, secret (never shown or kept; used as secrets.NAME).",
  ),
  enum: field(
    listOf("value", anyNode, { min: 1 }),
    "The only values that are allowed. With `enum`, `type: string` may be left out.",
  ),
  pattern: field(
    text("a regular expression"),
    "A regular expression that the whole text (or each entry of a list) must match.",
  ),
  min: field(
    anyNode,
    "Least value; of a text its least length, of a list its least count. Durations and sizes with unit.",
  ),
  max: field(anyNode, "Greatest value; of a text its greatest length, of a list its greatest count."),
  default: field(
    anyNode,
    "Used when nothing is given. May look at parameters above it and at env: `${{ params.namespace }}-pvc`.",
  ),
  optional: field(flag, "It may be missing. Ask for it with has(params.name)."),
  prompt: field(
    text("a question"),
    "Question to the operator when nothing is given on a terminal. Without it a missing value is an error.",
  ),
  description: field(text("a description"), "What it is for; shown by --help and when it is asked for."),
} as const;

const shape = object("a parameter", PARAM_FIELDS, {
  expects: "a parameter such as { type: string, default: eos }",
  mend: (node) =>
    node.kind === "scalar" && node.value !== null
      ? (TYPES as readonly unknown[]).includes(node.value)
        ? `write: { type: ${node.value} }`
        : `write: { type: string, default: ${node.source || JSON.stringify(node.value)} }`
      : undefined,
  synonyms: {
    required: "optional",
    choices: "enum",
    options: "enum",
    values: "enum",
    regex: "pattern",
    help: "description",
    title: "description",
    value: "default",
  },
});

/** One parameter, or the answer that an `input` step takes. */
export const param: Shape<ParamSpec> = {
  expects: shape.expects,
  schema: shape.schema,
  read(node, context) {
    const fields = shape.read(node, context);
    if (!fields || node.kind !== "map") return undefined;
    return specOf(fields, node, context);
  },
};

export type ParamFieldsRead = NonNullable<ReturnType<typeof shape.read>>;

export function specOf(fields: ParamFieldsRead, node: MapNode, context: Context): ParamSpec {
  const type: ParamType = fields.type === "enum" || fields.type === undefined ? "string" : fields.type;
  if (fields.type === "enum" && !fields.enum && !entryOf(node, "enum")) {
    context.report.add(entryOf(node, "type")?.keyRange ?? node.range, {
      code: "missing-key",
      message: "type enum needs the allowed values",
      mend: "write: enum: [a, b]",
    });
  }
  checkPattern(fields.pattern, type, node, context);
  const bare: ParamSpec = { type, optional: fields.optional ?? false };
  const values = fields.enum?.flatMap((entry) => literalOf(entry, bare, context) ?? []);
  const min = boundOf(fields.min, type, context);
  const max = boundOf(fields.max, type, context);
  const spec: ParamSpec = {
    ...bare,
    ...(values && values.length > 0 ? { enum: values } : {}),
    ...(fields.pattern !== undefined && patternProblem(fields.pattern) === undefined
      ? { pattern: fields.pattern }
      : {}),
    ...(min === undefined ? {} : { min }),
    ...(max === undefined ? {} : { max }),
    ...(fields.prompt === undefined ? {} : { prompt: fields.prompt }),
    ...(fields.description === undefined ? {} : { description: fields.description }),
  };
  if (min !== undefined && max !== undefined && (min as number) > (max as number) && fields.min) {
    context.report.add(fields.min.range, {
      code: "out-of-bounds",
      message: "min is greater than max",
      mend: "swap them",
    });
  }
  if (!fields.default) return spec;
  if (type === "secret") {
    const message = "a secret must not stand in a file";
    context.report.add(fields.default.range, {
      code: "secret-default",
      message,
      mend: "remove default and write: prompt: …",
    });
    return spec;
  }
  const value = defaultOf(fields.default, spec, context);
  return value === undefined ? spec : { ...spec, default: value };
}

function checkPattern(pattern: string | undefined, type: ParamType, node: MapNode, { report }: Context): void {
  const range = entryOf(node, "pattern")?.value.range ?? node.range;
  if (pattern === undefined) return;
  const problem = patternProblem(pattern);
  if (problem !== undefined) {
    report.add(range, {
      code: "bad-pattern",
      message: `this is no regular expression: ${problem}`,
      mend: "escape special characters with \\",
    });
  }
  if (type !== "string" && type !== "path" && type !== "list" && type !== "secret") {
    report.add(range, {
      code: "bad-pattern",
      message: `a pattern says nothing about type ${type}`,
      mend: "write: min and max",
    });
  }
}

function boundOf(node: Node | undefined, type: ParamType, context: Context): Value | undefined {
  if (!node) return undefined;
  const boundType: ParamType =
    type === "integer" || type === "number" || type === "duration" || type === "size" ? type : "integer";
  if (type === "boolean") return mismatch(node, "no bounds for a boolean", context, "remove it");
  return literalOf(node, { type: boundType, optional: false }, context);
}

function defaultOf(node: Node, spec: ParamSpec, context: Context): TemplateTree | undefined {
  const tree = readTree(node, context);
  if (!isLiteral(tree)) return tree;
  const value = literalOf(node, spec, context);
  return value === undefined ? undefined : { kind: "literal", value };
}

export const paramNames = {
  pattern: /^[A-Za-z_][A-Za-z0-9_]{0,63}$/,
  words: "letters, digits and _ (an expression reads - as minus)",
  mend: (name: string) =>
    name
      .replace(/[^A-Za-z0-9_]/g, "_")
      .replace(/^(?=\d)/, "_")
      .slice(0, 64) || "name",
};

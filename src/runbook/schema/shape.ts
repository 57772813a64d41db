import type { JsonObject } from "../../domain/json.ts";
import { nearest } from "../suggest.ts";
import type { Entry, MapNode, Node, ScalarNode } from "../yaml/node.ts";
import type { Context } from "./context.ts";

/**
 * What may stand somewhere in a runbook: one definition that reads and checks it, names it in messages and describes it in
 * the JSON Schema. `read` reports what is wrong and then gives `undefined`, so that reading goes on to the next problem.
 */
export type Shape<T> = {
  /** In words: "a duration such as 5m". */
  readonly expects: string;
  readonly schema: JsonObject;
  read(node: Node, context: Context): T | undefined;
};

/** A key of a map. `doc` is what an editor shows; a required key has an `example` of its value to write. */
export type Field<T> = {
  readonly shape: Shape<T>;
  readonly doc: string;
  readonly required?: { readonly example: string };
};

export type Fields = Readonly<Record<string, Field<unknown>>>;

export type ReadFields<F extends Fields> = { [K in keyof F]?: F[K] extends Field<infer T> ? T : never };

export function field<T>(shape: Shape<T>, doc: string, more: Pick<Field<T>, "required"> = {}): Field<T> {
  return { shape, doc, ...more };
}

/** Reports that a value is not what its place expects. */
export function mismatch(node: Node, expects: string, { report }: Context, mend?: string): undefined {
  if (node.kind === "scalar" && node.broken) return undefined;
  const message = `expected ${expects}, but found ${describe(node)}`;
  report.add(node.range, { code: "wrong-type", message, mend: mend ?? `write ${expects}` });
  return undefined;
}

export function describe(node: Node): string {
  if (node.kind !== "scalar") return node.kind === "map" ? "a map (key: value)" : "a list";
  if (node.value === null) return "nothing";
  if (typeof node.value === "string") return node.value === "" ? "an empty text" : `the text ${clipped(node.value)}`;
  return typeof node.value === "boolean" ? `${node.value}` : `the number ${clipped(node.source || String(node.value))}`;
}

function clipped(text: string): string {
  const line = text.split("\n", 1)[0] as string;
  return line.length > 40 || line !== text ? `"${line.slice(0, 40)}…"` : `"${line}"`;
}

/** A map with these keys and no others. */
export function object<F extends Fields>(what: string, fields: F, more: ObjectOptions = {}): Shape<ReadFields<F>> {
  const expects = more.expects ?? `${what}: a map with ${Object.keys(fields).slice(0, 4).join(", ")}`;
  return {
    expects,
    schema: objectSchema(fields, more),
    read(node, context) {
      if (node.kind !== "map") return mismatch(node, expects, context, more.mend?.(node));
      return readFields(node, fields, what, context, more);
    },
  };
}

export type ObjectOptions = {
  readonly expects?: string;
  /** What to write instead of a node that is no map. */
  readonly mend?: (node: Node) => string | undefined;
  /** Other tools' words for our keys. */
  readonly synonyms?: Readonly<Record<string, string>>;
  /** More of the JSON Schema, such as which keys exclude each other. */
  readonly schema?: JsonObject;
  /** The surroundings in which the value of a key is read. */
  readonly contextOf?: (key: string, context: Context) => Context;
};

export function readFields<F extends Fields>(
  node: MapNode,
  fields: F,
  what: string,
  context: Context,
  options: ObjectOptions = {},
): ReadFields<F> {
  const found: Record<string, unknown> = {};
  const meant = new Set<string>();
  for (const entry of node.entries) {
    const known = Object.hasOwn(fields, entry.key) ? fields[entry.key] : undefined;
    if (!known) {
      meant.add(reportUnknownKey(entry, Object.keys(fields), what, context, options.synonyms) ?? "");
      continue;
    }
    const value = known.shape.read(entry.value, options.contextOf?.(entry.key, context) ?? context);
    if (value !== undefined) found[entry.key] = value;
  }
  for (const [key, { required }] of Object.entries(fields)) {
    if (required && !meant.has(key) && !node.entries.some((entry) => entry.key === key)) {
      const message = `${what} needs the key "${key}"`;
      context.report.add(headOf(node), { code: "missing-key", message, mend: `write: ${key}: ${required.example}` });
    }
  }
  return found as ReadFields<F>;
}

/** Gives the key that was probably meant. */
function reportUnknownKey(
  { key, keyRange }: Entry,
  known: readonly string[],
  what: string,
  { report }: Context,
  synonyms: Readonly<Record<string, string>> = {},
): string | undefined {
  const hint = (Object.hasOwn(synonyms, key) ? synonyms[key] : undefined) ?? nearest(key, known);
  const message = `${what} has no key "${key}"`;
  const mend = hint ? `write: ${hint}` : `known keys: ${known.join(", ")}`;
  report.add(keyRange, { code: "unknown-key", message, mend });
  return hint;
}

/** The first line of a map, to point at what concerns it as a whole. */
export function headOf(node: MapNode) {
  return node.entries[0]?.keyRange ?? node.range;
}

function objectSchema(fields: Fields, more: ObjectOptions): JsonObject {
  const properties: { [key: string]: JsonObject } = {};
  for (const [key, { shape, doc }] of Object.entries(fields)) properties[key] = documented(shape.schema, doc);
  const required = Object.keys(fields).filter((key) => fields[key]?.required);
  return {
    type: "object",
    properties,
    ...(required.length > 0 ? { required } : {}),
    additionalProperties: false,
    ...more.schema,
  };
}

/** Beside `$ref` a description is allowed since draft 2019-09. */
function documented(schema: JsonObject, doc: string): JsonObject {
  return { ...schema, description: doc };
}

/** The same shape under a name in the JSON Schema's `$defs`; lets shapes contain themselves. */
export function named<T>(
  name: string,
  expects: string,
  shape: () => Shape<T>,
): Shape<T> & { readonly definition: Definition } {
  return {
    expects,
    schema: { $ref: `#/$defs/${name}` },
    definition: { name, schema: () => shape().schema },
    read: (node, context) => shape().read(node, context),
  };
}

export type Definition = { readonly name: string; readonly schema: () => JsonObject };

export function mapped<A, B>(
  shape: Shape<A>,
  change: (value: A, node: Node, context: Context) => B | undefined,
): Shape<B> {
  return {
    expects: shape.expects,
    schema: shape.schema,
    read(node, context) {
      const value = shape.read(node, context);
      return value === undefined ? undefined : change(value, node, context);
    },
  };
}

export function scalarText(node: Node): string | undefined {
  if (node.kind !== "scalar" || node.value === null) return undefined;
  return typeof node.value === "string" ? node.value : node.source || String(node.value);
}

export type { ScalarNode };

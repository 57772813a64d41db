import { code } from "./markdown.ts";

/** The parts of JSON Schema that our schemas use. */
export type Schema = {
  readonly type?: string | readonly string[];
  readonly description?: string;
  readonly default?: unknown;
  readonly enum?: readonly unknown[];
  readonly const?: unknown;
  readonly pattern?: string;
  readonly minimum?: number;
  readonly maximum?: number;
  readonly exclusiveMinimum?: number;
  readonly minItems?: number;
  readonly items?: Schema;
  readonly properties?: { readonly [name: string]: Schema };
  readonly required?: readonly string[];
  readonly additionalProperties?: Schema | boolean;
  readonly propertyNames?: Schema;
  readonly anyOf?: readonly Schema[];
  readonly oneOf?: readonly Schema[];
  readonly $ref?: string;
  readonly $defs?: { readonly [name: string]: Schema };
};

const DURATION = "(ms|s|m|h|d)";

/** What a value may be, in a few words of Markdown. */
export function valueWords(schema: Schema): string {
  // Schemas without a name of their own are those of any JSON value.
  if (schema.$ref !== undefined)
    return schema.$ref
      .split("/")
      .at(-1)
      ?.replace(/^__schema\d+$/, "any value") as string;
  if (schema.const !== undefined) return code(JSON.stringify(schema.const));
  if (schema.enum) return schema.enum.map((value) => code(String(value))).join(", ");
  const several = schema.anyOf ?? schema.oneOf;
  if (several) return alternatives(several);
  if (Array.isArray(schema.type)) {
    if (schema.type.includes("null")) return `${valueWords({ type: schema.type[0] as string })} or nothing`;
    return schema.type.length === 2 ? "condition" : "text";
  }
  switch (schema.type) {
    case "string":
      return stringWords(schema);
    case "boolean":
      return "true, false";
    case "integer":
      return numberWords(schema, "whole number");
    case "number":
      return numberWords(schema, "number");
    case "array":
      return listWords(schema);
    case "null":
      return "nothing";
    case "object":
      return schema.properties ? `map (${Object.keys(schema.properties).map(code).join(", ")})` : "map";
    default:
      return "any value";
  }
}

function alternatives(several: readonly Schema[]): string {
  const words = several.map(valueWords);
  // A duration can be given as milliseconds by an expression; that is no second way to write it.
  const milliseconds = words.includes("duration") ? "number" : "";
  const distinct = [...new Set(words)].filter((word) => word !== "expression" && word !== milliseconds);
  return distinct.join(" or ");
}

function stringWords({ pattern = "" }: Schema): string {
  if (pattern.includes(DURATION)) return "duration";
  if (pattern.includes("KMGT")) return "size";
  if (pattern.includes("\\$\\{\\{")) return "expression";
  if (pattern.includes("%$")) return "percentage";
  if (/^\^\\d/.test(pattern)) return "digits";
  return "text";
}

function numberWords({ minimum, maximum, exclusiveMinimum }: Schema, name: string): string {
  const least = minimum ?? (exclusiveMinimum === 0 && name === "whole number" ? 1 : undefined);
  // Bounds of the number type itself say nothing.
  const most = maximum !== undefined && maximum < Number.MAX_SAFE_INTEGER ? maximum : undefined;
  const first = least !== undefined && least > Number.MIN_SAFE_INTEGER ? least : undefined;
  if (first !== undefined && most !== undefined) return `${name}, ${first} to ${most}`;
  if (first !== undefined && first > 0) return `${name}, at least ${first}`;
  return most === undefined ? name : `${name}, at most ${most}`;
}

function listWords({ items }: Schema): string {
  if (!items || Object.keys(items).length === 0) return "list";
  return `list of ${valueWords(items)}`;
}

/** The maps that a value may be: itself, one of its alternatives, the entries of a list or of a named map. */
export function mapsOf(schema: Schema): readonly Schema[] {
  const direct = schema.properties ? [schema] : [];
  const several = [...(schema.anyOf ?? []), ...(schema.oneOf ?? [])].flatMap(mapsOf);
  const entries = schema.items ? mapsOf(schema.items) : [];
  return [...direct, ...several, ...entries];
}

import type { ForEach, TemplateTree } from "../../domain/runbook.ts";
import { cutTemplate } from "../template.ts";
import type { Node } from "../yaml/node.ts";
import { byKind } from "./collections.ts";
import { type Context, withNames } from "./context.ts";
import { choice, integer, integerOrTemplate, readTree, template } from "./leaves.ts";
import { readTemplate } from "./read-template.ts";
import { field, mapped, mismatch, object, type Shape, scalarText } from "./shape.ts";

const ITEMS = "a list, ${{ … }} that gives one, or { file: path }";

const fileMap = object("items", {
  file: field(template("a path"), "A text file with one item per line, or a .json file with a list.", {
    required: { example: "./list.txt" },
  }),
});

const items: Shape<ForEach["items"]> = byKind<ForEach["items"]>(ITEMS, {
  scalar: {
    expects: ITEMS,
    schema: { type: "string" },
    read(node, context) {
      const value = scalarText(node)?.trim() ?? "";
      const pieces = cutTemplate(value);
      if (pieces.length === 1 && pieces[0]?.kind === "hole") {
        return { kind: "expression", template: readTemplate(value, node, context, { want: "list" }) };
      }
      const mend = /[./]/.test(value) ? `write: items: { file: ${value} }` : `write: items: [${value}]`;
      return mismatch(node, ITEMS, context, mend);
    },
  },
  list: {
    expects: ITEMS,
    schema: { type: "array" },
    read(node, context) {
      const read = readTree(node, context);
      return read.kind === "list" ? { kind: "literal", values: read.items } : undefined;
    },
  },
  map: mapped(fileMap, ({ file }) => file && { kind: "file", path: file }),
});

const MAX_FAILURES = "a number of items or a percentage such as 5%";

const maxFailures: Shape<ForEach["maxFailures"]> = {
  expects: MAX_FAILURES,
  schema: {
    anyOf: [
      { type: "integer", minimum: 0 },
      { type: "string", pattern: String.raw`^\d+(\.\d+)?%$` },
    ],
  },
  read(node, context) {
    const value = scalarText(node) ?? "";
    if (/^\d{1,9}$/.test(value)) return { kind: "count", count: Number(value) };
    const percent = /^(\d+(?:\.\d+)?)%$/.exec(value);
    if (percent && Number(percent[1]) <= 100) return { kind: "percent", percent: Number(percent[1]) };
    return mismatch(node, MAX_FAILURES, context);
  },
};

const shape = object(
  "forEach",
  {
    items: field(
      items,
      "What to repeat the step for. The list is written down before the first item; later changes do not matter.",
      {
        required: { example: "[a, b]" },
      },
    ),
    key: field(
      template("a text such as ${{ item }}"),
      "Names an item for ever, in addresses and at resume; it must differ from item to item. `item` and `index` are known.",
      {
        required: { example: '"${{ item }}"' },
      },
    ),
    concurrency: field(
      integerOrTemplate("a number of items", 1, 10_000),
      "How many items at the same time. Default 1.",
    ),
    maxFailures: field(maxFailures, "Up to so many items may fail: a number or a percentage. Default 0."),
    pilot: field(
      integer("a number of items", 0, 1_000_000),
      "Do so many items first, then ask before the rest. Default 0: no pilot.",
    ),
    order: field(choice(["listed", "reverse", "key"]), "In which order items begin. Default listed."),
  },
  {
    expects: "forEach: { items: …, key: … }",
    mend: (node) => mendWhole(node),
    synonyms: { in: "items", of: "items", list: "items", parallel: "concurrency", name: "key", id: "key", as: "key" },
    contextOf: (key, context) => (key === "key" ? withNames(context, { item: "dyn", key: false }) : context),
  },
);

function mendWhole(node: Node): string | undefined {
  if (node.kind === "list") return 'write: forEach: { items: […], key: "${{ item }}" }';
  const value = scalarText(node);
  return value === undefined
    ? undefined
    : `write: forEach: { items: "${value.replaceAll('"', "'")}", key: "\${{ item }}" }`;
}

export type ForEachRead = { readonly forEach: ForEach; readonly itemType: string };

/** Repeats a step for each item of a list. */
export const forEach: Shape<ForEachRead> = mapped(shape, (fields, _node, context) => {
  if (!fields.items || !fields.key) return undefined;
  return {
    forEach: {
      items: fields.items,
      key: fields.key,
      concurrency: fields.concurrency ?? 1,
      maxFailures: fields.maxFailures ?? { kind: "count", count: 0 },
      pilot: fields.pilot ?? 0,
      order: fields.order ?? "listed",
    },
    itemType: itemType(fields.items, context),
  };
});

function itemType(items: ForEach["items"], context: Context): string {
  if (items.kind === "file") return /\.json\s*$|\}\}\s*$/.test(items.path.source) ? "dyn" : "string";
  if (items.kind === "literal") return commonType(items.values);
  const [hole] = cutTemplate(items.template.source);
  const type = hole?.kind === "hole" ? context.check(hole.source, context.names).type : "dyn";
  const element = /^list<(.+)>$/.exec(type)?.[1];
  return element !== undefined && /^(?:string|bool|int|map<string, string>)$/.test(element) ? element : "dyn";
}

function commonType(values: readonly TemplateTree[]): string {
  const types = new Set(values.map((value) => (value.kind === "literal" ? typeof value.value : "other")));
  const [only] = types;
  if (types.size !== 1) return "dyn";
  if (only === "string") return "string";
  return only === "boolean" ? "bool" : "dyn";
}

import type { OutputSource, ParamType, StepBody } from "../../domain/runbook.ts";
import { patternProblem } from "../../lib/guarded-regex.ts";
import { cutTemplate } from "../template.ts";
import { entryOf, type Node } from "../yaml/node.ts";
import { byKind, mapOf } from "./collections.ts";
import type { Context } from "./context.ts";
import { choice, integer, template, text } from "./leaves.ts";
import { paramNames } from "./param.ts";
import { field, mapped, mismatch, object, type Shape } from "./shape.ts";

const jsonPath: Shape<readonly (string | number)[]> = mapped(
  text("a path such as .items[0].name"),
  (value, node, context) => {
    const path = parseJsonPath(value);
    return (
      path ?? mismatch(node, "a path such as .items[0].name", context, "write: .items[0].name, or . for the whole")
    );
  },
);

/** `.items[0]["a key"]` as its parts; `undefined` when it is no such path. */
export function parseJsonPath(path: string): readonly (string | number)[] | undefined {
  const text = path.trim().replace(/^\$/, "");
  if (text === "." || text === "") return [];
  const parts: (string | number)[] = [];
  const pattern = /\.?([A-Za-z_$][\w$-]*)|\[(\d{1,9})\]|\[(["'])(.*?)\3\]/y;
  while (pattern.lastIndex < text.length) {
    const match = pattern.exec(text);
    if (!match) return undefined;
    parts.push(match[1] ?? match[4] ?? Number(match[2]));
  }
  return parts;
}

const outputMap = object("an output", {
  regex: field(text("a regular expression"), "A regular expression, searched in the output with ^ and $ at line ends."),
  group: field(
    integer("the number of a group", 0, 99),
    "Which group of the expression. Default 1, or 0 when it has none.",
  ),
  from: field(choice(["stdout", "stderr"]), "Where to search. Default stdout."),
  json: field(jsonPath, "The output is JSON; take what stands at this path: .items[0].name"),
  file: field(template("a path"), "The content of a file that the step wrote, relative to its directory."),
  as: field(choice(["text", "json", "lines"]), "How the file is read. Default text."),
});

/** What one output is taken from. */
export function output(useOutput: boolean): Shape<OutputSource> {
  return byKind<OutputSource>('an output such as "${{ stdout }}"', {
    scalar: mapped(template("an expression", { output: useOutput }), (read) => ({
      kind: "expression",
      template: read,
    })),
    map: mapped(outputMap, (fields, node, context) => {
      const given = (["regex", "json", "file"] as const).filter((key) => node.kind === "map" && entryOf(node, key));
      if (given.length !== 1) {
        const message =
          given.length === 0 ? "an output needs regex, json or file" : `${given.join(" and ")} exclude each other`;
        context.report.add(node.range, {
          code: "exclusive-keys",
          message,
          mend: 'write one of them, or an expression "${{ … }}"',
        });
        return undefined;
      }
      if (fields.regex !== undefined) return regexOutput(fields, fields.regex, node, context);
      if (fields.json !== undefined) return { kind: "json", path: fields.json };
      return fields.file && { kind: "file", path: fields.file, as: fields.as ?? "text" };
    }),
  });
}

function regexOutput(
  fields: { readonly group?: number; readonly from?: "stdout" | "stderr" },
  pattern: string,
  node: Node,
  context: Context,
): OutputSource | undefined {
  const range = (node.kind === "map" && entryOf(node, "regex")?.value.range) || node.range;
  const problem = patternProblem(pattern);
  if (problem !== undefined) {
    context.report.add(range, {
      code: "bad-pattern",
      message: `this is no regular expression: ${problem}`,
      mend: "escape special characters with \\",
    });
    return undefined;
  }
  const groups = new RegExp(`${pattern}|`).exec("")?.length ?? 1;
  const group = fields.group ?? (groups > 1 ? 1 : 0);
  if (group >= groups) {
    const message = `the expression has ${groups - 1} groups, so there is no group ${group}`;
    context.report.add(range, { code: "bad-pattern", message, mend: "put ( ) around what is wanted" });
  }
  return { kind: "regex", pattern, group, from: fields.from ?? "stdout" };
}

export const outputs = (useOutput: boolean) => mapOf("outputs", paramNames, output(useOutput));

/** CEL type of what an output will hold. */
export function outputType(source: OutputSource, context: Context, useOutput: boolean): string {
  switch (source.kind) {
    case "regex":
      return "string";
    case "json":
      return "dyn";
    case "file":
      return source.as === "text" ? "string" : source.as === "lines" ? "list<string>" : "dyn";
    case "expression": {
      const pieces = cutTemplate(source.template.source);
      const hole = pieces[0];
      if (pieces.length !== 1 || hole?.kind !== "hole") return "string";
      const names = { ...context.names, output: useOutput };
      return carried(context.check(hole.source, names).type);
    }
  }
}

// A value remembers no CEL type: durations come back as milliseconds, instants as text, whole doubles as integers.
function carried(type: string): string {
  if (type === "google.protobuf.Duration") return "int";
  if (type === "google.protobuf.Timestamp") return "string";
  return ["string", "bool", "int", "list", "list<string>", "list<int>"].includes(type) ? type : "dyn";
}

/** CEL type of an answer or a parameter. */
export function celTypeOf(type: ParamType): string {
  const types: Record<ParamType, string> = {
    string: "string",
    integer: "int",
    number: "double",
    boolean: "bool",
    duration: "google.protobuf.Duration",
    size: "int",
    path: "string",
    list: "list",
    secret: "string",
  };
  return types[type];
}

/** Which kinds of steps leave something behind that outputs may look at. */
export function leavesOutput(kind: StepBody["kind"]): boolean {
  return kind === "run" || kind === "uses" || kind === "input";
}

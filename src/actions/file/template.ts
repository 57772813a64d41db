import type { Json } from "../../domain/json.ts";

/** What is wrong with a template, and where. */
export type TemplateProblem = { readonly line: number; readonly reason: string };

export type Rendered =
  | { readonly kind: "ok"; readonly text: string }
  | { readonly kind: "refused"; readonly problems: readonly TemplateProblem[] };

type Node =
  | { readonly kind: "text"; readonly text: string }
  | { readonly kind: "value"; readonly name: string; readonly line: number }
  | Section;

type Section = {
  readonly kind: "section";
  readonly name: string;
  readonly inverted: boolean;
  readonly line: number;
  readonly nodes: Node[];
};

/**
 * Fills in a template: `{{ name }}` (dots reach into maps), `{{# name }}...{{/ name }}` once per item of a list or when a
 * value is true, `{{^ name }}...{{/ name }}` when it is empty, false or null, `{{ . }}` the item itself, `{{! comment }}`.
 * A line that holds only a section's tag or a comment leaves no line behind. Nothing is escaped. Every unknown name and every
 * unbalanced section is reported, all at once.
 */
export function renderTemplate(template: string, values: { readonly [name: string]: Json }): Rendered {
  const problems: TemplateProblem[] = [];
  const nodes = parse(template, problems);
  const text = write(nodes, [values], problems);
  if (problems.length > 0) return { kind: "refused", problems: distinct(problems) };
  return { kind: "ok", text };
}

const TAG = /\{\{\s*([#^/!]?)\s*([\s\S]*?)\s*\}\}/g;

function parse(template: string, problems: TemplateProblem[]): Node[] {
  const root: Node[] = [];
  const open: Section[] = [];
  const target = (): Node[] => open.at(-1)?.nodes ?? root;
  let [at, line, counted] = [0, 1, 0];
  for (const match of template.matchAll(TAG)) {
    const [whole, sign, name = ""] = match;
    line += newlines(template.slice(counted, match.index));
    counted = match.index;
    const { from, to } = extentOf(template, match.index, match.index + whole.length, sign !== "");
    target().push({ kind: "text", text: template.slice(at, Math.max(at, from)) });
    at = to;
    if (sign === "") target().push({ kind: "value", name, line });
    else if (sign === "#" || sign === "^") {
      const section: Section = { kind: "section", name, inverted: sign === "^", line, nodes: [] };
      target().push(section);
      open.push(section);
    } else if (sign === "/") {
      const last = open.pop();
      if (last?.name === name) continue;
      const opened = last === undefined ? "no section is open" : `"${last.name}" of line ${last.line} is open`;
      problems.push({ line, reason: `{{/ ${name} }} closes nothing: ${opened}` });
    }
  }
  for (const section of open) problems.push({ line: section.line, reason: `{{# ${section.name} }} is not closed` });
  root.push({ kind: "text", text: template.slice(at) });
  return root;
}

/** A section's tag alone on its line takes the white space around it and the line ending along (as in Mustache). */
function extentOf(template: string, from: number, to: number, mayTakeLine: boolean): { from: number; to: number } {
  const lineStart = template.lastIndexOf("\n", from - 1) + 1;
  const rest = /[ \t]*(\r?\n|$(?![\s\S]))/y;
  rest.lastIndex = to;
  const isAlone = mayTakeLine && /^[ \t]*$/.test(template.slice(lineStart, from)) && rest.test(template);
  return isAlone ? { from: lineStart, to: rest.lastIndex } : { from, to };
}

/** `scopes`: the innermost last; a name is looked for from the inside out. */
function write(nodes: readonly Node[], scopes: readonly Json[], problems: TemplateProblem[]): string {
  let text = "";
  for (const node of nodes) {
    if (node.kind === "text") {
      text += node.text;
      continue;
    }
    const value = lookUp(node.name, scopes);
    if (value === undefined) problems.push({ line: node.line, reason: `no value for "${node.name}"` });
    else if (node.kind === "value") text += asText(value);
    else if (node.inverted) text += isEmpty(value) ? write(node.nodes, scopes, problems) : "";
    else if (Array.isArray(value)) for (const item of value) text += write(node.nodes, [...scopes, item], problems);
    else if (!isEmpty(value)) text += write(node.nodes, [...scopes, value], problems);
  }
  return text;
}

function lookUp(name: string, scopes: readonly Json[]): Json | undefined {
  if (name === ".") return scopes.at(-1);
  const [first = "", ...rest] = name.split(".");
  for (const scope of scopes.toReversed()) {
    let value = own(scope, first);
    if (value === undefined) continue;
    for (const part of rest) value = value === undefined ? undefined : own(value, part);
    return value;
  }
  return undefined;
}

function own(value: Json, key: string): Json | undefined {
  if (value === null || typeof value !== "object") return undefined;
  return Object.hasOwn(value, key) ? (value as { readonly [key: string]: Json })[key] : undefined;
}

function isEmpty(value: Json): boolean {
  return value === null || value === false || value === "" || (Array.isArray(value) && value.length === 0);
}

function asText(value: Json): string {
  return typeof value === "string" ? value : JSON.stringify(value);
}

function newlines(text: string): number {
  return text.split("\n").length - 1;
}

function distinct(problems: readonly TemplateProblem[]): TemplateProblem[] {
  const seen = new Map(problems.map((problem) => [`${problem.line}:${problem.reason}`, problem]));
  return [...seen.values()].sort((a, b) => a.line - b.line);
}

import type { Template, TemplatePart } from "../../domain/runbook.ts";
import { HOLE, type HoleContext } from "../shell/cursor.ts";
import { scanShell } from "../shell/scan.ts";
import type { Node } from "../yaml/node.ts";
import type { Problem } from "../yaml/report.ts";
import type { Range } from "../yaml/source.ts";
import { type Context, withNames } from "./context.ts";
import { type TextPlace, textPlace } from "./place.ts";

type Hole = Extract<TemplatePart, { kind: "expression" }>;

/** Reports what is unsafe or pointless about the holes of a shell line, by the quoting around them. */
export function checkLine(read: Template, node: Node, context: Context): void {
  const { report } = context;
  // Behind a hole that is not closed nothing can be said.
  if (read.parts.some((part) => part.kind === "text" && part.text.includes("${{"))) return;
  const marked = read.parts.map((part) => (part.kind === "text" ? part.text.replaceAll(HOLE, " ") : HOLE)).join("");
  const scan = scanShell(marked);
  const place = textPlace(report.source, node, read.source);
  const holes = read.parts.filter((part) => part.kind === "expression");
  const rangeOf = (index: number): Range => {
    const source = holes[index]?.source ?? "";
    return place.hole(index, `\${{${source}}}`, 0, source.length + 5);
  };
  for (const { at, ...problem } of scan.problems) {
    const index = marked.slice(0, at).split(HOLE).length - 1;
    report.add(marked[at] === HOLE ? rangeOf(index) : placeAt(read, at, place), problem);
  }
  if (scan.problems.length > 0) return;
  let at = -1;
  for (const [index, hole] of holes.entries()) {
    at = marked.indexOf(HOLE, at + 1);
    const where = scan.holes[index] as HoleContext;
    for (const problem of holeProblems(hole, where, marked.slice(0, at), context)) report.add(rangeOf(index), problem);
  }
}

/** Where in the author's text an offset of the marked shell text lies. */
function placeAt(read: Template, offset: number, place: TextPlace): Range {
  let marked = 0;
  let source = 0;
  for (const part of read.parts) {
    const inMarked = part.kind === "text" ? part.text.length : 1;
    if (offset < marked + inMarked) return place.at(part.kind === "text" ? source + offset - marked : source);
    marked += inMarked;
    source += part.kind === "text" ? part.text.length : part.source.length + 5;
  }
  return place.at(Math.max(0, source - 1));
}

function* holeProblems(hole: Hole, where: HoleContext, before: string, context: Context): Iterable<Problem> {
  const { source, raw } = hole;
  if (where.kind === "comment") {
    const message = "this value stands in a comment of the shell line and has no effect";
    yield { code: "shell-comment", severity: "warning", message, mend: "quote the # or remove the comment" };
    return;
  }
  if (where.heredoc?.literal && /^\s*secrets\b/.test(source)) {
    const message = "in a here-document with a quoted delimiter the shell does not fill in the secret's variable";
    yield { code: "secret-heredoc", message, mend: `write the delimiter without quotes: <<${where.heredoc.delimiter}` };
  }
  if (raw) return;
  const { type } = context.check(source, withNames(context, { secretsAllowed: true }).names);
  if (type.startsWith("list") && !where.alone) yield LIST_IN_WORD;
  const again = parsedAgain(before, where.kind, source);
  if (again !== undefined) {
    yield {
      code: "nested-shell",
      severity: "warning",
      message: `${again} parses its arguments as shell text once more, so this value could become syntax there`,
      mend: `write: \${{ quote(${source.trim()}) }}, or pass it as an argument: sh -c '… "$1"' sh \${{ … }}`,
    };
  }
}

export const LIST_IN_WORD: Problem = {
  code: "list-in-word",
  message: "a list becomes several words, but this one stands inside another word",
  mend: "leave a blank on both sides, or write: ${{ list.join(',') }}",
};

/** The program that would read the hole's text as shell syntax a second time, judged by the words before it. */
function parsedAgain(before: string, kind: HoleContext["kind"], source: string): string | undefined {
  if (/^\s*quote\s*\(/.test(source)) return undefined;
  const start = Math.max(before.lastIndexOf("\n"), before.lastIndexOf(";"), before.lastIndexOf("|"), 0);
  const command = before.slice(start);
  const quotedText = kind === "single" || kind === "double";
  const shell = /(?:^|[\s;&|(])((?:ba|da|k|z)?sh)\s+(?:-\S+\s+)*-\w*c\s+["'][^"']*$/.exec(command);
  if (shell && quotedText) return `${shell[1]} -c`;
  if (/(?:^|[\s;&|(])eval\s/.test(command)) return "eval";
  const ssh = /(?:^|[\s;&|(])ssh\s+(.*)$/s.exec(command);
  if (!ssh) return undefined;
  const words = (ssh[1] as string).split(/\s+/).filter((word) => word !== "" && !word.startsWith("-"));
  return quotedText || words.length > 1 ? "ssh" : undefined;
}

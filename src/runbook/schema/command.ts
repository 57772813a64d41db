import type { Command, Template } from "../../domain/runbook.ts";
import { HOLE } from "../shell/cursor.ts";
import { scanShell } from "../shell/scan.ts";
import type { Node } from "../yaml/node.ts";
import { byKind, listOf } from "./collections.ts";
import type { Context } from "./context.ts";
import { template } from "./leaves.ts";
import { type TextPlace, textPlace } from "./place.ts";
import { readTemplate } from "./read-template.ts";
import { mapped, mismatch, named, type Shape, scalarText } from "./shape.ts";

const LINE = "a shell line";
const WORDS = "a list of arguments";

/** Output of the command itself may be looked at (in a verify). */
export function commandShape(): Shape<Command> {
  return byKind<Command>("a shell line, or a list of arguments", {
    scalar: line,
    list: mapped(listOf("argument", template(WORDS, { command: "word" }), { min: 1 }), (words) => ({
      kind: "argv",
      words,
    })),
  });
}

export const command = named("command", "a shell line, or a list of arguments", commandShape);

const line: Shape<Command> = {
  expects: LINE,
  schema: { type: "string", minLength: 1 },
  read(node, context) {
    const text = scalarText(node);
    if (text === undefined || text.trim() === "") return mismatch(node, LINE, context, "write: run: command arguments");
    const read = readTemplate(text, node, context, { command: "line", secrets: true });
    checkLine(read, node, context);
    return { kind: "line", line: read };
  },
};

function checkLine(read: Template, node: Node, context: Context): void {
  const { report } = context;
  // Behind a hole that is not closed nothing can be said.
  if (read.parts.some((part) => part.kind === "text" && part.text.includes("${{"))) return;
  const marked = read.parts.map((part) => (part.kind === "text" ? part.text.replaceAll(HOLE, " ") : HOLE)).join("");
  const scan = scanShell(marked);
  const place = textPlace(report.source, node, read.source);
  for (const { at, code, message, mend } of scan.problems) {
    report.add(marked[at] === HOLE ? holeRange(read, marked, at, place) : place.at(sourceOffset(read, at)), {
      code,
      message,
      mend,
    });
  }
  let hole = 0;
  let at = 0;
  for (const part of read.parts) {
    if (part.kind === "text") {
      at += part.text.length;
      continue;
    }
    const context = scan.holes[hole++];
    const range = place.hole(hole - 1, `\${{${part.source}}}`, 0, part.source.length + 5);
    if (context?.kind === "comment") {
      const message = "this value stands in a comment of the shell line and has no effect";
      report.add(range, {
        code: "shell-comment",
        severity: "warning",
        message,
        mend: "quote the # or remove the comment",
      });
    }
    if (context?.heredoc?.literal && /^\s*secrets\b/.test(part.source)) {
      const message = "in a here-document with a quoted delimiter the shell does not fill in the secret's variable";
      report.add(range, {
        code: "secret-heredoc",
        message,
        mend: `write the delimiter without quotes: <<${context.heredoc.delimiter}`,
      });
    }
    const inner = context && !part.raw && parsedAgain(marked.slice(0, at), context.kind, part.source);
    if (inner) {
      const message = `${inner} parses its arguments as shell text once more, so this value could become syntax there`;
      report.add(range, {
        code: "nested-shell",
        severity: "warning",
        message,
        mend: `write: \${{ quote(${part.source.trim()}) }}, or pass the value as an argument: sh -c '… "$1"' sh ${"${{ … }}"}`,
      });
    }
    at += 1;
  }
}

function holeRange(read: Template, marked: string, at: number, place: TextPlace) {
  const index = marked.slice(0, at).split(HOLE).length - 1;
  const holes = read.parts.filter((part) => part.kind === "expression");
  const length = (holes[index]?.source.length ?? 0) + 5;
  return place.hole(index, `\${{${holes[index]?.source}}}`, 0, length);
}

/** Where in the author's text an offset of the marked shell text lies. */
function sourceOffset(read: Template, offset: number): number {
  let marked = 0;
  let source = 0;
  for (const part of read.parts) {
    const [inMarked, inSource] =
      part.kind === "text" ? [part.text.length, part.text.length] : [1, part.source.length + 5];
    if (offset < marked + inMarked) return part.kind === "text" ? source + offset - marked : source;
    marked += inMarked;
    source += inSource;
  }
  return Math.max(0, source - 1);
}

/** The program that would read the hole's text as shell syntax a second time, judged by the words before it. */
function parsedAgain(before: string, kind: string, source: string): string | undefined {
  if (/^\s*quote\s*\(/.test(source)) return undefined;
  const command = before.slice(Math.max(before.lastIndexOf("\n"), before.lastIndexOf(";"), before.lastIndexOf("|"), 0));
  const quotedText = kind === "single" || kind === "double";
  const shell = /(?:^|[\s;&|(])((?:ba|da|k|z)?sh)\s+(?:-\S+\s+)*-\w*c\s+["'][^"']*$/.exec(command);
  if (shell && quotedText) return `${shell[1]} -c`;
  if (/(?:^|[\s;&|(])eval\s/.test(command)) return "eval";
  const ssh = /(?:^|[\s;&|(])ssh\s+(.*)$/s.exec(command);
  if (!ssh) return undefined;
  const words = (ssh[1] as string).split(/\s+/).filter((word) => word !== "" && !word.startsWith("-"));
  return quotedText || words.length > 1 ? "ssh" : undefined;
}

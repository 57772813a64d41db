import type { Command } from "../../domain/runbook.ts";
import { checkLine } from "./check-line.ts";
import { byKind, listOf } from "./collections.ts";
import { template } from "./leaves.ts";
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

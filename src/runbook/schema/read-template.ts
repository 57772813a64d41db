import type { Template, TemplatePart } from "../../domain/runbook.ts";
import { typeWord } from "../expression/failures.ts";
import type { Names } from "../expression/names.ts";
import { callsRaw, isRawCall } from "../expression/raw-call.ts";
import { secretName } from "../expression/render-command.ts";
import { cutTemplate, type Piece } from "../template.ts";
import type { Node } from "../yaml/node.ts";
import { spanAt } from "../yaml/source.ts";
import { LIST_IN_WORD } from "./check-line.ts";
import type { Context } from "./context.ts";
import { type TextPlace, textPlace } from "./place.ts";

/** What a text with holes is for. */
export type TemplateUse = {
  /** `line` is a shell line, `word` an argument of a command. */
  readonly command?: "line" | "word";
  /** What the value must be, when it is one hole. */
  readonly want?: "condition" | "list" | "duration" | "integer" | "size";
  readonly secrets?: boolean;
  readonly output?: boolean;
};

/** A text of the file as template. Reports what is wrong with its holes; the template is usable all the same. */
export function readTemplate(text: string, node: Node, context: Context, use: TemplateUse = {}): Template {
  const { report } = context;
  const place = textPlace(report.source, node, text);
  if (text.includes("\0")) {
    report.add(node.range, { code: "nul-character", message: "the text holds a NUL character", mend: "remove \\0" });
  }
  reportForeignHoles(text, place, context);
  const names: Names = {
    ...context.names,
    secretsAllowed: use.secrets === true,
    output: use.output === true || context.names.output,
  };
  let hole = 0;
  const parts = cutTemplate(text).flatMap((piece): TemplatePart[] => {
    if (piece.kind === "text") return [{ kind: "text", text: piece.text }];
    if (piece.kind === "open") {
      const range = place.hole(hole, text.slice(piece.start), 0, 3);
      const message = "this ${{ is not closed by }}";
      report.add(range, {
        code: "open-hole",
        message,
        mend: "write: ${{ … }} (for the characters themselves: ${{ '${{' }})",
      });
      return [{ kind: "text", text: text.slice(piece.start) }];
    }
    return [readHole(piece, hole++, text, place, { ...context, names }, use)];
  });
  const as = use.want === "duration" || use.want === "integer" ? { as: use.want } : {};
  return { source: text, parts, span: spanAt(report.source, node.range), ...as };
}

function readHole(
  piece: Extract<Piece, { kind: "hole" }>,
  index: number,
  text: string,
  place: TextPlace,
  context: Context,
  use: TemplateUse,
): TemplatePart {
  const whole = text.slice(piece.start, piece.end);
  const range = (start: number, end: number) => place.hole(index, whole, start + 3, end + 3);
  const all = place.hole(index, whole, 0, whole.length);
  const { report } = context;
  const checked = context.check(piece.source, context.names);
  for (const { start, end, problem } of checked.problems) {
    report.add(range(start, end), problem.code === "secret-place" && use.command === "word" ? ARGV_SECRET : problem);
  }
  const raw = isRawCall(piece.source);
  if (callsRaw(piece.source) && !(raw && use.command === "line")) {
    const message = "raw(…) works only in a shell line, around a whole hole";
    report.add(all, { code: "raw-place", message, mend: "remove raw(…)" });
  }
  const mixedSecret = checked.references.some(({ root }) => root === "secrets") && secretName(piece) === undefined;
  if (use.command === "line" && mixedSecret) {
    const message =
      "in a shell line a secret must stand alone in its hole, so that its value never enters the command's text";
    report.add(all, { code: "secret-mixed", message, mend: 'write the rest outside: "Bearer ${{ secrets.token }}"' });
  }
  const single = piece.start === 0 && piece.end === text.length;
  if (single) reportType(checked.type, use, all, context);
  else if (use.command === "word" && checked.type.startsWith("list")) report.add(all, LIST_IN_WORD);
  const cel = checked.cel === piece.source ? {} : { cel: checked.cel };
  return { kind: "expression", source: piece.source, ...cel, raw };
}

const ARGV_SECRET = {
  code: "secret-argv",
  message: "arguments are visible to every user of the machine (ps), so a secret cannot be one",
  mend: "pass it by env:, or write run: as one shell line with the secret in double quotes",
};

function reportType(type: string, { want, command }: TemplateUse, range: Node["range"], { report }: Context): void {
  if (type === "dyn" || type.startsWith("dyn<")) return;
  const wrong = (message: string, mend: string) => report.add(range, { code: "expression-type", message, mend });
  const word = typeWord(type);
  const isDuration = type === "google.protobuf.Duration";
  if (want === "condition" && type !== "bool") {
    wrong(`a condition must be true or false, but this is of type ${word}`, "compare it: … == 'value'");
  }
  if (want === "list" && !type.startsWith("list"))
    wrong(`a list belongs here, but this is of type ${word}`, "write: lines(…), json(…), or [a, b]");
  if (want === "duration" && (type === "int" || type === "double")) {
    wrong(
      "a duration needs a unit, but this is a number",
      "write: duration('5s') * count, or a parameter of type duration",
    );
  } else if (want === "duration" && !isDuration && type !== "string") {
    wrong(`a duration belongs here, but this is of type ${word}`, "write: duration('5m')");
  }
  if (want === "integer" && type !== "int" && type !== "string") {
    wrong(`a whole number belongs here, but this is of type ${word}`, "write: int(…)");
  }
  if (command && (type.startsWith("map") || type === "null")) {
    wrong(`a command cannot take a value of type ${word}`, "choose one of its entries");
  }
}

const FOREIGN = [
  { pattern: /(?<!\$)\{\{\s*(?:params|steps|item|secrets|context|env|run)\b/g, wrote: "{{" },
  { pattern: /\$\{(?!\{)\s*(?:params|steps|secrets|context)\./g, wrote: "${" },
];

/** Holes as other tools write them do nothing here, and nobody would notice before the run. */
function reportForeignHoles(text: string, place: TextPlace, { report }: Context): void {
  for (const { pattern, wrote } of FOREIGN) {
    for (const match of text.matchAll(pattern)) {
      const message = `${wrote} … is plain text here and is not filled in`;
      report.add(place.at(match.index), {
        code: "foreign-hole",
        severity: "warning",
        message,
        mend: "write: ${{ … }}",
      });
    }
  }
}

import { type Failure, failure } from "../../domain/failure.ts";
import type { Span, Template } from "../../domain/runbook.ts";
import { type Value, valueToText } from "../../domain/value.ts";
import type { ExpressionPart } from "./compile.ts";
import { stepIdOf } from "./step-key.ts";

/** An expression that could not be worked out while the run went on. */
export function expressionFailure(part: ExpressionPart, template: Template, cause: unknown): Failure {
  const why = reasonOf(cause);
  const hint = hintFor(part.source, why);
  return failure("expression", `cannot work out \${{${part.source}}} (${placeOf(template.span)}): ${why}`, {
    retryable: false,
    ...(hint === undefined ? {} : { hint }),
  });
}

/** A template whose value does not fit its place. */
export function placeFailure(template: Template, value: Value, wanted: string): Failure {
  const shown = valueToText(value);
  return failure(
    "expression-type",
    `${template.source} (${placeOf(template.span)}) gives ${shown.length > 60 ? `${shown.slice(0, 60)}…` : shown || "an empty text"}, ` +
      `but ${wanted} belongs here`,
    { retryable: false, hint: "change the expression, then: runsheet resume --with FILE" },
  );
}

export function placeOf(span: Span): string {
  return `${span.file}:${span.line}:${span.column}`;
}

/** CEL's messages carry a drawing of the source; its `summary` is the sentence alone. */
export function reasonOf(cause: unknown): string {
  if (cause instanceof RangeError) return "it is nested too deeply";
  if (!(cause instanceof Error)) return String(cause);
  const summary = (cause as { summary?: unknown }).summary;
  return typeof summary === "string" ? plainWords(summary) : cause.message;
}

function plainWords(summary: string): string {
  const missing = /^No such key: (.*)$/s.exec(summary);
  if (missing) return `there is no "${stepIdOf(missing[1] as string)}"`;
  const overload = /^no such overload: (\S+) (\S+) (\S+)$/.exec(summary);
  if (overload) {
    const [, left, operator, right] = overload;
    return `"${operator}" does not work between ${typeWord(left as string)} and ${typeWord(right as string)}`;
  }
  return summary;
}

/** CEL's type names in words; `dyn<string>` is what a string of unknown origin is called. */
export function typeWord(type: string): string {
  const bare = type.replace(/^dyn<(.*)>$/, "$1").replace("google.protobuf.", "");
  if (/^(?:step|item|outputs) \d+$/.test(bare)) return bare.replace(/ \d+$/, "");
  const words: Record<string, string> = { int: "integer", bool: "boolean", double: "number", dyn: "any value" };
  return words[bare] ?? bare.toLowerCase();
}

function hintFor(source: string, why: string): string | undefined {
  if (!why.startsWith("there is no")) return undefined;
  const path = /\bsteps\.[\w-]+\.outputs\.\w+/.exec(source)?.[0];
  if (path === undefined) return undefined;
  return `the step may have been skipped; write: has(${path}) ? ${path} : 'default'`;
}

import type { Scope } from "../../../src/domain/expressions.ts";
import type { Template } from "../../../src/domain/runbook.ts";
import type { Value } from "../../../src/domain/value.ts";
import { createExpressions } from "../../../src/runbook/index.ts";
import { cutTemplate } from "../../../src/runbook/template.ts";

export const expressions = createExpressions();

/** A template as the loader makes it, without its checks. */
export function templateOf(source: string, more: Partial<Template> = {}): Template {
  const parts = cutTemplate(source).map((piece) =>
    piece.kind === "hole"
      ? ({ kind: "expression", source: piece.source, raw: /^\s*raw\(/.test(piece.source) } as const)
      : ({ kind: "text", text: source.slice(piece.start, piece.end) } as const),
  );
  return { source, parts, span: { file: "/rb/test.yaml", line: 3, column: 7, length: source.length }, ...more };
}

export const nothing: Scope = { params: {}, steps: {}, context: {}, env: {}, run: {}, secrets: {} };

/** The value of one expression, or the message of its failure. */
export function evaluate(expression: string, scope: Partial<Scope> = {}): Value | { failed: string } {
  const result = expressions.value(templateOf(`\${{ ${expression} }}`), { ...nothing, ...scope });
  return result.kind === "ok" ? result.value : { failed: result.failure.message };
}

import { createHash } from "node:crypto";
import type { Step, Template } from "../domain/runbook.ts";

/**
 * sha256 (hex) over a step's definition without positions and cosmetic fields (`title`, `notes`), so that moving or
 * reformatting a step does not change it. Children of groups and the steps of a called runbook do not count: they have
 * fingerprints of their own.
 */
export function fingerprint(step: Step): string {
  const { title: _title, notes: _notes, span: _span, body, ...rest } = step;
  return createHash("sha256")
    .update(canonical({ ...rest, body: withoutChildren(body) }))
    .digest("hex");
}

function withoutChildren(body: Step["body"]): unknown {
  if (body.kind === "group") return { kind: body.kind, parallel: body.parallel };
  if (body.kind === "call") return { kind: body.kind, name: body.runbook.name, with: body.with };
  return body;
}

/**
 * One text for equal definitions: keys sorted, templates by their source alone, and absent and empty alike, so that a field
 * that a later version adds changes no fingerprint of a step that does not use it.
 */
function canonical(value: unknown): string {
  if (typeof value === "bigint") return `${value}n`;
  if (value === null || typeof value !== "object") return JSON.stringify(value) ?? "null";
  if (Array.isArray(value)) return `[${value.map(canonical).join(",")}]`;
  if (isTemplate(value)) return JSON.stringify(value.source);
  const entries = Object.entries(value)
    .filter(([, entry]) => entry !== undefined && !isEmpty(entry))
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([key, entry]) => `${JSON.stringify(key)}:${canonical(entry)}`);
  return `{${entries.join(",")}}`;
}

function isTemplate(value: object): value is Template {
  return "source" in value && "parts" in value && "span" in value;
}

function isEmpty(value: unknown): boolean {
  return value !== null && typeof value === "object" && Object.keys(value).length === 0;
}

import { homedir } from "node:os";
import { resolve } from "node:path";
import type { ParamSpec } from "../domain/runbook.ts";
import type { Value } from "../domain/value.ts";
import { constraintProblem, invalid, shown } from "./param-constraint.ts";
import { parseJson } from "./parse-json.ts";
import { guessDuration, narrow, parseDuration, parseSize } from "./units.ts";

export type ParamValue =
  | { readonly kind: "ok"; readonly value: Value }
  | { readonly kind: "invalid"; readonly message: string; readonly mend?: string };

/**
 * What was given for a parameter or an input, as its value: durations in milliseconds, sizes in bytes, paths absolute.
 *
 * @param given text as typed, or a value of YAML or JSON.
 * @param baseDir what relative paths are relative to.
 */
export function readParamValue(spec: ParamSpec, given: Value, baseDir: string): ParamValue {
  const read = convert(spec, given, baseDir);
  if (read.kind === "invalid") return read;
  const problem = constraintProblem(spec, read.value);
  return problem ?? read;
}

/** Why a value does not satisfy its declaration, or `undefined`. The value has its final form (milliseconds, bytes). */
export function valueProblem(spec: ParamSpec, value: Value): string | undefined {
  const form = formProblem(spec, value);
  if (form !== undefined) return form;
  const problem = constraintProblem(spec, value);
  return problem?.kind === "invalid" ? problem.message : undefined;
}

function formProblem(spec: ParamSpec, value: Value): string | undefined {
  const integer = typeof value === "bigint" || (typeof value === "number" && Number.isInteger(value));
  const fits: Record<ParamSpec["type"], boolean> = {
    string: typeof value === "string",
    path: typeof value === "string",
    secret: typeof value === "string",
    boolean: typeof value === "boolean",
    integer,
    size: integer,
    duration: typeof value === "number",
    number: typeof value === "number" || typeof value === "bigint",
    list: Array.isArray(value),
  };
  return fits[spec.type] ? undefined : `${EXPECTS[spec.type]} belongs here, not ${shown(value)}`;
}

const EXPECTS: Record<ParamSpec["type"], string> = {
  string: "a text",
  path: "a path",
  secret: "a text",
  boolean: "true or false",
  integer: "a whole number",
  size: "a size such as 64KiB or 5GB",
  duration: "a duration such as 500ms, 5s, 15m",
  number: "a number",
  list: "a list",
};

function convert(spec: ParamSpec, given: Value, baseDir: string): ParamValue {
  switch (spec.type) {
    case "string":
    case "secret":
      return isScalar(given) ? ok(String(given)) : wrong(spec, given);
    case "path":
      return typeof given === "string" && given !== "" ? ok(absolute(given, baseDir)) : wrong(spec, given);
    case "boolean":
      return booleanOf(spec, given);
    case "integer":
      return integerOf(spec, given);
    case "number":
      return numberOf(spec, given);
    case "duration":
      return durationOf(spec, given);
    case "size":
      return sizeOf(spec, given);
    case "list":
      return listOf(spec, given);
  }
}

function isScalar(given: Value): boolean {
  return (
    typeof given === "string" || typeof given === "number" || typeof given === "bigint" || typeof given === "boolean"
  );
}

function absolute(path: string, baseDir: string): string {
  // s3://bucket/prefix and the like are places of their own, for parameters that take a file or a location.
  if (/^[a-z][a-z0-9+.-]*:\/\//i.test(path)) return path;
  const expanded = path === "~" || path.startsWith("~/") ? homedir() + path.slice(1) : path;
  return resolve(baseDir, expanded);
}

function booleanOf(spec: ParamSpec, given: Value): ParamValue {
  if (typeof given === "boolean") return ok(given);
  if (given === "true" || given === "false") return ok(given === "true");
  const guess = typeof given === "string" ? /^(?:yes|y|on|1)$/i.test(given) : undefined;
  return wrong(spec, given, guess === undefined ? undefined : `write: ${guess}`);
}

function integerOf(spec: ParamSpec, given: Value): ParamValue {
  if (typeof given === "bigint") return ok(narrow(given));
  if (typeof given === "number" && Number.isSafeInteger(given)) return ok(given);
  if (typeof given === "string" && /^[+-]?\d{1,400}$/.test(given.trim())) {
    return ok(narrow(BigInt(given.trim().replace("+", ""))));
  }
  const plain = typeof given === "string" ? given.replace(/[,_' ]/g, "") : "";
  return wrong(spec, given, /^[+-]?\d{1,400}$/.test(plain) ? `write: ${plain}` : undefined);
}

function numberOf(spec: ParamSpec, given: Value): ParamValue {
  if (typeof given === "bigint") return ok(narrow(given));
  if (typeof given === "number" && Number.isFinite(given)) return ok(given);
  if (typeof given === "string" && /^[+-]?(?:\d+\.?\d*|\.\d+)(?:e[+-]?\d+)?$/i.test(given.trim())) {
    const value = Number(given);
    if (Number.isFinite(value)) return ok(value);
  }
  return wrong(spec, given);
}

function durationOf(spec: ParamSpec, given: Value): ParamValue {
  const text = typeof given === "string" ? given.trim() : undefined;
  const totalMs = text === undefined ? undefined : parseDuration(text);
  if (totalMs !== undefined) return ok(totalMs);
  const bare = typeof given === "number" || /^\d+$/.test(text ?? "");
  const guess = guessDuration(text ?? "");
  return wrong(spec, given, bare ? `write the unit: ${given}s, ${given}m or ${given}h` : guess && `write: ${guess}`);
}

function sizeOf(spec: ParamSpec, given: Value): ParamValue {
  const text = typeof given === "string" ? given.trim() : undefined;
  const bytes = text === undefined ? undefined : parseSize(text);
  if (bytes !== undefined) return ok(bytes);
  const bare = typeof given === "number" || typeof given === "bigint" || /^\d+$/.test(text ?? "");
  return wrong(spec, given, bare ? `write the unit: ${given}B, ${given}KiB or ${given}MB` : undefined);
}

function listOf(spec: ParamSpec, given: Value): ParamValue {
  if (Array.isArray(given)) return ok(given);
  if (typeof given !== "string") return wrong(spec, given);
  const text = given.trim();
  if (!text.startsWith("[")) return ok(text === "" ? [] : text.split(",").map((item) => item.trim()));
  try {
    const parsed = parseJson(text);
    return Array.isArray(parsed) ? ok(parsed) : wrong(spec, given);
  } catch (cause) {
    return wrong(spec, given, `write a,b,c or a JSON list: ${(cause as Error).message}`);
  }
}

function ok(value: Value): ParamValue {
  return { kind: "ok", value };
}

function wrong(spec: ParamSpec, given: Value, mend?: string): ParamValue {
  const what = spec.type === "secret" ? "what was given" : shown(given);
  return invalid(`${EXPECTS[spec.type]} belongs here, not ${what}`, mend ?? `write ${EXPECTS[spec.type]}`);
}

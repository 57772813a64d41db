import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { parse } from "yaml";
import { z } from "zod";
import { type Failure, failure } from "../domain/failure.ts";
import type { Json, JsonObject } from "../domain/json.ts";
import { labParts } from "./parts.ts";

/**
 * `lab.yaml` beside a runbook: which parts of the lab it needs, the parameters that point it there, and the answers with
 * which a headless practice run gets through. `${{ lab.kube.context }}` takes a value of the lab, in answers
 * `${{ params.target }}` that of a parameter.
 */
export type LabFile = {
  readonly parts: readonly (typeof labParts)[number][];
  readonly params: JsonObject;
  /** Those of `params` that the operator may choose with `-p`: what is practised, not where. */
  readonly choices: readonly string[];
  readonly env: Readonly<Record<string, string>>;
  /** Scenarios that make sense with this runbook, for listings. */
  readonly scenarios: readonly string[];
  /** The answers of a headless practice run by step address, as in an answers file. */
  readonly answers: JsonObject;
};

const json: z.ZodType<Json> = z.lazy(() =>
  z.union([z.null(), z.boolean(), z.number(), z.string(), z.array(json), z.record(z.string(), json)]),
);

const shape = z.strictObject({
  parts: z.array(z.enum(labParts)).min(1),
  params: z.record(z.string(), json).default({}),
  choices: z.array(z.string()).default([]),
  env: z.record(z.string(), z.string()).default({}),
  scenarios: z.array(z.string()).default([]),
  answers: z.record(z.string(), json).default({}),
});

export type LabFileOutcome =
  | { readonly kind: "ok"; readonly file: LabFile }
  | { readonly kind: "failed"; readonly failure: Failure };

/** Reads the `lab.yaml` of a runbook's directory. */
export function readLabFile(runbookDir: string): LabFileOutcome {
  const path = join(runbookDir, "lab.yaml");
  if (!existsSync(path)) {
    const message = `${path} does not exist: this runbook has no practice parameters`;
    return {
      kind: "failed",
      failure: failure("lab-file-missing", message, { hint: "see docs/lab.md for the five lines of a lab.yaml" }),
    };
  }
  const read = shape.safeParse(parseYaml(readFileSync(path, "utf8")));
  if (read.success) return { kind: "ok", file: read.data as LabFile };
  const problems = read.error.issues.map((issue) => `${issue.path.join(".") || "the file"}: ${issue.message}`);
  return { kind: "failed", failure: failure("lab-file-invalid", `${path}: ${problems.join("; ")}`) };
}

/** What a practice run is started with. */
export type Filled = {
  readonly params: JsonObject;
  readonly env: Record<string, string>;
  readonly answers: JsonObject;
};

/**
 * Puts the lab's values into a lab.yaml. `chosen` are parameters of the operator: they take the place of those in the file,
 * and may themselves be values of the lab. A name that the lab does not have is a failure.
 */
export function fillLabFile(
  { params: own, env, answers }: Pick<LabFile, "params" | "env" | "answers">,
  values: JsonObject,
  chosen: JsonObject = {},
): { readonly kind: "ok"; readonly filled: Filled } | { readonly kind: "failed"; readonly failure: Failure } {
  const missing: string[] = [];
  const params = filled({ ...own, ...chosen }, { lab: values }) as JsonObject;
  const rest = filled({ env, answers }, { lab: values, params }) as Omit<Filled, "params">;
  if (missing.length === 0) return { kind: "ok", filled: { params, ...rest } };
  const message = `the lab has no value ${missing.join(", ")}`;
  return {
    kind: "failed",
    failure: failure("lab-value-unknown", message, { hint: "runsheet lab status --json lists the values" }),
  };

  function filled(value: Json, scope: JsonObject): Json {
    if (Array.isArray(value)) return value.map((inner) => filled(inner, scope));
    if (value !== null && typeof value === "object")
      return Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, filled(inner, scope)]));
    if (typeof value !== "string") return value;
    const whole = /^\$\{\{\s*((?:lab|params)\.[\w.-]+)\s*\}\}$/.exec(value);
    if (whole) return lookUp(whole[1]!, scope);
    return value.replace(labReference, (_, path: string) => String(lookUp(path, scope)));
  }

  function lookUp(path: string, scope: JsonObject): Json {
    let at: Json | undefined = scope;
    for (const step of path.split(".")) at = (at as JsonObject | null | undefined)?.[step];
    if (at === undefined) missing.push(path);
    return at ?? null;
  }
}

const labReference = /\$\{\{\s*((?:lab|params)\.[\w.-]+)\s*\}\}/g;

function parseYaml(text: string): unknown {
  try {
    return parse(text);
  } catch (error) {
    return `not YAML: ${(error as Error).message}`;
  }
}

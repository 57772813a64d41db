import { dirname } from "node:path";
import type { ParamSpec, Runbook } from "../domain/runbook.ts";
import type { Value, ValueMap } from "../domain/value.ts";
import type { Diagnostic } from "./diagnostic.ts";
import { createExpressions } from "./expression/create.ts";
import { type ParamValue, readParamValue, valueProblem } from "./param-value.ts";
import { nearest } from "./suggest.ts";

/** Text as given with `-p name=text`, or values of a parameter file. */
export type GivenParams = Readonly<Record<string, string | Value>>;

export type ResolveOptions = {
  /** Relative `path` parameters that were given are relative to this directory. Default: the working directory. */
  readonly cwd?: string;
  /** Values in their final form, as an earlier run kept them: they stand in for defaults where nothing was given. */
  readonly earlier?: ValueMap;
  /** For defaults that read `env`. */
  readonly env?: { readonly [name: string]: string | undefined };
};

export type ResolvedParams =
  | {
      readonly kind: "ok";
      /** All but those of type secret. */
      readonly params: ValueMap;
      /** Parameters of type secret; expressions see them as `secrets.<name>`. */
      readonly secrets: Readonly<Record<string, string>>;
    }
  | {
      readonly kind: "invalid";
      readonly diagnostics: readonly Diagnostic[];
      /** Parameters without a value that have a `prompt`; when there is no other problem, asking for them is enough. */
      readonly missing: readonly string[];
    };

/** The values of all parameters of a runbook, or every problem with them at once. */
export function resolveParams(runbook: Runbook, given: GivenParams, options: ResolveOptions = {}): ResolvedParams {
  const params: { [name: string]: Value } = Object.create(null);
  const secrets: Record<string, string> = Object.create(null);
  const problems: Diagnostic[] = unknownNames(runbook, given);
  const missing: string[] = [];
  for (const [name, spec] of Object.entries(runbook.params)) {
    const read = Object.hasOwn(given, name)
      ? readParamValue(spec, given[name] as Value, options.cwd ?? process.cwd())
      : (earlierOf(name, spec, options) ?? defaultOf(runbook, spec, params, options));
    if (read === undefined) {
      if (spec.optional) continue;
      if (spec.prompt !== undefined) missing.push(name);
      problems.push(missingParam(name, spec));
    } else if (read.kind === "invalid") {
      problems.push(problem("bad-param", `parameter ${name}: ${read.message}`, read.mend ?? `write: -p ${name}=…`));
    } else if (spec.type === "secret") secrets[name] = String(read.value);
    else params[name] = read.value;
  }
  return problems.length > 0 ? { kind: "invalid", diagnostics: problems, missing } : { kind: "ok", params, secrets };
}

function earlierOf(name: string, spec: ParamSpec, { earlier = {} }: ResolveOptions): ParamValue | undefined {
  const value = Object.hasOwn(earlier, name) ? earlier[name] : undefined;
  if (value === undefined) return undefined;
  const message = valueProblem(spec, value);
  return message === undefined ? { kind: "ok", value } : { kind: "invalid", message };
}

function defaultOf(
  runbook: Runbook,
  spec: ParamSpec,
  params: ValueMap,
  options: ResolveOptions,
): ParamValue | undefined {
  if (!spec.default) return undefined;
  if (spec.default.kind === "literal") return { kind: "ok", value: spec.default.value };
  const declared = runbook.env.map((name) => [name, options.env?.[name]] as const);
  const env = Object.fromEntries(declared.filter((entry): entry is [string, string] => entry[1] !== undefined));
  const scope = { params, steps: {}, context: {}, env, run: {}, secrets: {} };
  const value = createExpressions().tree(spec.default, scope);
  if (value.kind === "failed") return { kind: "invalid", message: value.failure.message };
  // An expression gives a duration in milliseconds already.
  if (spec.type === "duration" && typeof value.value === "number") return { kind: "ok", value: value.value };
  if (spec.type === "size" && typeof value.value === "number") return { kind: "ok", value: value.value };
  return readParamValue(spec, value.value, dirname(runbook.file));
}

function unknownNames(runbook: Runbook, given: GivenParams): Diagnostic[] {
  const known = Object.keys(runbook.params);
  return Object.keys(given)
    .filter((name) => !known.includes(name))
    .map((name) => {
      const hint = nearest(name, known);
      const message = `the runbook "${runbook.name}" has no parameter "${name}"`;
      const mend = hint
        ? `write: -p ${hint}=…`
        : known.length > 0
          ? `it has: ${known.join(", ")}`
          : "it has no parameters";
      return problem("unknown-param", message, mend);
    });
}

function missingParam(name: string, spec: ParamSpec): Diagnostic {
  const about = spec.description ?? spec.prompt;
  const allowed = spec.enum ? ` (one of ${spec.enum.join(", ")})` : ` (${spec.type})`;
  const message = `the parameter "${name}"${allowed} has no value${about === undefined ? "" : `: ${about}`}`;
  const mend =
    spec.type === "secret" ? "run it on a terminal, or give it in a file: --params f" : `write: -p ${name}=…`;
  return problem("missing-param", message, mend);
}

/** Not about a place in the file, but about what was given. */
function problem(code: string, message: string, mend: string): Diagnostic {
  return { severity: "error", code, message, mend, span: { file: "", line: 1, column: 1, length: 1 } };
}

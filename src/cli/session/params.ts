import { readFileSync } from "node:fs";
import { basename, relative } from "node:path";
import { createInterface } from "node:readline/promises";
import { parse } from "yaml";
import type { JsonObject } from "../../domain/json.ts";
import { type Value, type ValueMap, valueFromJson } from "../../domain/value.ts";
import { formatDiagnostics, type GivenParams, resolveParams } from "../../runbook/index.ts";
import { askHidden } from "../plain/hidden.ts";
import type { Loaded } from "./load.ts";
import { UsageError } from "./usage-error.ts";

export type ParamSource = {
  readonly pairs: readonly string[];
  readonly files: readonly string[];
  /** The lab's; these cannot be mixed with real ones. */
  readonly practice?: JsonObject;
};

/** Asks for the values of parameters; text as typed. */
export type AskParams = (loaded: Loaded, names: readonly string[]) => Promise<Readonly<Record<string, string>>>;

/** `-p k=v` over `--params` files over `earlier` values over defaults; what is still missing is asked on a terminal. */
export async function paramsFor(
  loaded: Loaded,
  source: ParamSource,
  terminal: boolean,
  earlier: ValueMap = {},
  ask: AskParams = askOnLines,
): Promise<{ readonly params: ValueMap; readonly secrets: Readonly<Record<string, string>> }> {
  const given: Record<string, string | Value> = Object.create(null);
  const practice = valueFromJson(source.practice ?? {}) as ValueMap;
  Object.assign(given, practice);
  for (const file of source.files) Object.assign(given, readParamFile(file));
  for (const pair of source.pairs) {
    const cut = pair.indexOf("=");
    if (cut < 1) throw new UsageError(`-p ${pair}: no value`, "write -p name=value");
    const name = pair.slice(0, cut);
    if (loaded.runbook.params[name]?.type === "secret") {
      throw new UsageError(
        `-p ${name}=...: a secret on the command line can be read by everybody (ps)`,
        `--params FILE with ${name}: ..., or type it when asked`,
      );
    }
    if (Object.hasOwn(practice, name)) {
      throw new UsageError(
        `-p ${name}: in a practice run this parameter is the lab's`,
        "leave it out, or run without --lab",
      );
    }
    given[name] = pair.slice(cut + 1);
  }
  for (;;) {
    const resolved = resolveParams(loaded.runbook, given as GivenParams, {
      cwd: process.cwd(),
      env: process.env,
      earlier,
    });
    if (resolved.kind === "ok") return { params: resolved.params, secrets: resolved.secrets };
    if (terminal && resolved.missing.length > 0) {
      Object.assign(given, await ask(loaded, resolved.missing));
      continue;
    }
    const missing = resolved.missing.map((name) => `-p ${name}=...`).join(" ");
    throw new UsageError(
      formatDiagnostics(resolved.diagnostics),
      `runsheet run ${nameToType(loaded)} ${missing}`.trim(),
    );
  }
}

/** A runbook in a folder of its own is found by its name, any other by its file. */
function nameToType({ file, runbook }: Loaded): string {
  return basename(file) === "runbook.yaml" ? runbook.name : relative(process.cwd(), file);
}

/** A file of parameters as a map; exact integers. */
export function readParamFile(file: string): Record<string, Value> {
  try {
    const parsed: unknown = parse(readFileSync(file, "utf8"), { intAsBigInt: true });
    if (typeof parsed === "object" && parsed !== null && !Array.isArray(parsed))
      return narrow(parsed) as Record<string, Value>;
  } catch (error) {
    throw new UsageError(`parameter file ${file}: ${(error as Error).message}`, "write name: value lines");
  }
  throw new UsageError(`parameter file ${file} holds no map`, "write name: value lines");
}

function narrow(value: unknown): unknown {
  if (typeof value === "bigint") return Number.isSafeInteger(Number(value)) ? Number(value) : value;
  if (Array.isArray(value)) return value.map(narrow);
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, entry]) => [key, narrow(entry)]));
}

async function askOnLines(loaded: Loaded, names: readonly string[]): Promise<Readonly<Record<string, string>>> {
  const given: Record<string, string> = Object.create(null);
  for (const name of names) {
    const spec = loaded.runbook.params[name];
    const of = spec?.enum ? ` (${spec.enum.map(String).join(", ")})` : "";
    const question = `${spec?.prompt ?? name}${of}: `;
    given[name] = spec?.type === "secret" ? await askHidden(question) : await askShown(question);
  }
  return given;
}

/** One interface per question: one that is open while a secret is typed would show it. */
async function askShown(question: string): Promise<string> {
  const lines = createInterface({ input: process.stdin, output: process.stderr });
  try {
    return await lines.question(question);
  } finally {
    lines.close();
  }
}

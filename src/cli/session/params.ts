import { readFileSync } from "node:fs";
import { createInterface } from "node:readline/promises";
import { parse } from "yaml";
import type { Value, ValueMap } from "../../domain/value.ts";
import { formatDiagnostics, type GivenParams, resolveParams } from "../../runbook/index.ts";
import type { Loaded } from "./load.ts";
import { UsageError } from "./usage-error.ts";

export type ParamSource = { readonly pairs: readonly string[]; readonly files: readonly string[] };

/** `-p k=v` over `--params` files over `earlier` values over defaults; what is still missing is asked on a terminal. */
export async function paramsFor(
  loaded: Loaded,
  source: ParamSource,
  terminal: boolean,
  earlier: ValueMap = {},
): Promise<{ readonly params: ValueMap; readonly secrets: Readonly<Record<string, string>> }> {
  const given: Record<string, string | Value> = Object.create(null);
  for (const [name, value] of Object.entries(earlier)) if (name in loaded.runbook.params) given[name] = value;
  for (const file of source.files) Object.assign(given, readParamFile(file));
  for (const pair of source.pairs) {
    const cut = pair.indexOf("=");
    if (cut < 1) throw new UsageError(`-p ${pair}: no value`, "write -p name=value");
    given[pair.slice(0, cut)] = pair.slice(cut + 1);
  }
  for (;;) {
    const resolved = resolveParams(loaded.runbook, given as GivenParams, { cwd: process.cwd(), env: process.env });
    if (resolved.kind === "ok") return apart(loaded, resolved.params);
    if (terminal && resolved.missing.length > 0) {
      await askFor(loaded, resolved.missing, given);
      continue;
    }
    const missing = resolved.missing.map((name) => `-p ${name}=...`).join(" ");
    throw new UsageError(
      formatDiagnostics(resolved.diagnostics),
      `runsheet run ${loaded.runbook.name} ${missing}`.trim(),
    );
  }
}

function readParamFile(file: string): Record<string, Value> {
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

/** Secret parameters live with the secrets: never in the journal. */
function apart(loaded: Loaded, all: ValueMap): { params: ValueMap; secrets: Record<string, string> } {
  const params: { [name: string]: Value } = {};
  const secrets: Record<string, string> = {};
  for (const [name, value] of Object.entries(all)) {
    if (loaded.runbook.params[name]?.type === "secret") secrets[name] = String(value);
    else params[name] = value;
  }
  return { params, secrets };
}

async function askFor(loaded: Loaded, names: readonly string[], given: Record<string, string | Value>): Promise<void> {
  const lines = createInterface({ input: process.stdin, output: process.stderr });
  try {
    for (const name of names) {
      const spec = loaded.runbook.params[name];
      const of = spec?.enum ? ` (${spec.enum.map(String).join(", ")})` : "";
      given[name] = await lines.question(`${spec?.prompt ?? name}${of}: `);
    }
  } finally {
    lines.close();
  }
}

import { resolve } from "node:path";
import type { Address } from "../domain/address.ts";
import type { Evaluated } from "../domain/expressions.ts";
import { failure } from "../domain/failure.ts";
import type { JsonObject } from "../domain/json.ts";
import type { LeafNode, PlanNode } from "../domain/plan.ts";
import type { OutputSource } from "../domain/runbook.ts";
import { type Value, type ValueMap, valueFromJson, valueToJson } from "../domain/value.ts";
import { find } from "../lib/guarded-regex.ts";
import { directoryOf } from "./directory.ts";
import type { Run } from "./run.ts";
import { type Leftover, scopeInside, scopeOf } from "./scope.ts";

/** Outputs above this size are a file's job, not the journal's. */
const MAX_OUTPUT_BYTES = 1024 * 1024;

/** What the step declares to give to later steps, in the JSON form of events. */
export async function outputsOf(
  run: Run,
  at: Address,
  node: PlanNode,
  known: ValueMap,
  leftover: Leftover = {},
): Promise<Evaluated<JsonObject>> {
  const values: { [name: string]: Value } = { ...known };
  for (const [name, source] of Object.entries(node.step.outputs)) {
    const value = await outputOf(run, at, node, source, leftover);
    if (value.kind === "failed") {
      return {
        kind: "failed",
        failure: failure("output-failed", `output "${name}" of ${at}: ${value.failure.message}`, {
          ...(value.failure.hint === undefined ? {} : { hint: value.failure.hint }),
          retryable: false,
        }),
      };
    }
    values[name] = value.value;
  }
  return { kind: "ok", value: valueToJson(values) as JsonObject };
}

/** What the last attempt of a command left behind; read only when the step looks at it. */
export async function leftoverOf(run: Run, at: Address, node: LeafNode): Promise<Leftover> {
  const step = run.state.steps.get(at);
  const usesOutput = Object.keys(node.step.outputs).length > 0 || node.step.verify?.probe.kind === "expression";
  if (!step?.last || !usesOutput) return {};
  if (node.step.body.kind === "uses") return step.outputs ? { result: step.outputs } : {};
  if (node.step.body.kind !== "run") return {};
  const [out, err] = await Promise.all([
    run.processes.output(resolve(run.runDir, step.last.dir), "out", MAX_OUTPUT_BYTES),
    run.processes.output(resolve(run.runDir, step.last.dir), "err", MAX_OUTPUT_BYTES),
  ]);
  return { stdout: trimEnd(out.text), stderr: trimEnd(err.text), exitCode: step.exitCode ?? 0 };
}

// As $(...) does in a shell.
function trimEnd(text: string): string {
  return text.replace(/\n+$/, "");
}

async function outputOf(
  run: Run,
  at: Address,
  node: PlanNode,
  source: OutputSource,
  leftover: Leftover,
): Promise<Evaluated<Value>> {
  switch (source.kind) {
    case "expression": {
      const scope = node.kind === "group" ? scopeInside(run, node, at) : scopeOf(run, at, leftover);
      return run.expressions.value(source.template, scope);
    }
    case "regex": {
      try {
        const value = find(source.pattern, "m", leftover[source.from] ?? "")?.[source.group];
        return value === undefined
          ? failed(`nothing in ${source.from} matches /${source.pattern}/`)
          : { kind: "ok", value };
      } catch (error) {
        return failed((error as Error).message);
      }
    }
    case "json":
      return jsonAt(leftover.stdout ?? "", source.path);
    case "file":
      return fileOutput(run, at, source);
  }
}

async function fileOutput(
  run: Run,
  at: Address,
  source: Extract<OutputSource, { kind: "file" }>,
): Promise<Evaluated<Value>> {
  const scope = scopeOf(run, at);
  const path = run.expressions.text(source.path, scope);
  if (path.kind === "failed") return path;
  const directory = directoryOf(run, at, scope);
  if (directory.kind === "failed") return directory;
  const file = await run.files.readText(resolve(directory.value, path.value), MAX_OUTPUT_BYTES);
  if (file.kind === "failed") return file;
  if (source.as === "json") return jsonAt(file.text, []);
  if (source.as === "lines") return { kind: "ok", value: trimEnd(file.text).split(/\r?\n/) };
  return { kind: "ok", value: file.text };
}

function jsonAt(text: string, path: readonly (string | number)[]): Evaluated<Value> {
  let found: unknown;
  try {
    found = JSON.parse(text, exactIntegers);
  } catch (error) {
    return failed(`the text is not JSON: ${(error as Error).message}`);
  }
  for (const key of path) {
    found =
      typeof found === "object" && found !== null && Object.hasOwn(found, key) ? Reflect.get(found, key) : undefined;
    if (found === undefined) return failed(`the JSON has no ${path.join(".")}`);
  }
  return { kind: "ok", value: typeof found === "bigint" ? found : valueFromJson(found as never) };
}

// JSON.parse rounds integers beyond 2^53; its source text does not.
function exactIntegers(_key: string, value: unknown, context?: { source?: string }): unknown {
  if (typeof value !== "number" || Number.isSafeInteger(value)) return value;
  return context?.source && /^-?\d+$/.test(context.source) ? BigInt(context.source) : value;
}

function failed(message: string): Evaluated<Value> {
  return { kind: "failed", failure: failure("output-failed", message) };
}

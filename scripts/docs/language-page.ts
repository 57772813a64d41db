import { expressionFunctions, runbookJsonSchema } from "../../src/runbook/index.ts";
import { mapsOf, type Schema, valueWords } from "./json-schema-words.ts";
import { code, sentence, table } from "./markdown.ts";

/**
 * docs/language.md is written by hand but for its tables: what stands between `<!-- table: NAME … -->` and `<!-- end -->` is
 * made anew. NAME is `runbook`, `step key key …`, `step.forEach` (the map that a key may hold), `param`, `secret` or
 * `functions`. Throws when a key of the language stands in no table.
 */
export function languagePage(page: string): string {
  const told = new Set<string>();
  const text = page.replace(
    /<!-- table: (.+?) -->\n[\s\S]*?<!-- end -->/g,
    (_all, what: string) => `<!-- table: ${what} -->\n${tableFor(what.split(" "), told)}\n<!-- end -->`,
  );
  const missing = Object.keys(step.properties ?? {}).filter((key) => !told.has(key));
  if (missing.length > 0) throw new Error(`docs/language.md: no table has the step keys ${missing.join(", ")}`);
  return text;
}

const runbook = runbookJsonSchema() as unknown as Schema;
const step = runbook.$defs?.step as Schema;

function tableFor([what = "", ...keys]: readonly string[], told: Set<string>): string {
  if (what === "functions") {
    return table(
      ["function", "gives"],
      expressionFunctions.map(({ usage, does }) => [usage.replace(/[a-z.]*\([^)]*\)/g, (call) => code(call)), does]),
    );
  }
  if (what === "runbook") return keyTable(runbook);
  if (what === "param" || what === "secret") return keyTable(entriesOf(runbook.properties?.[`${what}s`]));
  if (what === "step") {
    for (const key of keys) told.add(key);
    const properties = Object.fromEntries(keys.map((key) => [key, property(key)]));
    return keyTable({ properties, required: step.required ?? [] });
  }
  const [map] = mapsOf(what.split(".").slice(1).reduce(below, step));
  if (!map) throw new Error(`docs/language.md: ${what} holds no map`);
  return keyTable(map);
}

function property(key: string): Schema {
  const found = step.properties?.[key];
  if (!found) throw new Error(`docs/language.md: a step has no key ${key}`);
  return found;
}

function below(schema: Schema, key: string): Schema {
  const [map] = mapsOf(schema);
  // `*` is whatever name the author gives to an entry.
  if (key === "*") return (schema.additionalProperties ?? {}) as Schema;
  return (map?.properties?.[key] ?? {}) as Schema;
}

function entriesOf(schema: Schema | undefined): Schema {
  return schema?.additionalProperties as Schema;
}

function keyTable({ properties = {}, required = [] }: Schema): string {
  const rows = Object.entries(properties).map(([key, value]) => [
    `${code(key)}${required.includes(key) ? " (needed)" : ""}`,
    shortWords(value),
    sentence(value.description ?? ""),
  ]);
  return table(["key", "value", "meaning"], rows);
}

/** Maps have tables of their own; here they are only named. */
function shortWords(schema: Schema): string {
  return valueWords(schema)
    .replace(/map \(.*?\)/g, "map")
    .replace("list of step", "list of steps");
}

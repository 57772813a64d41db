import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { parse } from "yaml";
import { z } from "zod";
import type { Json } from "../../src/domain/json.ts";
import { runbookJsonSchema, starterRunbook } from "../../src/runbook/index.ts";

const root = join(import.meta.dirname, "../..");
const schema = runbookJsonSchema();

describe("the JSON Schema", () => {
  test("is checked in as it is generated", () => {
    // After a wanted change: node src/main.ts schema > schema/runbook.schema.json
    expect(readFileSync(join(root, "schema/runbook.schema.json"), "utf8")).toBe(`${JSON.stringify(schema, null, 2)}\n`);
  });

  test("describes every key, for editors", () => {
    const missing: string[] = [];
    const visit = (node: Json, path: string): void => {
      if (Array.isArray(node)) for (const [index, entry] of node.entries()) visit(entry, `${path}/${index}`);
      if (node === null || typeof node !== "object" || Array.isArray(node)) return;
      for (const [key, entry] of Object.entries(node as { [key: string]: Json })) {
        if (key === "properties") {
          for (const [name, property] of Object.entries(entry as { [key: string]: { description?: string } })) {
            if (!property.description) missing.push(`${path}/${name}`);
          }
        }
        visit(entry, `${path}/${key}`);
      }
    };
    visit(schema, "");
    expect(missing).toEqual([]);
  });

  test("accepts what validates and refuses what does not", () => {
    const accepts = z.fromJSONSchema(schema as unknown as Parameters<typeof z.fromJSONSchema>[0]);
    const fixture = (name: string) => parse(readFileSync(join(import.meta.dirname, name), "utf8")) as unknown;
    expect(accepts.safeParse(fixture("fixtures/every-construct.yaml")).error?.issues ?? []).toEqual([]);
    expect(accepts.safeParse(parse(starterRunbook("x"))).success).toBe(true);
    for (const wrong of ["unknown-keys", "wrong-types", "missing-keys", "durations", "other-version"]) {
      expect({ wrong, success: accepts.safeParse(fixture(`wrong/${wrong}.yaml`)).success }).toEqual({
        wrong,
        success: false,
      });
    }
  });
});

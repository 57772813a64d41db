import { execFileSync } from "node:child_process";
import { join } from "node:path";
import { expect, test } from "vitest";
import { z } from "zod";
import { builtInActions } from "../../src/actions/registry.ts";
import { builtInKinds, lazyActionOf } from "../../src/actions/registry-lazy.ts";

test("every built-in action has a kind of its own, a title, a description and schemas that can be published", () => {
  const kinds = builtInActions.map(({ kind }) => kind);
  expect(new Set(kinds).size).toBe(kinds.length);
  for (const { kind, title, description, params, outputs } of builtInActions) {
    expect(kind).toMatch(/^[a-z0-9]+\.[a-z][A-Za-z0-9]*$/);
    expect(title.length).toBeGreaterThan(5);
    expect(description.length).toBeGreaterThan(40);
    expect(JSON.stringify(z.toJSONSchema(params, { io: "input" }))).toContain("properties");
    expect(z.toJSONSchema(outputs)).toBeTypeOf("object");
  }
});

test("a mistyped parameter of an action is refused, not ignored", () => {
  for (const { kind, params } of builtInActions) {
    const result = params.safeParse({ noSuchParameter: 1 });
    expect(result.success, kind).toBe(false);
    expect(
      result.error?.issues.some(({ code }) => code === "unrecognized_keys"),
      kind,
    ).toBe(true);
  }
});

test("the lazy registry has the same actions, and loads only the families that are asked for", () => {
  expect([...builtInKinds].sort()).toEqual(builtInActions.map(({ kind }) => kind).sort());
  for (const kind of builtInKinds) expect(lazyActionOf(kind)?.kind).toBe(kind);
  expect(["nothing", "s3.nothing", "constructor.x", ""].map(lazyActionOf)).toEqual([
    undefined,
    undefined,
    undefined,
    undefined,
  ]);
  const lazy = join(import.meta.dirname, "../../src/actions/registry-lazy.ts");
  const script = `
    import { registerHooks } from "node:module";
    const urls = [];
    registerHooks({ load(url, context, next) { urls.push(url); return next(url, context); } });
    const { lazyActionOf } = await import(${JSON.stringify(lazy)});
    lazyActionOf("http.poll");
    console.log(JSON.stringify(urls.filter((url) => url.includes("/src/actions/")).map((url) => url.replace(/.*actions\\//, ""))));
  `;
  const printed = execFileSync(process.execPath, ["--input-type=module", "-e", script], { encoding: "utf8" });
  const folders = new Set(
    (JSON.parse(printed) as string[]).filter((name) => name.includes("/")).map((name) => name.split("/")[0]),
  );
  expect([...folders]).toEqual(["http"]);
});

test("listing the actions loads neither the AWS SDK nor ClickHouse", () => {
  const registry = join(import.meta.dirname, "../../src/actions/registry.ts");
  const script = `
    import { registerHooks } from "node:module";
    const asked = new Set();
    registerHooks({ resolve(specifier, context, next) { asked.add(specifier); return next(specifier, context); } });
    const { builtInActions } = await import(${JSON.stringify(registry)});
    const packages = [...asked].filter((one) => !/^(node:|[./]|file:)/.test(one));
    console.log(JSON.stringify({ packages, actions: builtInActions.length }));
  `;
  const printed = execFileSync(process.execPath, ["--input-type=module", "-e", script], { encoding: "utf8" });
  const { packages, actions } = JSON.parse(printed) as { packages: string[]; actions: number };
  expect(actions).toBe(builtInActions.length);
  expect(packages.filter((name) => /aws|smithy|clickhouse|chdb|ink|react|lodestar/.test(name))).toEqual([]);
});

import { spawnSync } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { afterAll, describe, expect, test } from "vitest";
import { parseAllDocuments } from "yaml";
import { load } from "../../src/cli/session/load.ts";
import { formatDiagnostics } from "../../src/runbook/index.ts";
import { has } from "../rig/processes.ts";
import { runConsole } from "./console.ts";
import { type Block, fileNameOf, pages } from "./pages.ts";

const scratch = mkdtempSync(join(tmpdir(), "runsheet-docs-"));
afterAll(() => rmSync(scratch, { recursive: true, force: true }));

const all = pages();
const blocks = all.flatMap((page) => page.blocks);
const of = (...languages: readonly string[]): readonly Block[] =>
  blocks.filter(({ language, words }) => languages.includes(language) && !words.includes("part"));

describe("code blocks of the documentation", () => {
  test("runbooks are valid", async () => {
    const wrong: string[] = [];
    const runbooks = of("yaml").filter(({ text }) => /^runsheet: /m.test(text));
    for (const [index, block] of runbooks.entries()) {
      const dir = join(scratch, `valid-${index}`);
      // Files that a page keeps are there for the blocks below them.
      keepAll(dir, block.place.split(":")[0] as string);
      const file = join(dir, fileNameOf(block) ?? "runbook.yaml");
      keep(file, block.text);
      const { result } = await load(file);
      const problems = result.kind === "ok" ? result.warnings : result.diagnostics;
      if (problems.length > 0) wrong.push(`${block.place}\n${formatDiagnostics(problems)}`);
    }
    expect(wrong.join("\n")).toBe("");
    expect(runbooks.length).toBeGreaterThan(8);
  });

  test("pieces of YAML and JSON can be read", () => {
    for (const block of blocks.filter(({ language }) => language === "yaml" || language === "json")) {
      const errors = parseAllDocuments(block.text, { merge: false }).flatMap((document) => document.errors);
      expect(errors, block.place).toEqual([]);
    }
  });

  test("shell lines are shell lines", () => {
    const lines = of("sh", "bash").map((block) => ({
      ...block,
      text: block.text.replaceAll(/<[a-z-]+>|\.\.\.|…/g, "x"),
    }));
    for (const { text, place } of lines) {
      const checked = spawnSync("/bin/sh", ["-n"], { input: text, encoding: "utf8" });
      expect(`${place} ${checked.stderr}`).toBe(`${place} `);
    }
  });

  test("JavaScript is JavaScript", () => {
    for (const block of of("js")) {
      const checked = spawnSync(process.execPath, ["--input-type=module", "--check"], {
        input: block.text,
        encoding: "utf8",
      });
      expect(`${block.place} ${checked.stderr}`).toBe(`${block.place} `);
    }
  });
});

describe("what the documentation shows is what happens", () => {
  for (const page of all.filter(({ text }) => /^ *```\S+ .*\brun\b/m.test(text))) {
    const lacksPython = page.blocks.some(({ language }) => language === "python") && !has("python3", "--version");
    test.skipIf(lacksPython)(`${page.path}${lacksPython ? " (skipped: no python3 here)" : ""}`, () => {
      const dir = join(scratch, page.path.replaceAll("/", "-"));
      mkdirSync(dir);
      expect(runConsole(page, dir)).toEqual([]);
    });
  }
});

function keepAll(dir: string, path: string): void {
  for (const block of all.find((page) => page.path === path)?.blocks ?? []) {
    const name = fileNameOf(block);
    if (name) keep(join(dir, name), block.text);
  }
}

function keep(file: string, text: string): void {
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(file, text);
}

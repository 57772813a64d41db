import { existsSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { formatDiagnostics, loadRunbook } from "../../src/runbook/index.ts";
import { testOptions } from "./rig.ts";

// Every wrong file has its diagnostics beside it, as an operator reads them. After a wanted change:
// UPDATE_EXPECTED=1 npx vitest run test/runbook/wrong.test.ts, and read the difference.
const dir = join(import.meta.dirname, "wrong");

describe("a wrong runbook is told all its problems at once, with what to write", () => {
  for (const name of readdirSync(dir).filter((file) => file.endsWith(".yaml"))) {
    test(name, async () => {
      const result = await loadRunbook(join(dir, name), testOptions);
      const diagnostics = result.kind === "invalid" ? result.diagnostics : result.warnings;
      const verdict = result.kind === "ok" ? "valid\n" : "invalid\n";
      const text = verdict + formatDiagnostics(diagnostics, { relativeTo: dir }).replaceAll(dir, "/wrong");
      const expected = join(dir, name.replace(".yaml", ".txt"));
      if (process.env.UPDATE_EXPECTED || !existsSync(expected)) writeFileSync(expected, text);
      expect(text).toBe(readFileSync(expected, "utf8"));
      expect(diagnostics.length).toBeGreaterThan(0);
      for (const diagnostic of diagnostics) expect(diagnostic).toHaveProperty("mend");
    });
  }
});

import { execFileSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, test } from "vitest";
import { type LoadResult, loadRunbook } from "../../src/runbook/index.ts";
import { testOptions } from "./rig.ts";

const scratch = mkdtempSync(join(tmpdir(), "runsheet-malformed-"));
afterAll(() => rmSync(scratch, { recursive: true }));

const head = "runsheet: 1\nname: x\nsteps:\n";
const text = (content: string) => new TextEncoder().encode(content);

async function load(bytes: Uint8Array): Promise<Extract<LoadResult, { kind: "invalid" }>> {
  const loaded = await loadRunbook("/rb/x.yaml", { ...testOptions, bytes });
  if (loaded.kind === "ok") throw new Error("expected it to be refused");
  return loaded;
}

const deep: Record<string, string> = {
  "1,000 nested lists": "[".repeat(1000),
  "100,000 nested lists": "[".repeat(100_000),
  "60,000 nested maps": "{a: ".repeat(60_000),
  "100,000 nested entries": "- ".repeat(100_000),
  "lists in maps": "[{".repeat(100_000),
  "nested indentation": Array.from({ length: 600 }, (_, i) => `${" ".repeat(i)}a:\n`).join(""),
};

const odd: Record<string, string> = {
  "closing brackets": "]".repeat(250_000),
  anchors: "&a ".repeat(80_000),
  references: "*a ".repeat(80_000),
  documents: "---\n".repeat(60_000),
  "empty lines": "\n".repeat(250_000),
  tabs: "\t".repeat(250_000),
  quotes: "'".repeat(250_000),
  colons: ": ".repeat(120_000),
  holes: `${head}  - { id: a, manual: "${"${{ ".repeat(40_000)}" }\n`,
  "equal keys": `${head}${"  - a: 1\n    a: 1\n".repeat(10_000)}`,
};

describe("a malformed file is refused with a reason, whatever it holds", () => {
  for (const [name, content] of Object.entries(deep)) {
    test(`nesting: ${name}`, async () => {
      expect((await load(text(content))).diagnostics).toMatchObject([
        { code: "yaml-depth", span: { line: expect.any(Number) } },
      ]);
    });
  }

  for (const [name, content] of Object.entries(odd)) {
    test(`many ${name}`, async () => {
      expect((await load(text(content))).diagnostics.length).toBeGreaterThan(0);
    });
  }

  test("neither nesting nor size crashes the process itself", () => {
    const program = `
      import { loadRunbook } from ${JSON.stringify(join(import.meta.dirname, "../../src/runbook/index.ts"))};
      const results = [];
      for (const file of process.argv.slice(2)) {
        const loaded = await loadRunbook(file, { actionOf: () => undefined });
        results.push(loaded.kind);
      }
      console.log(results.join(" "));`;
    const files = Object.values({ ...deep, ...odd }).map((content, index) => {
      const path = join(scratch, `${index}.yaml`);
      writeFileSync(path, content);
      return path;
    });
    const script = join(scratch, "program.ts");
    writeFileSync(script, program);
    // A small stack is what made the parser's own recursion fatal.
    const out = execFileSync(process.execPath, ["--stack-size=400", script, ...files], { encoding: "utf8" });
    expect(out.trim().split(" ")).toEqual(files.map(() => "invalid"));
  });

  test("aliases that multiply are refused", async () => {
    const lines = ["a0: &a0 [x, x, x, x, x, x, x, x, x, x]"];
    for (let i = 1; i < 12; i++)
      lines.push(
        `a${i}: &a${i} [${Array(10)
          .fill(`*a${i - 1}`)
          .join(", ")}]`,
      );
    const { diagnostics } = await load(text(`${lines.join("\n")}\n`));
    expect(diagnostics.map(({ code }) => code)).toContain("yaml-alias-bomb");
  });

  test("a value that contains itself is refused", async () => {
    const { diagnostics } = await load(text("a: &a [*a]\n"));
    expect(diagnostics.map(({ code }) => code)).toContain("yaml-alias");
  });

  test("bytes that are not UTF-8 are pointed at, not replaced", async () => {
    const bytes = Buffer.concat([text(`${head}  - id: a\n    manual: caf`), Buffer.from([0xe9]), text("\n")]);
    expect((await load(bytes)).diagnostics).toMatchObject([{ code: "not-utf8", span: { line: 5, column: 16 } }]);
  });

  test("a replacement character that the author wrote is fine", async () => {
    const loaded = await loadRunbook("/rb/x.yaml", {
      ...testOptions,
      bytes: text(`${head}  - { id: a, manual: "\uFFFD" }\n`),
    });
    expect(loaded.kind).toBe("ok");
  });

  test("a byte order mark does no harm", async () => {
    const bytes = Buffer.concat([Buffer.from([0xef, 0xbb, 0xbf]), text(`${head}  - { id: a, manual: x }\n`)]);
    expect((await loadRunbook("/rb/x.yaml", { ...testOptions, bytes })).kind).toBe("ok");
  });

  test.each([
    ["a NUL", "\0", "nul-character"],
    ["an escape sequence", "\u001b[2J", "control-character"],
    ["a second byte order mark", "\uFEFF", "control-character"],
  ])("%s is pointed at", async (_, char, code) => {
    const { diagnostics } = await load(text(`${head}  - id: a\n    manual: x${char}y\n`));
    expect(diagnostics).toMatchObject([{ code, span: { line: 5, column: 14 } }]);
  });

  test("UTF-16 is named as what it is", async () => {
    expect((await load(Buffer.from([0xff, 0xfe, 0x72, 0]))).diagnostics).toMatchObject([{ code: "not-utf8" }]);
  });

  test("a file of more than 256 KiB is refused before it is parsed", async () => {
    expect((await load(new Uint8Array(300_000).fill(0x61))).diagnostics).toMatchObject([{ code: "file-too-large" }]);
  });

  test.each(["", " \n", "# only a comment\n", "null", "just text", "[1, 2]", "42"])(
    "%j is no runbook",
    async (content) => {
      expect((await load(text(content))).diagnostics.length).toBeGreaterThan(0);
    },
  );

  test("thousands of problems are counted, not all listed", async () => {
    const { diagnostics } = await load(text(`${head}${"  - id: a\n    x: 1\n".repeat(3000)}`));
    expect(diagnostics.length).toBe(201);
    expect(diagnostics.map(({ code }) => code)).toContain("too-many-problems");
  });
});

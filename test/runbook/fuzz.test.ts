import { readFileSync } from "node:fs";
import { join } from "node:path";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { formatDiagnostics, loadRunbook, starterRunbook } from "../../src/runbook/index.ts";
import { trials } from "../rig/trials.ts";
import { testOptions } from "./rig.ts";

const fixture = readFileSync(join(import.meta.dirname, "fixtures/every-construct.yaml"), "utf8");
const called = readFileSync(join(import.meta.dirname, "fixtures/called.yaml"));
const seeds = [fixture, starterRunbook("fuzz"), called.toString()];

const scraps = [
  ..."${{ }} ${{ {{ }} [ ] { } ' \" | > - : # & * ! % @ ` \\ \t \n , ? ~ null true 1 1e999 .inf -- --- ... <<: *x &x !!binary".split(
    " ",
  ),
  ..."steps: params: forEach: run: uses: with: id: when: call: __proto__: constructor: service: stop: group ./called.yaml".split(
    " ",
  ),
  ..."params.app steps.look.outputs.count item key stdout secrets.token raw( quote( has( duration('5s') $( <<EOF ${ \\\n \r\n \u{1F600} é".split(
    " ",
  ),
];

/** Changes of a text as careless hands and merge conflicts make them. */
const mutation = fc.record({
  kind: fc.constantFrom(
    "insert",
    "delete",
    "replace",
    "duplicate-line",
    "drop-line",
    "swap-lines",
    "indent",
    "truncate",
  ),
  at: fc.double({ min: 0, max: 1, noNaN: true }),
  other: fc.double({ min: 0, max: 1, noNaN: true }),
  scrap: fc.constantFrom(...scraps),
});

function mutate(
  text: string,
  { kind, at, other, scrap }: typeof mutation extends fc.Arbitrary<infer M> ? M : never,
): string {
  const offset = Math.floor(at * text.length);
  const lines = text.split("\n");
  const [a, b] = [Math.floor(at * lines.length), Math.floor(other * lines.length)];
  switch (kind) {
    case "insert":
      return text.slice(0, offset) + scrap + text.slice(offset);
    case "delete":
      return text.slice(0, offset) + text.slice(offset + 1 + Math.floor(other * 20));
    case "replace":
      return text.slice(0, offset) + scrap + text.slice(offset + scrap.length);
    case "duplicate-line":
      return lines.toSpliced(b, 0, lines[a] ?? "").join("\n");
    case "drop-line":
      return lines.toSpliced(a, 1).join("\n");
    case "swap-lines":
      return lines.with(Math.min(a, lines.length - 1), lines[b] ?? "").join("\n");
    case "indent":
      return lines.with(Math.min(a, lines.length - 1), `  ${lines[a] ?? ""}`).join("\n");
    default:
      return text.slice(0, offset);
  }
}

async function survives(bytes: Uint8Array): Promise<void> {
  const options = { ...testOptions, bytes, included: () => called };
  const result = await loadRunbook("/rb/x.yaml", options);
  const diagnostics = result.kind === "ok" ? result.warnings : result.diagnostics;
  if (result.kind === "invalid") expect(diagnostics.some(({ severity }) => severity === "error")).toBe(true);
  const lines = new TextDecoder().decode(bytes).split("\n").length;
  for (const { span, mend } of diagnostics) {
    expect(span.line).toBeGreaterThan(0);
    expect(span.column).toBeGreaterThan(0);
    if (span.file === "/rb/x.yaml") expect(span.line).toBeLessThanOrEqual(lines);
    expect(mend).toBeTypeOf("string");
  }
  expect(formatDiagnostics(diagnostics)).toBeTypeOf("string");
}

describe("whatever happens to a runbook file, it is read or refused with places and mends", () => {
  test("mutated texts", async () => {
    trials(250);
    await fc.assert(
      fc.asyncProperty(
        fc.constantFrom(...seeds),
        fc.array(mutation, { minLength: 1, maxLength: 6 }),
        async (seed, mutations) => {
          await survives(new TextEncoder().encode(mutations.reduce(mutate, seed)));
        },
      ),
      { numRuns: 250 },
    );
  });

  test("mutated bytes", async () => {
    const flip = fc.tuple(fc.double({ min: 0, max: 1, noNaN: true }), fc.integer({ min: 0, max: 255 }));
    trials(150);
    await fc.assert(
      fc.asyncProperty(
        fc.constantFrom(...seeds),
        fc.array(flip, { minLength: 1, maxLength: 4 }),
        async (seed, flips) => {
          const bytes = new TextEncoder().encode(seed);
          for (const [at, byte] of flips) bytes[Math.floor(at * (bytes.length - 1))] = byte;
          await survives(bytes);
        },
      ),
      { numRuns: 150 },
    );
  });

  test("texts of nothing but scraps", async () => {
    trials(300);
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.constantFrom(...scraps, " ", "  ", "\n", "\n  "), { maxLength: 80 }),
        async (parts) => {
          await survives(new TextEncoder().encode(parts.join("")));
        },
      ),
      { numRuns: 300 },
    );
  });

  test("expressions of nothing but scraps", async () => {
    const parts = fc.array(
      fc.constantFrom(
        ..."params.a steps.s.ok item . ( ) [ ] { } ? : ' \" , + - * / == && || ! 1 1.5 'x' map( has( json( lines( x in r' b\" // \\ duration( _ $ § é".split(
          " ",
        ),
      ),
      {
        maxLength: 15,
      },
    );
    trials(400);
    await fc.assert(
      fc.asyncProperty(parts, async (pieces) => {
        const hole = `\${{ ${pieces.join(" ")} }}`;
        const text = `runsheet: 1\nname: x\nparams: { a: { default: b } }\nsteps:\n  - { id: s, manual: x }\n  - id: t\n    effect: read\n    when: ${JSON.stringify(hole)}\n    run: ${JSON.stringify(`echo ${hole}`)}\n`;
        await survives(new TextEncoder().encode(text));
      }),
      { numRuns: 400 },
    );
  });
});

import { createHash } from "node:crypto";
import { readFile } from "node:fs/promises";
import { resolve } from "node:path";
import { z } from "zod";
import { defineAction } from "../../domain/action.ts";
import { type Failure, failure } from "../../domain/failure.ts";
import type { Json } from "../../domain/json.ts";
import { writeFileAtomically } from "../../lib/atomic-file.ts";
import { path } from "../fields.ts";
import { fileFailure, returningFileFailures } from "../file-failures.ts";
import { lineDifference } from "./line-difference.ts";
import { renderTemplate } from "./template.ts";

const params = z
  .strictObject({
    template: path.optional().describe("a template file"),
    text: z.string().optional().describe("the template itself"),
    to: path.describe("the file to write"),
    values: z
      .record(z.string(), z.unknown())
      .default({})
      .describe("what {{ name }}, {{# list }}...{{/ list }} and {{^ empty }}...{{/ empty }} stand for"),
    mode: z
      .string()
      .regex(/^0?[0-7]{3}$/, "permission bits such as 0644")
      .default("0644"),
    backup: z.boolean().default(false).describe("keep the file that was there as <to>.bak"),
  })
  .refine(
    ({ template, text }) => (template === undefined) !== (text === undefined),
    "give either `template` or `text`",
  );

const outputs = z.strictObject({
  file: z.string(),
  changed: z.boolean().describe("false: the file had this content already"),
  sha256: z.string(),
});

type Params = z.infer<typeof params>;
type Worked = {
  readonly kind: "ok";
  readonly text: string;
  readonly file: string;
  readonly before: string | undefined;
};

export const renderAction = defineAction<Params, z.infer<typeof outputs>>({
  kind: "file.render",
  title: "Write a file from a template",
  description:
    "Fills in {{ name }}, sections over lists ({{# peers }}...{{ . }}...{{/ peers }}) and inverted sections ({{^ x }}), and " +
    "writes the file atomically. Every name without a value is refused, all at once, with its line. A file that has the " +
    "content already is left alone; running it again is harmless. The dry run shows the lines that would change.",
  params,
  outputs,
  effect: "mutate",
  repeatable: true,
  async preview(given, { cwd }) {
    const worked = await workOut(given, cwd);
    if (worked.kind === "failed") return { grade: "native", lines: worked.failure.message.split("\n") };
    const { text, file, before } = worked;
    if (before === text) return { grade: "native", lines: [`${file} has this content already`] };
    if (before === undefined) return { grade: "native", lines: [`would create ${file}:`, ...lineDifference("", text)] };
    return { grade: "native", lines: [`would change ${file}:`, ...lineDifference(before, text)] };
  },
  async check(given, { cwd }) {
    const worked = await workOut(given, cwd);
    if (worked.kind === "failed" || worked.before !== worked.text) return { kind: "not-done" };
    return { kind: "done", outputs: { file: worked.file, changed: true, sha256: sha256(worked.text) } };
  },
  run: returningFileFailures(async (given, { cwd, log }) => {
    const worked = await workOut(given, cwd);
    if (worked.kind === "failed") return worked;
    const { text, file, before } = worked;
    const changed = before !== text;
    const mode = Number.parseInt(given.mode, 8);
    if (changed) {
      if (given.backup && before !== undefined) await writeFileAtomically(`${file}.bak`, before, mode);
      await writeFileAtomically(file, text, mode);
    }
    log(changed ? `wrote ${file}` : `${file} has this content already`);
    return { kind: "ok", outputs: { file, changed, sha256: sha256(text) } };
  }),
});

async function workOut(given: Params, cwd: string): Promise<Worked | { kind: "failed"; failure: Failure }> {
  const file = resolve(cwd, given.to);
  let template: string;
  try {
    template = given.template === undefined ? (given.text ?? "") : await readFile(resolve(cwd, given.template), "utf8");
  } catch (error) {
    const known = fileFailure(error);
    if (known === undefined) throw error;
    return { kind: "failed", failure: known };
  }
  const rendered = renderTemplate(template, given.values as { [name: string]: Json });
  if (rendered.kind === "ok") return { kind: "ok", text: rendered.text, file, before: await contentOf(file) };
  const name = given.template ?? "the template";
  const lines = rendered.problems.map(({ line, reason }) => `${name}:${line}: ${reason}`);
  const hint = 'add the missing names under "values", or mend the template';
  return { kind: "failed", failure: failure("template-refused", lines.join("\n"), { hint, retryable: false }) };
}

async function contentOf(file: string): Promise<string | undefined> {
  try {
    return await readFile(file, "utf8");
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return undefined;
    throw error;
  }
}

function sha256(text: string): string {
  return createHash("sha256").update(text).digest("hex");
}

import type { Evaluated, RenderedCommand, Scope } from "../../domain/expressions.ts";
import { type Failure, failure } from "../../domain/failure.ts";
import type { Command, Template } from "../../domain/runbook.ts";
import { HOLE, type HoleContext } from "../shell/cursor.ts";
import { breaksHeredoc, embedValue, embedVariable } from "../shell/embed.ts";
import { type ShellScan, scanShell } from "../shell/scan.ts";
import type { ExpressionPart } from "./compile.ts";
import { celText } from "./convert.ts";
import { expressionFailure, placeOf } from "./failures.ts";
import { quoteWord } from "./functions.ts";
import { referencesOf } from "./references.ts";

type Run = (part: ExpressionPart, template: Template, scope: Scope) => Evaluated<unknown>;

/** Makes commands out of templates so that a value can never become syntax. */
export function createCommandRenderer(run: Run) {
  return (command: Command, scope: Scope): Evaluated<RenderedCommand> =>
    command.kind === "line" ? renderLine(command.line, scope, run) : renderWords(command.words, scope, run);
}

/** The variable in which a command finds a secret. */
export function secretVariable(name: string): string {
  return `RUNSHEET_SECRET_${name.toUpperCase().replace(/[^A-Z0-9]/g, "_")}`;
}

/** The shell text of a line with a mark in place of each hole. */
export function shellTextOf(template: Template): string {
  return template.parts.map((part) => (part.kind === "text" ? part.text : HOLE)).join("");
}

const scans = new WeakMap<Template, ShellScan>();

function scanOf(template: Template): ShellScan {
  let scan = scans.get(template);
  if (!scan) {
    scan = scanShell(shellTextOf(template));
    scans.set(template, scan);
  }
  return scan;
}

function renderLine(template: Template, scope: Scope, run: Run): Evaluated<RenderedCommand> {
  const scan = scanOf(template);
  const unsafe = scan.problems[0];
  // Validation reports these; only a line that never went through it comes this far.
  if (unsafe) return failed(commandFailure(template, unsafe.message, unsafe.mend));
  const secretEnv: Record<string, string> = {};
  const grown: number[] = [];
  let line = "";
  let hole = 0;
  for (const part of template.parts) {
    if (part.kind === "text") {
      line += part.text;
      continue;
    }
    const context = scan.holes[hole++] as HoleContext;
    const embedded = embedHole(part, template, context, line, scope, run, secretEnv);
    if (embedded.kind === "failed") return embedded;
    grown.push(embedded.value.length - 1);
    line += embedded.value;
  }
  for (const heredoc of scan.heredocs) {
    const [from, to] = [heredoc.from, heredoc.to].map((offset) => offset + growthBefore(template, offset, grown));
    if (breaksHeredoc(line.slice(from, to), heredoc)) {
      const why = `a value holds the line "${heredoc.delimiter}", which would end the here-document`;
      return failed(commandFailure(template, why, "choose another delimiter in the runbook"));
    }
  }
  return { kind: "ok", value: { argv: ["/bin/sh", "-c", line], shown: line, secretEnv } };
}

function growthBefore(template: Template, offset: number, grown: readonly number[]): number {
  let at = 0;
  let hole = 0;
  let growth = 0;
  for (const part of template.parts) {
    if (at >= offset) break;
    if (part.kind === "expression") growth += grown[hole++] as number;
    at += part.kind === "text" ? part.text.length : 1;
  }
  return growth;
}

function embedHole(
  part: ExpressionPart,
  template: Template,
  context: HoleContext,
  before: string,
  scope: Scope,
  run: Run,
  secretEnv: Record<string, string>,
): Evaluated<string> {
  if (context.kind === "comment") return { kind: "ok", value: "" };
  const secret = secretName(part);
  if (secret !== undefined) {
    const value = Object.hasOwn(scope.secrets, secret) ? scope.secrets[secret] : undefined;
    if (value === undefined) return failed(commandFailure(template, `the secret "${secret}" has no value`));
    secretEnv[secretVariable(secret)] = value;
    return { kind: "ok", value: embedVariable(secretVariable(secret), context) };
  }
  const words = wordsOf(part, template, scope, run);
  if (words.kind === "failed") return words;
  if (part.raw) return { kind: "ok", value: words.value.join(" ") };
  if (words.value.length === 1) return { kind: "ok", value: embedValue(words.value[0] as string, context, before) };
  if (!context.alone) {
    const why = `\${{${part.source}}} is a list of ${words.value.length} words, but it stands inside another word`;
    return failed(commandFailure(template, why, "leave a blank on both sides, or write: ${{ list.join(',') }}"));
  }
  return { kind: "ok", value: words.value.map((word) => embedValue(word, context, before)).join(" ") };
}

function renderWords(words: readonly Template[], scope: Scope, run: Run): Evaluated<RenderedCommand> {
  const argv: string[] = [];
  for (const template of words) {
    const single = template.parts.length === 1;
    let word = "";
    for (const part of template.parts) {
      if (part.kind === "text") {
        word += part.text;
        continue;
      }
      const values = wordsOf(part, template, scope, run);
      if (values.kind === "failed") return values;
      if (single) argv.push(...values.value);
      else if (values.value.length === 1) word += values.value[0];
      else {
        const why = `\${{${part.source}}} is a list, but it stands inside another word`;
        return failed(commandFailure(template, why, "make it a list entry of its own"));
      }
    }
    if (!single || template.parts[0]?.kind === "text") argv.push(word);
  }
  if (argv.length === 0 || argv[0] === "") {
    const [first] = words;
    const why = "the command is empty";
    return failed(first ? commandFailure(first, why) : failure("empty-command", why, { retryable: false }));
  }
  return { kind: "ok", value: { argv, shown: argv.map(quoteWord).join(" "), secretEnv: {} } };
}

/** One text, or the texts of a list. */
function wordsOf(part: ExpressionPart, template: Template, scope: Scope, run: Run): Evaluated<readonly string[]> {
  if (referencesOf(part.source).some((reference) => reference.root === "secrets")) {
    const why = `\${{${part.source}}} would put a secret into the command's text`;
    return failed(commandFailure(template, why, "let the hole be nothing but the secret, in a shell line"));
  }
  const result = run(part, template, scope);
  if (result.kind === "failed") return result;
  try {
    const words = Array.isArray(result.value) ? result.value.map(celText) : [celText(result.value)];
    if (result.value === null || (Array.isArray(result.value) && result.value.includes(null))) {
      return failed(commandFailure(template, `\${{${part.source}}} is null`, "write a default: x != null ? x : ''"));
    }
    if (words.some((word) => word.includes("\0"))) {
      return failed(commandFailure(template, `\${{${part.source}}} holds a NUL character, which no command can take`));
    }
    return { kind: "ok", value: words };
  } catch (cause) {
    return failed(expressionFailure(part, template, cause));
  }
}

/** The secret when the hole is nothing else. */
export function secretName(part: { readonly source: string }): string | undefined {
  const [reference, more] = referencesOf(part.source);
  if (!reference || more || reference.root !== "secrets" || reference.path.length !== 1) return undefined;
  const match = /^\s*secrets\s*(?:\.\s*\w+|\[\s*["'][^"']*["']\s*\])\s*$/.test(part.source);
  return match ? reference.path[0]?.name : undefined;
}

function commandFailure(template: Template, why: string, hint?: string): Failure {
  return failure("command", `cannot make the command (${placeOf(template.span)}): ${why}`, {
    retryable: false,
    ...(hint === undefined ? {} : { hint }),
  });
}

function failed(problem: Failure): { readonly kind: "failed"; readonly failure: Failure } {
  return { kind: "failed", failure: problem };
}

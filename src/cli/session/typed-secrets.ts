import { askHidden } from "../plain/hidden.ts";
import type { Loaded } from "./load.ts";
import { readParamFile } from "./params.ts";
import { declaredSecrets } from "./secrets.ts";
import { UsageError } from "./usage-error.ts";

/**
 * Secrets that only a person or a file of theirs can give: those declared with `prompt`, and secret parameters. They are kept
 * nowhere, so a resumed run asks for them again.
 */
export async function typedSecrets(
  loaded: Loaded,
  given: Readonly<Record<string, string>>,
  paramFiles: readonly string[],
  terminal: boolean,
): Promise<Readonly<Record<string, string>>> {
  const known: Record<string, string> = { ...given };
  for (const [name, question] of secretQuestions(loaded)) {
    known[name] ??= fromFiles(name, paramFiles) ?? (await ask(loaded, name, question, terminal));
  }
  return known;
}

/** Names of secrets that have to be typed, each with its question. */
export function secretQuestions(loaded: Loaded): readonly (readonly [string, string])[] {
  const params = Object.entries(loaded.runbook.params)
    .filter(([, spec]) => spec.type === "secret" && !spec.optional && spec.default === undefined)
    .map(([name, spec]) => [name, spec.prompt ?? name] as const);
  const declared = Object.entries(declaredSecrets(loaded.runbook)).flatMap(([name, { source }]) =>
    source.kind === "prompt" ? [[name, source.question] as const] : [],
  );
  return [...params, ...declared];
}

function fromFiles(name: string, files: readonly string[]): string | undefined {
  for (const file of files) {
    const value = readParamFile(file)[name];
    if (value !== undefined) return String(value);
  }
  return undefined;
}

async function ask(loaded: Loaded, name: string, question: string, terminal: boolean): Promise<string> {
  if (terminal) return askHidden(`${question}: `);
  throw new UsageError(
    `secret "${name}" must be typed (${question}) and there is no terminal to ask on`,
    `give it in a file that only you can read: --params FILE; or declare it with env, file or command in ${loaded.file}`,
    5,
  );
}

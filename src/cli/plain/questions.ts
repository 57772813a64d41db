import type { Interface } from "node:readline/promises";
import { type Answer, answerProblem, type Prompt } from "../../domain/prompt.ts";
import { printable } from "../../lib/printable.ts";
import { readParamValue } from "../../runbook/index.ts";

/** Asks one prompt as plain lines: for `--plain`, screen readers and terminals without a screen. Default is always No. */
export async function askOnLines(
  prompt: Prompt,
  lines: Interface,
  write: (text: string) => void,
  signal: AbortSignal,
): Promise<Answer | undefined> {
  write(questionText(prompt));
  for (;;) {
    const answer = await readAnswer(prompt, (question) => lines.question(question, { signal }), write);
    if (answer === undefined) continue;
    const problem = answerProblem(prompt, answer);
    if (problem === undefined) return answer;
    write(`${problem}\n`);
  }
}

function questionText(prompt: Prompt): string {
  const parts = [
    "",
    `${prompt.severity === "severe" ? "CAREFUL  " : ""}${prompt.title}  [${prompt.at}]`,
    prompt.text,
    ...(prompt.command ? [`  $ ${prompt.command}`] : []),
    ...prompt.evidence.map((line) => `  | ${line}`),
    "",
  ];
  return printable(parts.join("\n"));
}

async function readAnswer(
  prompt: Prompt,
  ask: (question: string) => Promise<string>,
  write: (text: string) => void,
): Promise<Answer | undefined> {
  const { expects } = prompt;
  switch (expects.kind) {
    case "approval": {
      if (expects.typed !== undefined) {
        const typed = await ask(`Type ${expects.typed} to do it, or no: `);
        return typed.trim() === expects.typed
          ? { kind: "approve", typed: typed.trim() }
          : /^n(o)?$/i.test(typed.trim())
            ? { kind: "reject" }
            : undefined;
      }
      const reply = (await ask("Do it? yes or no [no]: ")).trim();
      if (/^y(es)?$/i.test(reply)) return { kind: "approve" };
      return /^(n|no|)$/i.test(reply) ? { kind: "reject" } : undefined;
    }
    case "value": {
      const parsed = readParamValue(expects.spec, await ask("Value: "), process.cwd());
      if (parsed.kind === "ok") return { kind: "value", value: parsed.value };
      write(`${parsed.message}${parsed.mend ? `; ${parsed.mend}` : ""}\n`);
      return undefined;
    }
    case "manual": {
      const reply = (await ask("done or failed? ")).trim();
      if (!/^(d|done|f|failed)$/i.test(reply)) return undefined;
      const note = (await ask("Note (may be empty): ")).trim();
      return { kind: "manual", done: /^d/i.test(reply), ...(note ? { note } : {}) };
    }
    case "choice": {
      for (const [index, choice] of expects.choices.entries()) write(`  ${index + 1}) ${choice.label}\n`);
      const number = Number((await ask(`1 to ${expects.choices.length}: `)).trim());
      const choice = expects.choices[number - 1];
      if (!choice) return undefined;
      const reason = choice.needsReason ? (await ask("Reason: ")).trim() : "";
      return { kind: "choose", choice: choice.id, ...(reason ? { reason } : {}) };
    }
  }
}

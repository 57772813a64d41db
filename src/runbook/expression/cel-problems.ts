import { nearest } from "../suggest.ts";
import type { Problem } from "../yaml/report.ts";
import { ROOTS } from "./compile.ts";
import { reasonOf, typeWord } from "./failures.ts";
import { FUNCTIONS } from "./functions.ts";
import type { Names } from "./names.ts";

/** What the CEL library throws and returns; `summary` is its sentence without the drawing. */
export type CelError = Error & {
  readonly code?: string;
  readonly summary?: string;
  readonly range?: { start: number; end: number };
};

/** What CEL says against an expression, in our words and with what to write. */
export function celProblem(error: CelError, names: Names): Problem {
  const summary = error.summary ?? error.message;
  switch (error.code) {
    case "unknown_variable":
      return unknownName(/: (\S+)$/.exec(summary)?.[1] ?? "", names);
    case "no_matching_overload":
      return unknownFunction(summary);
    case "no_such_overload":
      return { code: "expression-type", message: reasonOf(error), mend: overloadMend(summary) };
    default:
      return { code: codeOf(error), message: syntaxWords(reasonOf(error)), ...mendOf(error) };
  }
}

function unknownName(name: string, names: Names): Problem {
  const known = ROOTS.filter((root) => availableRoot(root, names));
  const hint = nearest(name, known);
  const param = names.runbook.params.has(name) ? `params.${name}` : undefined;
  return {
    code: "unknown-name",
    message: `unknown name "${name}"`,
    mend: param
      ? `write: ${param}`
      : hint
        ? `write: ${hint}`
        : `known here: ${known.join(", ")}; a text stands in quotes: '${name}'`,
  };
}

function availableRoot(root: string, names: Names): boolean {
  if (root === "key") return names.key;
  if (root === "item" || root === "index") return names.item !== undefined;
  if (root === "stdout" || root === "stderr" || root === "exitCode" || root === "result") return names.output;
  if (root === "secrets") return names.secretsAllowed;
  return true;
}

const CEL_FUNCTIONS =
  "size string int double bool type has contains startsWith endsWith matches lowerAscii upperAscii trim split join map filter all exists exists_one timestamp substring indexOf".split(
    " ",
  );

function unknownFunction(summary: string): Problem {
  const match = /for '(?:(.*)\.)?(\w+)\((.*)\)'$/s.exec(summary);
  const [, receiver, called = "", args = ""] = match ?? [];
  const name = called.replace(/^runsheet_/, "");
  const ours = FUNCTIONS.find((candidate) => candidate.name === name);
  const given = args
    .split(", ")
    .filter((type) => type !== "")
    .map(typeWord)
    .join(", ");
  const on = receiver === undefined ? "" : ` of ${typeWord(receiver)}`;
  if (ours || CEL_FUNCTIONS.includes(name)) {
    return {
      code: "expression-type",
      message: `${name}()${on} does not take (${given})`,
      mend: ours ? `write: ${ours.usage}` : "convert the value: string(x), int(x), double(x)",
    };
  }
  const hint = nearest(name, [...FUNCTIONS.map((candidate) => candidate.name), ...CEL_FUNCTIONS]);
  const all = FUNCTIONS.map((candidate) => candidate.name).join(", ");
  return {
    code: "unknown-function",
    message: `there is no function ${name}()${on}`,
    mend: hint ? `write: ${hint}(…)` : `known: ${all}, and those of CEL`,
  };
}

function overloadMend(summary: string): string {
  if (/\+/.test(summary) && /string/.test(summary)) return "turn the other side into text: string(x)";
  return "convert one side: int(x), double(x), string(x)";
}

function codeOf(error: CelError): string {
  return error.name === "ParseError" ? "expression-syntax" : "expression-type";
}

const TOKEN_WORDS: Record<string, string> = {
  EOF: "the end",
  RPAREN: ")",
  LPAREN: "(",
  RBRACKET: "]",
  RBRACE: "}",
  IDENTIFIER: "a name",
  COLON: ":",
  COMMA: ",",
  DOT: ".",
  NUMBER: "a number",
  STRING: "a text",
  IN: "in",
  QUESTION: "?",
};

function syntaxWords(summary: string): string {
  const words = (token: string) => TOKEN_WORDS[token] ?? token;
  return summary
    .replace(/'(int|double|bool|dyn|(?:step|item|outputs) \d+|google\.protobuf\.\w+)'/g, (_, type: string) =>
      typeWord(type),
    )
    .replace(
      /^Expected ([A-Z]+), got ([A-Z]+)$/,
      (_, a: string, b: string) => `expected ${words(a)}, but found ${words(b)}`,
    )
    .replace(/^Unexpected token: ([A-Z]+)$/, (_, a: string) => `did not expect ${words(a)} here`)
    .replace(/^Unexpected character: (.*)$/, "did not expect $1 here")
    .replace(/^Exceeded maxDepth.*$/, "it is nested too deeply")
    .replace(/^Exceeded max.*$/, "it is too large")
    .replace("Ternary condition must be bool, got", "the condition before ? must be a boolean, not")
    .replace("Logical operator requires bool operands, got", "&& and || need booleans, not");
}

function mendOf(error: CelError): { mend?: string } {
  const summary = error.summary ?? error.message;
  if (/Unexpected character: =/.test(summary)) return { mend: "write == to compare" };
  if (/Unexpected character: [&|]/.test(summary)) return { mend: "write && or ||" };
  if (/Newlines not allowed/.test(summary)) {
    return {
      mend: "a \"double-quoted\" text of YAML turns \\n into a line break: write \\\\n there, or use 'single quotes' around",
    };
  }
  if (/Unterminated string/.test(summary)) return { mend: "close the quote" };
  if (/Reserved identifier/.test(summary))
    return { mend: "this word is reserved in CEL; write it as a text in quotes" };
  if (error.name === "ParseError") return { mend: "see the CEL syntax: a == 'b' && c > 1 ? x : y" };
  if (/must be bool|requires bool/.test(summary)) return { mend: "compare it: … == 'value'" };
  return { mend: "convert or compare the value: string(x), int(x), x.name, x[0]" };
}

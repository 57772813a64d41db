import { readFileSync } from "node:fs";
import { parse } from "yaml";
import type { Answer } from "../../domain/prompt.ts";
import type { GivenAnswers } from "../../headless/index.ts";
import { UsageError } from "./usage-error.ts";

/**
 * Answers by step address: `approve`, `reject`, `done`, `failed`, `retry`, `skip`, `stop`, `go-on`, `rerun`, `not-done`, a
 * value as `{ value: ... }`, a typed confirmation as `{ approve: TEXT }`, a choice with its reason as `{ choose: skip, reason: ... }`.
 */
export async function readAnswers(file: string): Promise<GivenAnswers> {
  let given: unknown;
  try {
    given = parse(readFileSync(file, "utf8"));
  } catch (error) {
    throw new UsageError(`answers file ${file}: ${(error as Error).message}`, "write: { step-address: approve }");
  }
  if (typeof given !== "object" || given === null || Array.isArray(given)) {
    throw new UsageError(`answers file ${file} holds no map`, "write: { step-address: approve }");
  }
  return answersOf(given as Record<string, unknown>, `answers file ${file}`);
}

/** Answers from a map as it stands in an answers file; `where` is named when one of them is none. */
export function answersOf(given: Readonly<Record<string, unknown>>, where: string): GivenAnswers {
  const answers: { [address: string]: Answer } = Object.create(null);
  for (const [address, value] of Object.entries(given)) {
    const answer = answerOf(value);
    if (!answer) throw new UsageError(`${where}: ${address}: ${JSON.stringify(value)} is no answer`, hint);
    answers[address] = answer;
  }
  return answers;
}

const hint =
  "write approve, reject, done, failed, retry, skip, go-on, { value: ... }, { approve: TEXT } or { choose: skip, reason: ... }";

function answerOf(value: unknown): Answer | undefined {
  if (typeof value === "string") return wordAnswer(value, undefined);
  if (typeof value !== "object" || value === null) return undefined;
  const given = value as Record<string, unknown>;
  const reason = typeof given.reason === "string" ? given.reason : undefined;
  if ("value" in given) return { kind: "value", value: given.value as never };
  if (typeof given.approve === "string") return { kind: "approve", typed: given.approve };
  const word = given.choose ?? given.answer;
  if (typeof word !== "string") return undefined;
  const answer = wordAnswer(word, reason);
  if (answer?.kind === "manual" && typeof given.note === "string") return { ...answer, note: given.note };
  return answer;
}

function wordAnswer(word: string, reason: string | undefined): Answer | undefined {
  const because = reason === undefined ? {} : { reason };
  switch (word) {
    case "approve":
    case "yes":
      return { kind: "approve", ...because };
    case "reject":
    case "no":
      return { kind: "reject", ...because };
    case "failed":
      return { kind: "manual", done: false };
    case "done":
      return reason === undefined ? { kind: "manual", done: true } : { kind: "choose", choice: "done", reason };
    case "retry":
    case "skip":
    case "stop":
    case "go-on":
    case "rerun":
    case "not-done":
      return { kind: "choose", choice: word, ...because };
    default:
      return undefined;
  }
}

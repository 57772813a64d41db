import { expect, test } from "vitest";
import { type Answer, answerCommand, answerProblem, type Expected, type Prompt } from "../../src/domain/prompt.ts";

const prompt = (expects: Expected) => ({ expects }) as Prompt;
const yes: Answer = { kind: "approve" };
const no: Answer = { kind: "reject" };
const value: Answer = { kind: "value", value: 5 };
const manual: Answer = { kind: "manual", done: true };
const choose = (choice: "retry" | "skip" | "stop", reason?: string): Answer =>
  reason === undefined ? { kind: "choose", choice } : { kind: "choose", choice, reason };

test("an approval is taken with a yes or a no, a typed one only with the exact text", () => {
  const plain = prompt({ kind: "approval" });
  expect([yes, no].map((answer) => answerProblem(plain, answer))).toEqual([undefined, undefined]);
  for (const answer of [value, manual, choose("stop")]) {
    expect(answerProblem(plain, answer)).toBe("this prompt takes an approval or a rejection");
  }
  const typed = prompt({ kind: "approval", typed: "pod-1" });
  expect(answerProblem(typed, { kind: "approve", typed: "pod-1" })).toBeUndefined();
  expect(answerProblem(typed, no)).toBeUndefined();
  for (const wrong of [yes, { kind: "approve", typed: "pod-2" } as const, { kind: "approve", typed: "" } as const]) {
    expect(answerProblem(typed, wrong)).toBe("type exactly: pod-1");
  }
});

test("a value and a manual step take what they ask for, or a rejection", () => {
  const input = prompt({ kind: "value", spec: { type: "integer", optional: false } });
  expect([value, no].map((answer) => answerProblem(input, answer))).toEqual([undefined, undefined]);
  expect(answerProblem(input, yes)).toBe("this prompt takes a value");
  const work = prompt({ kind: "manual" });
  expect([manual, no].map((answer) => answerProblem(work, answer))).toEqual([undefined, undefined]);
  expect(answerProblem(work, yes)).toBe("say done or failed");
});

test("a choice has to be one of those offered, with a reason where one is needed", () => {
  const choices = [
    { id: "retry", label: "Retry", needsReason: false },
    { id: "skip", label: "Skip", needsReason: true },
  ] as const;
  const failure = prompt({ kind: "choice", choices });
  expect(answerProblem(failure, choose("retry"))).toBeUndefined();
  expect(answerProblem(failure, choose("skip", "known"))).toBeUndefined();
  expect(answerProblem(failure, choose("skip"))).toBe('"skip" needs a reason');
  expect(answerProblem(failure, choose("skip", "  "))).toBe('"skip" needs a reason');
  for (const wrong of [choose("stop"), yes]) expect(answerProblem(failure, wrong)).toBe("choose one of: retry, skip");
});

test("the command that answers a question from another terminal can be typed as it stands", () => {
  expect(answerCommand("r", "a/b", { kind: "approval" })).toBe("runsheet answer r a/b --approve");
  expect(answerCommand("r", "a", { kind: "approval", typed: 'x "y"' })).toContain('--approve --type "x \\"y\\""');
  expect(answerCommand("r", "a", { kind: "value" })).toContain("--value VALUE");
  expect(answerCommand("r", "a", { kind: "manual" })).toContain("--done");
  expect(answerCommand("r", "a", { kind: "choice" })).toContain('--choose ID --reason "..."');
});

import type { FrontEnd } from "../domain/ports.ts";
import { type Actor, type Answer, answerProblem, type Prompt } from "../domain/prompt.ts";
import type { ParamSpec } from "../domain/runbook.ts";
import type { Value } from "../domain/value.ts";

/** Answers given before the run: by address, by prompt id, or by step id for every item (`*` in place of keys). */
export type GivenAnswers = { readonly [address: string]: Answer };

export type PolicyOptions = {
  readonly answers: GivenAnswers;
  /** Addresses approved by name (`--approve ID`). A typed confirmation is approved by `ID=TEXT`. */
  readonly approve: readonly string[];
  /** Approves plain and moderate confirmations; never a typed one, a failed check or an attempt in doubt. */
  readonly yes: boolean;
  readonly actor: Actor;
  /** A value as given in an answers file, in the form that its declaration asks for; `undefined` when it does not fit. */
  readValue(spec: ParamSpec, given: Value): Value | undefined;
};

/** The answer policy of batch runs. What it cannot answer stays open for a person. */
export function createPolicy(options: PolicyOptions): FrontEnd {
  const used = new Set<string>();
  return {
    notify: () => {},
    ask: async (prompt) => {
      const found = inForm(options, prompt, find(options, prompt));
      // An answer given in advance counts once per question: the second time the world has changed.
      if (!found || answerProblem(prompt, found.answer) !== undefined || used.has(`${prompt.at} ${prompt.purpose}`)) {
        return undefined;
      }
      if (prompt.purpose === "failure" || prompt.purpose === "doubt") used.add(`${prompt.at} ${prompt.purpose}`);
      return { answer: found.answer, actor: { ...options.actor, via: found.via } };
    },
    close: async () => {},
  };
}

function inForm(options: PolicyOptions, prompt: Prompt, found: Found | undefined): Found | undefined {
  if (found?.answer.kind !== "value" || prompt.expects.kind !== "value") return found;
  const value = options.readValue(prompt.expects.spec, found.answer.value);
  return value === undefined ? undefined : { ...found, answer: { kind: "value", value } };
}

type Found = { readonly answer: Answer; readonly via: string };

function find(options: PolicyOptions, prompt: Prompt): Found | undefined {
  for (const [name, answer] of Object.entries(options.answers)) {
    if (name === prompt.id || matches(name, prompt.at)) return { answer, via: "answers-file" };
  }
  const approval = approvalFor(options.approve, prompt);
  if (approval) return { answer: approval, via: "--approve" };
  if (!options.yes) return undefined;
  if (prompt.purpose === "pilot" || prompt.purpose === "step") {
    return { answer: { kind: "choose", choice: "go-on" }, via: "--yes" };
  }
  const { expects } = prompt;
  if (prompt.purpose !== "confirm" || expects.kind !== "approval" || expects.typed !== undefined) return undefined;
  return { answer: { kind: "approve" }, via: "--yes" };
}

function approvalFor(approve: readonly string[], prompt: Prompt): Answer | undefined {
  if (prompt.expects.kind !== "approval") return undefined;
  for (const entry of approve) {
    const cut = entry.indexOf("=");
    const [name, typed] = cut < 0 ? [entry, undefined] : [entry.slice(0, cut), entry.slice(cut + 1)];
    if (!matches(name, prompt.at)) continue;
    return { kind: "approve", ...(typed === undefined ? {} : { typed }) };
  }
  return undefined;
}

// A `*` stands for any item key; a name without a slash is compared with the last part.
function matches(pattern: string, at: string): boolean {
  if (pattern === at) return true;
  const wanted = pattern.split("/");
  const segments = at.split("/");
  if (wanted.length === 1) return segments.at(-1) === pattern;
  return wanted.length === segments.length && wanted.every((part, index) => part === "*" || part === segments[index]);
}

import type { Address } from "./address.ts";
import type { ParamSpec } from "./runbook.ts";
import type { Value } from "./value.ts";

/** Why a person is asked. */
export type PromptPurpose = "confirm" | "input" | "manual" | "failure" | "doubt" | "pilot" | "step";

/**
 * A question to the operator. It is journaled before it is shown, and an answer counts only for the `hash` of what was
 * shown (E6). `severity` says how hard it must be to say yes: `severe` asks for `typed` to be typed, and neither `--yes`
 * nor a single key ever passes it.
 */
export type Prompt = {
  /** Unique within a run: `<address>#<n>`. */
  readonly id: string;
  readonly at: Address;
  readonly purpose: PromptPurpose;
  readonly severity: "plain" | "moderate" | "severe";
  readonly title: string;
  /** Markdown. */
  readonly text: string;
  /** The command or the change that the answer lets through, as an operator could paste it. */
  readonly command?: string;
  /** Facts to decide by, e.g. the evidence of an attempt in doubt, the last lines of a failed one. */
  readonly evidence: readonly string[];
  readonly expects: Expected;
  /** sha256 of everything above but `id`. */
  readonly hash: string;
};

export type Expected =
  | { readonly kind: "approval"; readonly typed?: string }
  | { readonly kind: "value"; readonly spec: ParamSpec }
  | { readonly kind: "manual" }
  | { readonly kind: "choice"; readonly choices: readonly Choice[] };

export type Choice = { readonly id: ChoiceId; readonly label: string; readonly needsReason: boolean };

/** failure: retry, skip, stop. doubt: done, not-done, rerun, stop. pilot: go-on, stop. step: go-on, skip, stop. */
export type ChoiceId = "retry" | "skip" | "stop" | "done" | "not-done" | "rerun" | "go-on";

export type Answer =
  | { readonly kind: "approve"; readonly typed?: string; readonly reason?: string }
  | { readonly kind: "reject"; readonly reason?: string }
  | { readonly kind: "value"; readonly value: Value }
  /** A manual step: done or failed, with the operator's note. */
  | { readonly kind: "manual"; readonly done: boolean; readonly note?: string }
  | { readonly kind: "choose"; readonly choice: ChoiceId; readonly reason?: string };

/** Who did something. `via` names the door: `screen`, `plain`, `answers-file`, `--approve`, `--yes`, `answer`, `executor`. */
export type Actor = {
  readonly user: string;
  readonly host: string;
  readonly via: string;
  readonly tty?: string;
};

/** The exact command that answers an open prompt from another terminal. */
export function answerCommand(
  runId: string,
  at: Address,
  expects: { readonly kind: Expected["kind"]; readonly typed?: string },
): string {
  const base = `runsheet answer ${runId} ${at}`;
  switch (expects.kind) {
    case "value":
      return `${base} --value VALUE`;
    case "manual":
      return `${base} --done`;
    case "choice":
      return `${base} --choose ID --reason "..."`;
    case "approval":
      return expects.typed === undefined
        ? `${base} --approve`
        : `${base} --approve --type ${JSON.stringify(expects.typed)}`;
  }
}

/** Why an answer does not fit its prompt, or `undefined` when it does. The one place that decides it. */
export function answerProblem(prompt: Prompt, answer: Answer): string | undefined {
  const expects = prompt.expects;
  switch (expects.kind) {
    case "approval":
      if (answer.kind === "reject") return undefined;
      if (answer.kind !== "approve") return "this prompt takes an approval or a rejection";
      if (expects.typed !== undefined && answer.typed !== expects.typed) return `type exactly: ${expects.typed}`;
      return undefined;
    case "value":
      if (answer.kind === "reject") return undefined;
      return answer.kind === "value" ? undefined : "this prompt takes a value";
    case "manual":
      return answer.kind === "manual" || answer.kind === "reject" ? undefined : "say done or failed";
    case "choice": {
      if (answer.kind !== "choose") return `choose one of: ${expects.choices.map((choice) => choice.id).join(", ")}`;
      const choice = expects.choices.find((candidate) => candidate.id === answer.choice);
      if (!choice) return `choose one of: ${expects.choices.map((candidate) => candidate.id).join(", ")}`;
      return choice.needsReason && !answer.reason?.trim() ? `"${choice.id}" needs a reason` : undefined;
    }
  }
}

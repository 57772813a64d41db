import { describe, expect, test } from "vitest";
import type { Expected, Prompt, PromptPurpose } from "../../src/domain/prompt.ts";
import { createPolicy, type PolicyOptions } from "../../src/headless/index.ts";

const doubt: Expected = {
  kind: "choice",
  choices: [
    { id: "done", label: "it was done", needsReason: true },
    { id: "rerun", label: "again", needsReason: false },
  ],
};

function prompt(purpose: PromptPurpose, expects: Expected, at = "restart/web-2/drop"): Prompt {
  return { id: `${at}#1`, at, purpose, severity: "plain", title: "t", text: "", evidence: [], expects, hash: "h" };
}

async function answer(options: Partial<PolicyOptions>, asked: Prompt) {
  const policy = createPolicy({
    answers: {},
    approve: [],
    yes: false,
    actor: { user: "cron", host: "h", via: "executor" },
    readValue: (_spec, given) => (given === "bad" ? undefined : given),
    ...options,
  });
  const found = await policy.ask(asked, new AbortController().signal);
  return found && { ...found.answer, via: found.actor.via };
}

const approval = prompt("confirm", { kind: "approval" });
const typed = prompt("confirm", { kind: "approval", typed: "web-2" });

describe("--yes", () => {
  test("passes confirmations, pilots and steps", async () => {
    const goOn: Expected = { kind: "choice", choices: [{ id: "go-on", label: "", needsReason: false }] };
    expect(await answer({ yes: true }, approval)).toEqual({ kind: "approve", via: "--yes" });
    for (const purpose of ["pilot", "step"] as const) {
      expect(await answer({ yes: true }, prompt(purpose, goOn))).toMatchObject({ choice: "go-on" });
    }
  });

  test("never passes what must be typed, a failure, an attempt in doubt, a value or a manual step", async () => {
    const value = prompt("input", { kind: "value", spec: {} as never });
    for (const asked of [
      typed,
      prompt("failure", doubt),
      prompt("doubt", doubt),
      value,
      prompt("manual", { kind: "manual" }),
    ]) {
      expect(await answer({ yes: true }, asked)).toBe(undefined);
    }
  });
});

describe("--approve", () => {
  test("names a step by its address, its id, or with * for any item", async () => {
    for (const name of ["drop", "restart/web-2/drop", "restart/*/drop"]) {
      expect(await answer({ approve: [name] }, approval)).toEqual({ kind: "approve", via: "--approve" });
    }
    for (const name of ["rop", "restart", "restart/drop", "web-2/drop", "restart/web-1/drop", "*"]) {
      expect(await answer({ approve: [name] }, approval)).toBe(undefined);
    }
  });

  test("passes what must be typed only with the text", async () => {
    expect(await answer({ approve: ["drop"] }, typed)).toBe(undefined);
    expect(await answer({ approve: ["drop=web-1"] }, typed)).toBe(undefined);
    expect(await answer({ approve: ["drop=web-2"] }, typed)).toMatchObject({ kind: "approve", typed: "web-2" });
  });
});

describe("an answers file", () => {
  const rerun = { kind: "choose", choice: "rerun" } as const;

  test("settles a doubt once; the second time somebody has to look", async () => {
    const policy = createPolicy({
      answers: { drop: rerun },
      approve: [],
      yes: false,
      actor: { user: "cron", host: "h", via: "executor" },
      readValue: (_spec, given) => given,
    });
    const asked = prompt("doubt", doubt);
    expect((await policy.ask(asked, new AbortController().signal))?.answer).toEqual(rerun);
    expect(await policy.ask({ ...asked, id: "again#2" }, new AbortController().signal)).toBe(undefined);
  });

  test("does not answer with what does not fit", async () => {
    expect(await answer({ answers: { drop: { kind: "choose", choice: "done" } } }, prompt("doubt", doubt))).toBe(
      undefined,
    );
    const value = prompt("input", { kind: "value", spec: {} as never });
    expect(await answer({ answers: { drop: { kind: "value", value: "bad" } } }, value)).toBe(undefined);
    expect(await answer({ answers: { drop: { kind: "value", value: "5" } } }, value)).toMatchObject({ value: "5" });
  });
});

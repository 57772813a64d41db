import type { Event } from "../domain/event.ts";
import type { JsonObject } from "../domain/json.ts";
import type { Move } from "../domain/next-moves.ts";
import type { Actor, Answer, Prompt } from "../domain/prompt.ts";
import { answerProblem } from "../domain/prompt.ts";
import { valueToJson } from "../domain/value.ts";
import { buildPrompt } from "./prompts.ts";
import type { Run } from "./run.ts";
import { stepFailed } from "./start.ts";

type Answered = { readonly answer: Answer; readonly actor: Actor };

/** Puts the question into the journal, then to every front end; the first fitting answer wins (E6). */
export async function ask(run: Run, { at, node, purpose }: Extract<Move, { kind: "ask" }>): Promise<void> {
  const built = await buildPrompt(run, at, node, purpose);
  if (built.kind === "failed") return run.record([...withdrawOpen(run, at), stepFailed(run, at, built.failure)]);
  const prompt = await open(run, built.value);
  const answered = await firstAnswer(run, prompt);
  if (!answered) {
    if (!run.stopping.signal.aborted) run.unanswered.add(prompt.id);
    return;
  }
  if (answered.answer.kind === "approve") run.approvedHere.add(at);
  if (answered.answer.kind === "choose" && answered.answer.choice === "stop" && purpose !== "failure") {
    const reason =
      purpose === "doubt"
        ? ({ kind: "in-doubt", at } as const)
        : ({ kind: "stopped", actor: answered.actor, now: false } as const);
    run.control.stop({ kind: "after-step", reason, exitCode: purpose === "doubt" ? 4 : 130 });
  }
  return run.record([answeredEvent(prompt, answered)]);
}

export function answeredEvent(prompt: Prompt, { answer, actor }: Answered): Event {
  const json = (answer.kind === "value" ? { ...answer, value: valueToJson(answer.value) } : answer) as JsonObject;
  return { type: "prompt-answered", promptId: prompt.id, at: prompt.at, hash: prompt.hash, answer: json, actor };
}

/** The same question of an earlier executor stays open; one whose text changed is withdrawn and asked anew. */
async function open(run: Run, prompt: Prompt): Promise<Prompt> {
  const phase = run.state.steps.get(prompt.at)?.phase;
  const earlier = phase?.kind === "asking" ? run.state.prompts.get(phase.promptId)?.prompt : undefined;
  if (earlier?.hash === prompt.hash) return earlier;
  await run.record([...withdrawOpen(run, prompt.at), { type: "prompt-opened", prompt }]);
  return prompt;
}

function withdrawOpen(run: Run, at: string): Event[] {
  const phase = run.state.steps.get(at)?.phase;
  if (phase?.kind !== "asking") return [];
  return [{ type: "prompt-withdrawn", promptId: phase.promptId, at, why: "the question reads differently now" }];
}

async function firstAnswer(run: Run, prompt: Prompt): Promise<Answered | undefined> {
  const settled = new AbortController();
  const signal = AbortSignal.any([settled.signal, run.stopping.signal]);
  const aborted = new Promise<undefined>((resolve) => {
    signal.addEventListener("abort", () => resolve(undefined), { once: true });
    if (signal.aborted) resolve(undefined);
  });
  const winner = Promise.withResolvers<Answered | undefined>();
  const asked = run.frontEnds.map(async (frontEnd) => {
    const answered = await frontEnd.ask(prompt, signal);
    if (answered && problemOf(run, prompt, answered.answer) === undefined) winner.resolve(answered);
  });
  Promise.all(asked).then(
    () => winner.resolve(undefined),
    (error: unknown) => winner.reject(error),
  );
  const first = await Promise.race([winner.promise, aborted]);
  settled.abort();
  return first;
}

/** Why an answer cannot be taken; front ends use the same rule before they hand one over. */
export function problemOf(run: Run, prompt: Prompt, answer: Answer): string | undefined {
  const problem = answerProblem(prompt, answer);
  if (problem !== undefined || answer.kind !== "value" || prompt.expects.kind !== "value") return problem;
  return run.valueProblem(prompt.expects.spec, answer.value);
}

import type { Event } from "../../domain/event.ts";
import type { JsonObject } from "../../domain/json.ts";
import { type Actor, type Answer, answerProblem, type Prompt } from "../../domain/prompt.ts";
import type { RunState } from "../../domain/state.ts";
import { valueToJson } from "../../domain/value.ts";
import { openJournal } from "../../journal/index.ts";
import { connectLink } from "../../link/index.ts";
import { identityOf } from "../../process/index.ts";
import { foldOwned, restAgain } from "./rest.ts";
import { UsageError } from "./usage-error.ts";
import { version } from "./version.ts";

/**
 * Gives an answer to the open prompt of a step: to the executor when one runs, else into the journal, where the next
 * executor finds it. Returns the words that say what happened.
 */
export async function answerRun(
  run: { readonly runId: string; readonly runDir: string },
  state: RunState,
  prompt: Prompt,
  answer: Answer,
  actor: Actor,
): Promise<string> {
  const problem = answerProblem(prompt, answer);
  if (problem !== undefined) throw new UsageError(`${prompt.at}: ${problem}`, `runsheet status ${run.runId}`);
  const client = await connectLink(run.runDir, actor, true, () => {});
  if (client) {
    const refused = await client.answer(prompt, answer);
    client.close();
    if (refused !== undefined) throw new UsageError(refused, `runsheet status ${run.runId}`);
    return "answered; the run goes on";
  }
  const json = (answer.kind === "value" ? { ...answer, value: valueToJson(answer.value) } : answer) as JsonObject;
  await writeOffline(run, actor, () => [
    { type: "prompt-answered", promptId: prompt.id, at: prompt.at, hash: prompt.hash, answer: json, actor },
  ]);
  return `answered; go on with: runsheet resume ${state.created?.runId}`;
}

/** Takes the run for a moment, records events and leaves it as it rested before. */
export async function writeOffline(
  run: { readonly runDir: string },
  actor: Actor,
  eventsFor: (state: RunState) => readonly Event[],
): Promise<void> {
  const identity = identityOf(process.pid);
  if (!identity) throw new Error("this process has no entry in /proc");
  const journal = await openJournal(run.runDir, { actor, identity, version: version() });
  try {
    const { state, rested } = foldOwned(journal);
    await journal.append([...eventsFor(state), restAgain(rested, actor)]);
  } finally {
    journal.close();
  }
}

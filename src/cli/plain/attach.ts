import { createInterface } from "node:readline/promises";
import { setTimeout as delay } from "node:timers/promises";
import type { RunOutcome } from "../../domain/ports.ts";
import type { Actor, Prompt } from "../../domain/prompt.ts";
import type { RunState } from "../../domain/state.ts";
import { createReporter } from "../../headless/index.ts";
import type { LinkClient } from "../../link/index.ts";
import { followRun } from "../follow.ts";
import { askOnLines } from "./questions.ts";

export type AttachOptions = {
  readonly runDir: string;
  readonly runId: string;
  readonly actor: Actor;
  readonly readOnly: boolean;
  readonly quiet: boolean;
  event?(json: string): void;
};

/**
 * Follows a run as lines and asks its questions on this terminal, until the executor ends or the operator goes away. The run
 * itself is another process: whatever happens here, it goes on.
 */
export async function attachPlain(options: AttachOptions): Promise<RunOutcome> {
  const write = (text: string): void => void process.stderr.write(text);
  const reporter = createReporter({
    line: (line) => write(`${line}\n`),
    quiet: options.quiet,
    ...(options.event ? { event: options.event } : {}),
  });
  let asker: ReturnType<typeof createAsker> | undefined;
  const { state, client, ended } = await followRun({
    runDir: options.runDir,
    runId: options.runId,
    actor: options.actor,
    canAnswer: !options.readOnly,
    onEvent: (event, now) => {
      reporter.notify(event, now);
      asker?.look();
    },
    onLive: (news) => reporter.live?.(news),
  });
  asker = options.readOnly || !client ? undefined : createAsker(client, state, write);
  asker?.look();
  const forget = client ? stopOnInterrupt(client, options.runId, write) : () => {};
  const outcome = await ended;
  forget();
  asker?.close();
  await reporter.close(outcome);
  return outcome;
}

/** Asks open prompts one after another; a question that is answered elsewhere goes away. */
function createAsker(client: LinkClient, state: RunState, write: (text: string) => void) {
  const lines = createInterface({ input: process.stdin, output: process.stderr });
  let current: { prompt: Prompt; gone: AbortController } | undefined;
  const look = (): void => {
    if (current && !state.prompts.has(current.prompt.id)) current.gone.abort();
    if (current) return;
    const [next] = state.prompts.values();
    if (next) void askOne(next.prompt);
  };
  const askOne = async (prompt: Prompt): Promise<void> => {
    const gone = new AbortController();
    current = { prompt, gone };
    try {
      // What was typed before the question was there is not an answer to it: readline drops it meanwhile.
      await delay(TYPED_AHEAD_MS);
      const answer = await askOnLines(prompt, lines, write, gone.signal);
      const problem = answer && (await client.answer(prompt, answer));
      if (problem) write(`not taken: ${problem}\n`);
    } catch {
      if (gone.signal.aborted) write("\n(answered elsewhere)\n");
    }
    current = undefined;
    if (state.prompts.has(prompt.id)) setTimeout(look, 100);
    else look();
  };
  return {
    look,
    close: () => {
      current?.gone.abort();
      lines.close();
    },
  };
}

const TYPED_AHEAD_MS = 300;
const AGAIN_MS = 2_000;

/** ctrl-c never ends a run by accident: first it tells, then it stops after the step, then it ends what runs. */
function stopOnInterrupt(client: LinkClient, runId: string, write: (text: string) => void): () => void {
  let count = 0;
  let lastMs = 0;
  const onInt = (): void => {
    count = performance.now() - lastMs < AGAIN_MS ? count + 1 : 1;
    lastMs = performance.now();
    if (count === 1) {
      write(
        `\nthe run goes on without this terminal. ctrl-c again: stop after the current step; a third time: end it now.\n` +
          `to leave it alone: close this terminal, and later runsheet attach ${runId}\n`,
      );
    } else void client.stop(count === 2 ? "after-step" : "now");
  };
  process.on("SIGINT", onInt);
  return () => process.off("SIGINT", onInt);
}

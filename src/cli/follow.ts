import type { RecordedEvent } from "../domain/event.ts";
import type { Live, RunOutcome } from "../domain/ports.ts";
import type { Actor } from "../domain/prompt.ts";
import { fold, reduce } from "../domain/reduce.ts";
import type { RunState } from "../domain/state.ts";
import { endedOutcome } from "../engine/index.ts";
import { readJournal } from "../journal/index.ts";
import { connectLink, type LinkClient } from "../link/index.ts";

export type FollowOptions = {
  readonly runDir: string;
  readonly runId: string;
  readonly actor: Actor;
  readonly canAnswer: boolean;
  /** Every event once, in order: first the journal's, then as they happen; `state` has it applied. */
  onEvent(event: RecordedEvent, state: RunState): void;
  onLive?(news: Live): void;
};

export type Following = {
  readonly state: RunState;
  /** `undefined` when no executor listens. */
  readonly client: LinkClient | undefined;
  /** Resolves when the executor has ended, with its last words or with what the record says. */
  readonly ended: Promise<RunOutcome>;
};

/** Follows a run from outside: the journal up to now, then the executor's socket, without a gap and without a double. */
export async function followRun(options: FollowOptions): Promise<Following> {
  const { runDir, runId, onEvent } = options;
  const queue: RecordedEvent[] = [];
  let apply = (event: RecordedEvent): void => void queue.push(event);
  const client = await connectLink(runDir, options.actor, options.canAnswer, (message) => {
    if (message.kind === "event") apply(message.event);
    if (message.kind === "live") options.onLive?.(message.news);
  });
  const state = fold([]);
  const show = (event: RecordedEvent): void => {
    reduce(state, event);
    onEvent(event, state);
  };
  const reader = readJournal(runDir);
  try {
    for (const event of reader.read()) if (!client || event.seq <= client.seq) show(event);
  } finally {
    reader.close();
  }
  apply = (event) => {
    if (event.seq > state.seq) show(event);
  };
  for (const event of queue.splice(0)) apply(event);
  const ended = client
    ? client.closed.then((bye) => bye ?? farewell(foldNow(runDir), runId))
    : Promise.resolve(farewell(state, runId));
  return { state, client, ended };
}

function foldNow(runDir: string): RunState {
  const reader = readJournal(runDir);
  try {
    return fold(reader.read());
  } finally {
    reader.close();
  }
}

/** What the record says when no executor is there to say it. */
function farewell(state: RunState, runId: string): RunOutcome {
  const { status } = state;
  if (status.kind === "ended") return endedOutcome(state, status);
  if (status.kind === "paused") {
    return {
      exitCode: status.exitCode,
      summary: `run ${runId} is paused: ${status.reason.kind}`,
      next: [`runsheet resume ${runId}`],
    };
  }
  return {
    exitCode: 1,
    summary: `the executor of run ${runId} ended without a word; nothing is lost`,
    next: [`runsheet resume ${runId}`],
  };
}

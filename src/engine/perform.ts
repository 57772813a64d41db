import type { Move } from "../domain/next-moves.ts";
import { actOnAnswer } from "./act-on-answer.ts";
import { adopt } from "./adopt.ts";
import { ask } from "./ask.ts";
import { attempt } from "./attempt.ts";
import { failStep, finish, haltStep } from "./finish.ts";
import { freeze } from "./freeze.ts";
import { checkGuard } from "./guard.ts";
import { scheduleRetry } from "./retry.ts";
import type { InFlight, Run, StopRequest } from "./run.ts";
import { settle } from "./settle.ts";
import { start } from "./start.ts";

/** Handed to a performer so that it can say how its work is stopped while it runs. */
export type Task = { onStop(listener: (request: StopRequest) => void): void };

/** Carries out one move. The promise rejects only for bugs and journal errors. */
export function perform(run: Run, move: Move): InFlight & { readonly done: Promise<void> } {
  const listeners: ((request: StopRequest) => void)[] = [];
  const task: Task = {
    onStop: (listener) => {
      listeners.push(listener);
      if (run.control.request) listener(run.control.request);
    },
  };
  const done = dispatch(run, move, task);
  return {
    done,
    stop: (request) => {
      for (const listener of listeners) listener(request);
    },
  };
}

async function dispatch(run: Run, move: Move, task: Task): Promise<void> {
  switch (move.kind) {
    case "start":
      return start(run, move);
    case "guard":
      return checkGuard(run, move);
    case "freeze":
      return freeze(run, move);
    case "ask":
      return ask(run, move);
    case "act-on-answer":
      return actOnAnswer(run, move);
    case "attempt":
      return attempt(run, move, task);
    case "adopt":
      return adopt(run, move, task);
    case "finish":
      return finish(run, move);
    case "schedule-retry":
      return scheduleRetry(run, move);
    case "fail":
      return failStep(run, move);
    case "halt":
      return haltStep(run, move);
    case "settle":
      return settle(run, move);
  }
}

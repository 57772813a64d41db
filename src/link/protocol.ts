import type { RecordedEvent } from "../domain/event.ts";
import type { Json } from "../domain/json.ts";
import type { Live } from "../domain/ports.ts";
import type { Actor, Answer } from "../domain/prompt.ts";
import type { RunRequest } from "../domain/run-request.ts";

/**
 * What executor and screens say to each other over the run's unix socket: one JSON object per line. Values are in their
 * JSON form. Secrets never cross it: events and news are masked before they get here (E8).
 */
export type ToScreen =
  /** First message. `seq` is the last event of the journal; the screen reads up to there from the journal itself. */
  | {
      readonly kind: "hello";
      readonly protocol: number;
      readonly runId: string;
      readonly pid: number;
      readonly seq: number;
    }
  | { readonly kind: "event"; readonly event: RecordedEvent }
  | { readonly kind: "live"; readonly news: Live }
  /** Reply to `answer`, `stop`, `request`: `problem` says why it was not taken; `value` is what a request asked for. */
  | { readonly kind: "reply"; readonly id: number; readonly problem?: string; readonly value?: Json }
  /** The executor ends; `exitCode`, `summary` and `next` as it would print them. */
  | { readonly kind: "bye"; readonly exitCode: number; readonly summary: string; readonly next: readonly string[] };

export type ToExecutor =
  /** `canAnswer`: a person sits there, so that open prompts may wait for them. */
  | { readonly kind: "attach"; readonly actor: Actor; readonly canAnswer: boolean }
  | {
      readonly kind: "answer";
      readonly id: number;
      readonly promptId: string;
      readonly hash: string;
      readonly answer: Answer;
      readonly actor: Actor;
    }
  | {
      readonly kind: "stop";
      readonly id: number;
      readonly stop: "after-step" | "now" | "leave";
      readonly actor: Actor;
    }
  | { readonly kind: "request"; readonly id: number; readonly request: RunRequest; readonly actor: Actor };

export const PROTOCOL = 1;

/** Longest accepted line; an answer or a note is never near it, an event with a list of items can be. */
export const MAX_LINE_BYTES = 64 * 1024 * 1024;

import type { Retry } from "../../domain/runbook.ts";
import { parseDuration } from "../units.ts";
import { byKind, listOf } from "./collections.ts";
import { duration, integer } from "./leaves.ts";
import { field, mapped, mismatch, object, type Shape } from "./shape.ts";

const FACTOR = "a factor from 1 to 10 such as 2";

const factor: Shape<number> = {
  expects: FACTOR,
  schema: { type: "number", minimum: 1, maximum: 10 },
  read(node, context) {
    const value = node.kind === "scalar" ? node.value : undefined;
    return typeof value === "number" && value >= 1 && value <= 10 ? value : mismatch(node, FACTOR, context);
  },
};

const retryMap = object(
  "retry",
  {
    attempts: field(integer("a number of tries", 1, 1000), "Tries in all, the first included.", {
      required: { example: "3" },
    }),
    delay: field(duration, "Pause before the second try. Default 1s."),
    backoff: field(
      factor,
      "Each further pause is so many times longer. Default 2; 1 keeps it constant. The real pause is drawn at random up to that length.",
    ),
    maxDelay: field(duration, "Longest pause. Default 1m."),
    onExit: field(
      listOf("exit code", integer("an exit code", 0, 255)),
      "Only these exit codes are tried again. Default: all but 0.",
    ),
  },
  { synonyms: { times: "attempts", count: "attempts", max: "attempts", interval: "delay", limit: "attempts" } },
);

export const NO_RETRY: Retry = { attempts: 1, delayMs: 0, backoff: 1, maxDelayMs: 0, onExit: [] };
const RETRY_DEFAULTS = {
  delayMs: parseDuration("1s") as number,
  backoff: 2,
  maxDelayMs: parseDuration("1m") as number,
};

export const retry: Shape<Retry> = byKind<Retry>("a number of tries, or { attempts: 3, delay: 5s }", {
  scalar: mapped(integer("a number of tries", 1, 1000), (attempts) => ({ ...RETRY_DEFAULTS, attempts, onExit: [] })),
  map: mapped(retryMap, (fields) => {
    if (fields.attempts === undefined) return undefined;
    return {
      attempts: fields.attempts,
      delayMs: fields.delay ?? RETRY_DEFAULTS.delayMs,
      backoff: fields.backoff ?? RETRY_DEFAULTS.backoff,
      maxDelayMs: fields.maxDelay ?? RETRY_DEFAULTS.maxDelayMs,
      onExit: fields.onExit ?? [],
    };
  }),
});

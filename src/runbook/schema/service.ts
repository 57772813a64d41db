import type { Command, PollProbe, ServiceStop } from "../../domain/runbook.ts";
import type { MapNode } from "../yaml/node.ts";
import { byKind } from "./collections.ts";
import { command } from "./command.ts";
import { choice, duration } from "./leaves.ts";
import {
  EVERY,
  pollOf,
  probeOf,
  questionLine,
  RUN,
  SYNONYMS,
  TIMEOUT,
  thatField,
  USES,
  WITH,
  within,
} from "./probe.ts";
import { field, mapped, object, type Shape } from "./shape.ts";

const DEFAULT_READY_MS = 60_000;

const readyMap = object(
  "a readiness question",
  { ...verifyMapFields(), within: within("Give up (the step fails) after so long. Default 60s.") },
  { synonyms: { ...SYNONYMS, until: "that" } },
);

function verifyMapFields() {
  return {
    run: RUN,
    uses: USES,
    with: WITH,
    that: thatField(false, "A condition: ready when it is true."),
    timeout: TIMEOUT,
    every: EVERY,
  };
}

const ready: Shape<PollProbe> = byKind<PollProbe>("a question such as { run: curl -fs localhost:8888/health }", {
  scalar: mapped(questionLine(false), (probe) => ({ probe, everyMs: 1000, withinMs: DEFAULT_READY_MS })),
  map: mapped(readyMap, (fields, node, context) =>
    pollOf(fields, probeOf(fields, node as MapNode, context), DEFAULT_READY_MS, 1000),
  ),
});

const stopMap = object("the stopping of a service", {
  signal: field(choice(["SIGTERM", "SIGINT"]), "The signal that asks it to end. Default SIGTERM."),
  repeat: field(duration, "Send the signal again after so long. Default 5s."),
  grace: field(duration, "KILL after so long. Default 30s."),
});

const DEFAULT_STOP: ServiceStop = { signal: "SIGTERM", repeatMs: 5000, graceMs: 30_000 };

const serviceMap = object("a service", {
  run: field(command, "The command; it stays in the foreground, we put it into the background.", {
    required: { example: "command arguments" },
  }),
  ready: field(ready, "When may the next step begin? Asked every second at first; without it: at once."),
  stop: field(stopMap, "How it is stopped, at the end or by a step `stop: <id>`."),
});

export type ServiceRead = { readonly command: Command; readonly ready?: PollProbe; readonly stop: ServiceStop };

/** A process that lives across steps. */
export const service: Shape<ServiceRead> = byKind<ServiceRead>(
  "a service such as { run: ./server, ready: { run: … } }",
  {
    scalar: mapped(command, (read) => ({ command: read, stop: DEFAULT_STOP })),
    list: mapped(command, (read) => ({ command: read, stop: DEFAULT_STOP })),
    map: mapped(serviceMap, ({ run, ready, stop }) => {
      if (!run) return undefined;
      const stopping = {
        signal: stop?.signal ?? DEFAULT_STOP.signal,
        repeatMs: stop?.repeat ?? DEFAULT_STOP.repeatMs,
        graceMs: stop?.grace ?? DEFAULT_STOP.graceMs,
      };
      return { command: run, ...(ready ? { ready } : {}), stop: stopping };
    }),
  },
);

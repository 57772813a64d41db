import type { PollProbe, Template } from "../../domain/runbook.ts";
import type { MapNode } from "../yaml/node.ts";
import { byKind } from "./collections.ts";
import { command } from "./command.ts";
import { durationOrTemplate } from "./leaves.ts";
import { EVERY, pollOf, probeOf, SYNONYMS, TIMEOUT, thatField, USES, WITH, within } from "./probe.ts";
import { field, mapped, object, type Shape } from "./shape.ts";

const waitMap = object(
  "a wait",
  {
    until: thatField(false, "A condition to wait for."),
    run: field(command, "A command to ask: exit code 0 ends the waiting."),
    uses: USES,
    with: WITH,
    timeout: TIMEOUT,
    every: EVERY,
    within: { ...within("Give up (the step fails) after so long."), required: { example: "15m" } },
  },
  { synonyms: { ...SYNONYMS, that: "until", for: "within" } },
);

export type WaitRead = { readonly forMs: number | Template } | { readonly poll: PollProbe };

/** A pause, or waiting for a condition. */
export const wait: Shape<WaitRead> = byKind<WaitRead>("a duration, or { until: …, within: 15m }", {
  scalar: mapped(durationOrTemplate, (forMs) => ({ forMs })),
  map: mapped(waitMap, ({ until, ...fields }, node, context) => {
    const probe = probeOf({ ...fields, ...(until ? { that: until } : {}) }, node as MapNode, context, "until");
    const poll = pollOf(fields, probe, 0);
    return poll && { poll };
  }),
});

import type { Command, PollProbe, Probe, ServiceStop, Template, TemplateTree } from "../../domain/runbook.ts";
import { cutTemplate } from "../template.ts";
import { entryOf, type MapNode, type Node } from "../yaml/node.ts";
import { checkedAction } from "./action.ts";
import { command } from "./command.ts";
import type { Context } from "./context.ts";
import { choice, condition, duration, durationOrTemplate, text, tree } from "./leaves.ts";
import { byKind, type Field, field, headOf, mapped, object, type Shape, scalarText } from "./shape.ts";

const DEFAULT_TIMEOUT_MS = 60_000;
const DEFAULT_EVERY_MS = 5000;
const DEFAULT_READY_MS = 60_000;

const RUN = field(
  command,
  "A command that changes nothing: exit code 0 means yes, 1 means no, anything else that it cannot tell.",
);
const USES = field(text("the kind of an action"), "An action to ask instead of a command; its success means yes.");
const WITH = field(tree("parameters of the action", { secrets: true }), "Parameters of the action.");
const TIMEOUT = field(duration, "How long one question may take. Default 60s.");
const EVERY = field(durationOrTemplate, "Pause between two questions. Default 5s.");

function within(doc: string): Field<number | Template> {
  return field(durationOrTemplate, doc);
}

const thatField = (output: boolean, doc: string) => field(condition({ output }), doc);

const SYNONYMS = {
  condition: "that",
  if: "that",
  expr: "that",
  cmd: "run",
  command: "run",
  shell: "run",
  interval: "every",
  delay: "every",
  timeout: "within",
};

const guardMap = object("a guard", {
  run: RUN,
  uses: USES,
  with: WITH,
  that: thatField(false, "A condition: already done when it is true."),
  timeout: TIMEOUT,
});

/** Already done? Then the step is skipped. */
export const guard: Shape<Probe> = byKind<Probe>("a question such as { run: ./already-done.sh }", {
  scalar: questionLine(false),
  list: mapped(command, commandProbe),
  map: mapped(guardMap, (fields, node, context) => probeOf(fields, node as MapNode, context)),
});

const verifyMap = object(
  "a verify",
  {
    run: RUN,
    uses: USES,
    with: WITH,
    that: thatField(true, "A condition over `stdout`, `stderr`, `exitCode` or the `result` of the action."),
    timeout: TIMEOUT,
    every: EVERY,
    within: within("Ask again until the answer is yes, at most so long. Default: ask once."),
  },
  { synonyms: { ...SYNONYMS, until: "that" } },
);

/** Did it really work? Only then the step is done. */
export const verify: Shape<PollProbe> = byKind<PollProbe>("a question such as { run: ./caught-up.sh, within: 15m }", {
  scalar: mapped(questionLine(true), once),
  list: mapped(command, (read) => once(commandProbe(read))),
  map: mapped(verifyMap, (fields, node, context) => pollOf(fields, probeOf(fields, node as MapNode, context), 0)),
});

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
    const poll = pollOf(fields, probe, DEFAULT_READY_MS);
    return poll && { poll };
  }),
});

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

/** A text alone: one hole is a condition, anything else a shell line. */
function questionLine(output: boolean): Shape<Probe> {
  const asCondition = condition({ output });
  return {
    expects: "a shell line, or a condition ${{ … }}",
    schema: { type: "string" },
    read(node, context): Probe | undefined {
      const value = scalarText(node) ?? "";
      const pieces = cutTemplate(value.trim());
      if (pieces.length === 1 && pieces[0]?.kind === "hole") {
        const that = asCondition.read(node, context);
        return that && { kind: "expression", that };
      }
      const read = command.read(node, context);
      return read && commandProbe(read);
    },
  };
}

function commandProbe(read: Command): Probe {
  return { kind: "command", command: read, timeoutMs: DEFAULT_TIMEOUT_MS };
}

function once(probe: Probe): PollProbe {
  return { probe, everyMs: DEFAULT_EVERY_MS, withinMs: 0 };
}

const PROBE_KEYS = new Set(["with", "timeout", "every", "within"]);

type ProbeFields = {
  readonly run?: Command;
  readonly uses?: string;
  readonly with?: TemplateTree;
  readonly that?: Template;
  readonly timeout?: number;
};

function probeOf(fields: ProbeFields, node: MapNode, context: Context, condition = "that"): Probe | undefined {
  const given = ["run", "uses", condition].filter((key) => entryOf(node, key));
  const misspelt = given.length === 0 && node.entries.some(({ key }) => !PROBE_KEYS.has(key));
  if (given.length !== 1 && !misspelt) {
    const message = given.length === 0 ? "there is nothing to ask" : `${given.join(" and ")} exclude each other`;
    const mend = `write one of: run, uses, ${condition}`;
    const range = given.length === 0 ? headOf(node) : (entryOf(node, given[1] as string)?.keyRange ?? node.range);
    context.report.add(range, { code: given.length === 0 ? "missing-key" : "exclusive-keys", message, mend });
  }
  if (entryOf(node, "with") && !entryOf(node, "uses")) reportStrayWith(node, context);
  const timeoutMs = fields.timeout ?? DEFAULT_TIMEOUT_MS;
  if (fields.run) return { kind: "command", command: fields.run, timeoutMs };
  if (fields.that) return { kind: "expression", that: fields.that };
  if (fields.uses === undefined) return undefined;
  checkedAction(fields.uses, node, context);
  const none: TemplateTree = { kind: "map", entries: [] };
  return { kind: "action", action: fields.uses, with: fields.with ?? none, timeoutMs };
}

export function reportStrayWith(node: MapNode, { report }: Context): void {
  const range = (entryOf(node, "with") as { keyRange: Node["range"] }).keyRange;
  const message = "`with` gives parameters to an action or a called runbook, but there is neither";
  report.add(range, { code: "stray-key", message, mend: "write: uses: <action>" });
}

function pollOf(
  fields: { readonly every?: number | Template; readonly within?: number | Template },
  probe: Probe | undefined,
  defaultWithinMs: number,
  defaultEveryMs = DEFAULT_EVERY_MS,
): PollProbe | undefined {
  if (!probe) return undefined;
  return { probe, everyMs: fields.every ?? defaultEveryMs, withinMs: fields.within ?? defaultWithinMs };
}

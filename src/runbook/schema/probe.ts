import type { Command, PollProbe, Probe, Template, TemplateTree } from "../../domain/runbook.ts";
import { cutTemplate } from "../template.ts";
import { entryOf, type MapNode, type Node } from "../yaml/node.ts";
import { checkedAction } from "./action.ts";
import { byKind } from "./collections.ts";
import { command } from "./command.ts";
import type { Context } from "./context.ts";
import { condition, duration, durationOrTemplate, text, tree } from "./leaves.ts";
import { type Field, field, headOf, mapped, object, type Shape, scalarText } from "./shape.ts";

const DEFAULT_TIMEOUT_MS = 60_000;
const DEFAULT_EVERY_MS = 5000;

export const RUN = field(
  command,
  "A command that changes nothing: exit code 0 means yes, 1 means no, anything else that it cannot tell.",
);
export const USES = field(
  text("the kind of an action"),
  "An action to ask instead of a command; its success means yes.",
);
export const WITH = field(tree("parameters of the action", { secrets: true }), "Parameters of the action.");
export const TIMEOUT = field(duration, "How long one question may take. Default 60s.");
export const EVERY = field(durationOrTemplate, "Pause between two questions. Default 5s.");

export function within(doc: string): Field<number | Template> {
  return field(durationOrTemplate, doc);
}

export const thatField = (output: boolean, doc: string) => field(condition({ output }), doc);

export const SYNONYMS = {
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

/** A text alone: one hole is a condition, anything else a shell line. */
export function questionLine(output: boolean): Shape<Probe> {
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

export function probeOf(fields: ProbeFields, node: MapNode, context: Context, condition = "that"): Probe | undefined {
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

export function pollOf(
  fields: { readonly every?: number | Template; readonly within?: number | Template },
  probe: Probe | undefined,
  defaultWithinMs: number,
  defaultEveryMs = DEFAULT_EVERY_MS,
): PollProbe | undefined {
  if (!probe) return undefined;
  return { probe, everyMs: fields.every ?? defaultEveryMs, withinMs: fields.within ?? defaultWithinMs };
}

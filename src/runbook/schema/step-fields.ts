import type { Confirm, Retry, Template, Undo } from "../../domain/runbook.ts";
import { parseDuration } from "../units.ts";
import { entryOf, type MapNode } from "../yaml/node.ts";
import { checkedAction } from "./action.ts";
import { command } from "./command.ts";
import { forEach } from "./for-each.ts";
import { choice, condition, duration, durationOrTemplate, flag, integer, template, text, tree } from "./leaves.ts";
import { outputs } from "./outputs.ts";
import { PARAM_FIELDS } from "./param.ts";
import { guard, reportStrayWith, service, verify, wait } from "./probe.ts";
import { byKind, field, listOf, mapOf, mapped, mismatch, named, object, type Shape } from "./shape.ts";

const confirmMap = object("a confirmation", {
  message: field(template("a question"), "The question, with what is at stake.", {
    required: { example: "What is at stake?" },
  }),
  type: field(template("a text"), "Counts only when this text was typed, e.g. the name of what will be destroyed."),
});

/** `true` asks with the step's title. */
export type ConfirmRead = Confirm | true;

const confirm: Shape<ConfirmRead> = {
  ...byKind<ConfirmRead>("a question, or { message: …, type: … }", {
    scalar: mapped(template("a question"), (message) => ({ message })),
    map: mapped(confirmMap, ({ message, type }) => message && { message, ...(type ? { type } : {}) }),
  }),
  read(node, context) {
    if (node.kind === "scalar" && node.value === true) return true;
    if (node.kind === "scalar" && node.value === false) return mismatch(node, "a question", context, "remove the key");
    if (node.kind === "map")
      return mapped(confirmMap, ({ message, type }) => message && { message, ...(type ? { type } : {}) }).read(
        node,
        context,
      );
    return mapped(template("a question"), (message) => ({ message })).read(node, context);
  },
};

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

const retry: Shape<Retry> = byKind<Retry>("a number of tries, or { attempts: 3, delay: 5s }", {
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

const undoMap = object("undo", {
  run: field(command, "A command that takes the step back."),
  uses: field(text("the kind of an action"), "An action that takes the step back."),
  with: field(tree("parameters of the action", { secrets: true }), "Parameters of the action."),
  manual: field(template("an instruction"), "What a person has to do."),
});

const undo: Shape<Undo> = byKind<Undo>("a command, or { manual: … }", {
  scalar: mapped(command, (read) => ({ kind: "command", command: read })),
  list: mapped(command, (read) => ({ kind: "command", command: read })),
  map: mapped(undoMap, (fields, node, context): Undo | undefined => {
    const map = node as MapNode;
    const given = ["run", "uses", "manual"].filter((key) => entryOf(map, key));
    if (given.length !== 1) {
      const message = given.length === 0 ? "undo says nothing" : `${given.join(" and ")} exclude each other`;
      context.report.add(node.range, { code: "exclusive-keys", message, mend: "write one of: run, uses, manual" });
    }
    if (entryOf(map, "with") && !entryOf(map, "uses")) reportStrayWith(map, context);
    if (fields.run) return { kind: "command", command: fields.run };
    if (fields.manual) return { kind: "manual", instruction: fields.manual };
    if (fields.uses === undefined) return undefined;
    checkedAction(fields.uses, map, context);
    return { kind: "action", action: fields.uses, with: fields.with ?? { kind: "map", entries: [] } };
  }),
});

const assertMap = object("an assert", {
  that: field(condition(), "What must be true.", { required: { example: '"${{ … }}"' } }),
  message: field(template("a message"), "What to tell when it is not."),
});

export type AssertRead = { readonly that: Template; readonly message?: Template };

const assert: Shape<AssertRead> = byKind<AssertRead>("a condition, or { that: …, message: … }", {
  scalar: mapped(condition(), (that) => ({ that })),
  map: mapped(assertMap, ({ that, message }) => that && { that, ...(message ? { message } : {}) }),
});

const { prompt: _prompt, optional: _optional, default: _default, ...ANSWER_FIELDS } = PARAM_FIELDS;

const inputMap = object(
  "an input",
  {
    question: field(template("a question"), "The question to the operator.", { required: { example: "Which one?" } }),
    ...ANSWER_FIELDS,
    default: PARAM_FIELDS.default,
  },
  { synonyms: { prompt: "question", message: "question", choices: "enum", options: "enum" } },
);

export type InputFields = NonNullable<ReturnType<typeof inputMap.read>>;

const input: Shape<InputFields> = byKind<InputFields>("a question, or { question: …, type: … }", {
  scalar: mapped(template("a question"), (question) => ({ question })),
  map: inputMap,
});

export const variableNames = {
  pattern: /^(?!RUNSHEET_)[A-Za-z_][A-Za-z0-9_]{0,199}$/,
  words: "letters, digits and _, and RUNSHEET_ at the beginning is ours",
  mend: (name: string) =>
    name
      .replace(/^RUNSHEET_/, "MY_")
      .replace(/[^A-Za-z0-9_]/g, "_")
      .replace(/^(?=\d)/, "_") || "NAME",
};

export const ID_PATTERN = /^[A-Za-z0-9](?:[A-Za-z0-9_-]{0,62}[A-Za-z0-9_])?$/;

/** Steps contain steps; the cycle is closed in step.ts. */
export const stepsRef: Shape<unknown> = {
  expects: "a list of steps",
  schema: { type: "array", items: { $ref: "#/$defs/step" }, minItems: 1 },
  read: () => undefined,
};

export const STEP_FIELDS = {
  id: field(
    text("an id such as restart-pod", { pattern: ID_PATTERN }),
    "Names the step for ever: it is how a run finds its place again after an interruption. Unique among its siblings.",
    { required: { example: "restart-pod" } },
  ),
  title: field(template("a title"), "One line for the operator. Default: the id."),
  notes: field(template("notes"), "Markdown for the operator: why, what to look at, what can go wrong."),
  when: field(
    condition(),
    "The step is skipped unless this is true. Of a forEach step: asked once, for all items together.",
  ),
  effect: field(
    choice(["read", "mutate", "destroy"]),
    "What it does to the world. `read` changes nothing and is simply repeated; `destroy` always asks. Default mutate; of an action its own.",
  ),
  confirm: field(
    confirm,
    "Ask before the step. Alone: a step that only asks. Of a forEach step: asked once, before the first item.",
  ),
  forEach: field(forEach, "Repeat the step for each item of a list."),
  run: field(
    command,
    "A shell line for /bin/sh, in which every ${{ }} becomes exactly one word (of a list: several), or a list of arguments without a shell.",
  ),
  uses: field(text("the kind of an action"), "An action, e.g. s3.copy; see `runsheet actions`."),
  with: field(tree("parameters", { secrets: true }), "Parameters of the action, or of the called runbook."),
  input: field(input, "Ask the operator for a value; it is steps.<id>.outputs.value."),
  manual: field(
    template("an instruction"),
    "Something a person has to do. The answer is done or failed, with a note (steps.<id>.outputs.note).",
  ),
  assert: field(assert, "Go on only if this is true."),
  wait: field(wait, "A pause such as 5m, or { until: …, every: 5s, within: 15m }."),
  steps: field(stepsRef, "A group: these steps, one after the other. With forEach: all of them for each item."),
  parallel: field(flag, "All steps of the group at the same time. Default false."),
  call: field(
    text("a path such as ./other.yaml"),
    "Another runbook, relative to this file, with its parameters under `with`.",
  ),
  service: field(
    service,
    "Start a process that lives on across the next steps; it is stopped at the end of its group.",
  ),
  stop: field(text("the id of a service step"), "Stop the service that this step started."),
  guard: field(guard, "Already done? Asked before the step; on yes it is skipped as done."),
  verify: field(verify, "Did it really work? Asked after the step; only a yes makes it done."),
  preview: field(command, "A dry run of the real tool, for `runsheet plan --probe`."),
  timeout: field(durationOrTemplate, "Stop the attempt (with everything it started) after so long."),
  retry: field(
    retry,
    "Try again after a failure: a number of tries, or { attempts, delay, backoff, maxDelay, onExit }.",
  ),
  onFailure: field(
    choice(["ask", "stop", "continue"]),
    "After the last try: ask the operator (default), stop the run, or go on with the next step.",
  ),
  onInterrupt: field(
    choice(["ask", "rerun", "probe", "fail"]),
    "When nobody can know whether an interrupted attempt did its work: ask (default), run again, let verify or guard decide, or count it as failed.",
  ),
  idempotent: field(
    flag,
    "Running it again does no harm, so an interrupted attempt is simply repeated. Default false.",
  ),
  undo: field(undo, "How `runsheet undo` takes the step back: a command, an action, or { manual: instruction }."),
  outputs: field(outputs(true), "Values for later steps: steps.<id>.outputs.<name>."),
  env: field(
    mapOf("variables", variableNames, template("a text", { secrets: true })),
    "Environment variables of the command, beside the inherited ones.",
  ),
  cwd: field(template("a directory"), "Where the command starts, relative to the runbook's directory (the default)."),
  sensitive: field(flag, "The output is not shown and not kept beyond the run's own files. Default false."),
} as const;

export const stepDefinition = named("step", "a step", () =>
  object("a step", STEP_FIELDS, { schema: { anyOf: STEP_KINDS.map((kind) => ({ required: [kind] })) } }),
);

/** The keys that make a step what it is; exactly one of them, `confirm` only when no other is there. */
export const STEP_KINDS = [
  "run",
  "uses",
  "input",
  "manual",
  "assert",
  "wait",
  "steps",
  "call",
  "service",
  "stop",
  "confirm",
] as const;

export const STEP_SYNONYMS: Readonly<Record<string, string>> = {
  name: "title (and id)",
  description: "notes",
  if: "when",
  unless: "when",
  shell: "run",
  cmd: "run",
  command: "run",
  script: "run",
  exec: "run",
  action: "uses",
  args: "with",
  params: "with",
  loop: "forEach",
  with_items: "forEach",
  matrix: "forEach",
  prompt: "input",
  ask: "input",
  sleep: "wait",
  pause: "wait",
  until: "wait",
  group: "steps",
  tasks: "steps",
  include: "call",
  import: "call",
  check: "verify",
  rollback: "undo",
  compensate: "undo",
  continueOnError: "onFailure: continue",
  ignore_errors: "onFailure: continue",
  dir: "cwd",
  chdir: "cwd",
  workingDirectory: "cwd",
  environment: "env",
  retries: "retry",
  needs: "nothing: steps run in the order in which they stand",
  dependsOn: "nothing: steps run in the order in which they stand",
  secret: "sensitive",
  register: "outputs",
};

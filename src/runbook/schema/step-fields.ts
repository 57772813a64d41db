import { mapOf } from "./collections.ts";
import { command } from "./command.ts";
import { confirm } from "./confirm.ts";
import { forEach } from "./for-each.ts";
import { choice, condition, durationOrTemplate, flag, template, text, tree } from "./leaves.ts";
import { outputs } from "./outputs.ts";
import { guard, verify } from "./probe.ts";
import { assert, input } from "./questions.ts";
import { retry } from "./retry.ts";
import { service } from "./service.ts";
import { field, named, object, type Shape } from "./shape.ts";
import { undo } from "./undo.ts";
import { wait } from "./wait.ts";

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
    "After the last try: ask the operator (default), stop the run, or go on with the next step; the run, or the item, then still ends as failed.",
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

import type { Command, SecretSource } from "../../domain/runbook.ts";
import { entryOf } from "../yaml/node.ts";
import { byKind, listOf, mapOf } from "./collections.ts";
import { command } from "./command.ts";
import { template, text } from "./leaves.ts";
import { param, paramNames } from "./param.ts";
import { field, headOf, mapped, mismatch, object, type Shape } from "./shape.ts";
import { stepsRef, variableNames } from "./step-fields.ts";

const version: Shape<1> = {
  expects: "the number 1",
  schema: { const: 1 },
  read(node, context) {
    if (node.kind === "scalar" && node.value === 1) return 1;
    if (node.kind !== "scalar" || typeof node.value !== "number")
      return mismatch(node, "the number 1", context, "write: runsheet: 1");
    const message = `this program reads version 1 of the language, but the file says ${node.value}`;
    context.report.add(node.range, {
      code: "language-version",
      message,
      mend: "update runsheet, or write: runsheet: 1",
    });
    return undefined;
  },
};

const secretMap = object(
  "a secret",
  {
    env: field(
      text("the name of an environment variable"),
      "From this environment variable of the process that runs the runbook.",
    ),
    file: field(template("a path"), "From this file, without its last line ending; relative to the runbook."),
    command: field(command, "What this command prints, without its last line ending."),
    prompt: field(text("a question"), "Asked on the terminal, not echoed."),
  },
  { synonyms: { run: "command", cmd: "command", path: "file", from: "env", variable: "env", ask: "prompt" } },
);

const secret: Shape<SecretSource> = {
  ...secretMap,
  read(node, context) {
    const fields = secretMap.read(node, context);
    if (!fields || node.kind !== "map") return undefined;
    const given = Object.keys(secretMap.schema.properties as object).filter((key) => entryOf(node, key));
    if (given.length !== 1) {
      const message =
        given.length === 0 ? "the secret has no source" : `a secret comes either from ${given.join(" or from ")}`;
      context.report.add(headOf(node), {
        code: "exclusive-keys",
        message,
        mend: "write one of: env, file, command, prompt",
      });
    }
    if (fields.env !== undefined) return { kind: "env", name: fields.env };
    if (fields.file) return { kind: "file", path: fields.file };
    if (fields.command) return { kind: "command", command: fields.command };
    return fields.prompt === undefined ? undefined : { kind: "prompt", question: fields.prompt };
  },
};

const pinMap = object("a context pin", {
  run: field(command, "A command that changes nothing; what it prints is the pin.", {
    required: { example: "command arguments" },
  }),
});

const pin: Shape<Command> = byKind<Command>("a command such as { run: kubectl config current-context }", {
  scalar: command,
  list: command,
  map: mapped(pinMap, ({ run }) => run),
});

const NAME_PATTERN = /^[a-z0-9][a-z0-9._-]{0,62}$/;

export const RUNBOOK_FIELDS = {
  runsheet: field(version, "The version of the language: 1.", { required: { example: "1" } }),
  name: field(
    text("a name such as bp-switch", { pattern: NAME_PATTERN }),
    "Short name: lower-case letters, digits, dots and dashes. It names runs and the runbook on the command line.",
    {
      required: { example: "my-runbook" },
    },
  ),
  title: field(template("a title"), "One line for the operator; may hold ${{ params.… }}. Default: the name."),
  description: field(text("a description"), "What it is for and when to use it. Markdown."),
  params: field(
    mapOf("parameters", paramNames, param),
    "What must be known before the run begins: `-p name=value`, a file of parameters, a default, or a question.",
  ),
  secrets: field(
    mapOf("secrets", paramNames, secret),
    "Values that reach no argument, journal, log, screen or report. Used as ${{ secrets.name }} in shell lines, env: and with:.",
  ),
  env: field(
    listOf("variable", text("the name of an environment variable", { pattern: variableNames.pattern })),
    "Environment variables that expressions may read as env.NAME. Commands inherit all of them anyway.",
  ),
  context: field(
    mapOf("context pins", paramNames, pin),
    "Facts about the surroundings (kube context, account, chain id), taken at the start and compared before every step that changes something and at resume. A difference stops the run.",
  ),
  mutex: field(template("a key"), "Two runs with the same key never run at the same time on one state directory."),
  plugins: field(
    listOf("module", text("a path such as ./my-actions.js")),
    "Modules that export actions, relative to this file.",
  ),
  steps: field(stepsRef, "The steps, in order.", { required: { example: "and below it: - id: name" } }),
} as const;

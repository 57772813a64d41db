import type { JsonObject } from "../../domain/json.ts";
import { command } from "./command.ts";
import { RUNBOOK_FIELDS } from "./runbook-fields.ts";
import { object } from "./shape.ts";
import { stepDefinition } from "./step-fields.ts";

/** The JSON Schema (draft 2020-12) of runbook files, made from the definition that validates them. */
export function runbookJsonSchema(): JsonObject {
  const definitions = [stepDefinition.definition, command.definition];
  return {
    $schema: "https://json-schema.org/draft/2020-12/schema",
    title: "runsheet runbook",
    description: "A written procedure that runsheet carries out step by step.",
    ...object("a runbook", RUNBOOK_FIELDS).schema,
    $defs: Object.fromEntries(definitions.map(({ name, schema }) => [name, schema()])),
  };
}

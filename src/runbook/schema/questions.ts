import type { Template } from "../../domain/runbook.ts";
import { byKind } from "./collections.ts";
import { condition, template } from "./leaves.ts";
import { PARAM_FIELDS } from "./param.ts";
import { field, mapped, object, type Shape } from "./shape.ts";

const assertMap = object("an assert", {
  that: field(condition(), "What must be true.", { required: { example: '"${{ … }}"' } }),
  message: field(template("a message"), "What to tell when it is not."),
});

export type AssertRead = { readonly that: Template; readonly message?: Template };

export const assert: Shape<AssertRead> = byKind<AssertRead>("a condition, or { that: …, message: … }", {
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

export const input: Shape<InputFields> = byKind<InputFields>("a question, or { question: …, type: … }", {
  scalar: mapped(template("a question"), (question) => ({ question })),
  map: inputMap,
});

import type { Confirm } from "../../domain/runbook.ts";
import { byKind } from "./collections.ts";
import { template } from "./leaves.ts";
import { field, mapped, mismatch, object, type Shape } from "./shape.ts";

const confirmMap = object("a confirmation", {
  message: field(template("a question"), "The question, with what is at stake.", {
    required: { example: "What is at stake?" },
  }),
  type: field(template("a text"), "Counts only when this text was typed, e.g. the name of what will be destroyed."),
});

/** `true` asks with the step's title. */
export type ConfirmRead = Confirm | true;

export const confirm: Shape<ConfirmRead> = {
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

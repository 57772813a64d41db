import type { Undo } from "../../domain/runbook.ts";
import { entryOf, type MapNode } from "../yaml/node.ts";
import { checkedAction } from "./action.ts";
import { byKind } from "./collections.ts";
import { command } from "./command.ts";
import { template, text, tree } from "./leaves.ts";
import { reportStrayWith } from "./probe.ts";
import { field, mapped, object, type Shape } from "./shape.ts";

const undoMap = object("undo", {
  run: field(command, "A command that takes the step back."),
  uses: field(text("the kind of an action"), "An action that takes the step back."),
  with: field(tree("parameters of the action", { secrets: true }), "Parameters of the action."),
  manual: field(template("an instruction"), "What a person has to do."),
});

export const undo: Shape<Undo> = byKind<Undo>("a command, or { manual: … }", {
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

import type { Address } from "../../domain/address.ts";
import { type Key, keyLabel } from "../key.ts";
import { type FanCommand, fanBindingFor } from "../key-table.ts";
import type { Pressed, Surroundings, Ui } from "../ui.ts";

/** What the screen remembers of a fan-out that is looked at. */
export type FanUi = {
  readonly at: Address;
  readonly mode: "grid" | "table" | "bars";
  /** Position of an item, not of a cell. */
  readonly cursor: number;
  /** The output of the item under the cursor has the screen. */
  readonly inItem: boolean;
};

/** The fan-out of the step that is shown, as it is drawn now. */
export type FanFacts = {
  readonly at: Address;
  readonly count: number;
  readonly failed: number;
  /** Items that a cell stands for, and cells in a row. */
  readonly perCell: number;
  readonly columns: number;
  readonly pageRows: number;
  /** Address of an item. */
  itemAt(position: number): Address;
  /** The first failed item after `position`, round and round. */
  failedAfter(position: number): number | undefined;
};

/** One key while the items of a fan-out have the screen. Pure. */
export function fanPress(ui: Ui, fan: FanUi, key: Key, now: Surroundings): Pressed {
  const facts = now.fan;
  const binding = fanBindingFor(keyLabel(key));
  if (!binding || !facts || key.kind === "paste") return only(ui);
  const why = binding.whyNot?.(now);
  return why === undefined ? obey(ui, fan, facts, binding.command) : only({ ...ui, note: why });
}

function obey(ui: Ui, fan: FanUi, facts: FanFacts, command: FanCommand): Pressed {
  const grid = fan.mode === "grid";
  const row = grid ? facts.perCell * facts.columns : 1;
  const cell = grid ? facts.perCell : 1;
  const to = (cursor: number): Pressed =>
    only({ ...ui, fan: { ...fan, cursor: Math.max(0, Math.min(facts.count - 1, cursor)) } });
  const mode = (next: FanUi["mode"]): Pressed => only({ ...ui, fan: { ...fan, mode: next } });
  switch (command) {
    case "left":
      return to(fan.cursor - cell);
    case "right":
      return to(fan.cursor + cell);
    case "up":
      return fan.cursor - row < 0 ? only(ui) : to(fan.cursor - row);
    case "down":
      return fan.cursor + row >= facts.count && grid ? only(ui) : to(fan.cursor + row);
    case "first":
      return to(0);
    case "last":
      return to(facts.count - 1);
    case "page-up":
      return to(fan.cursor - row * facts.pageRows);
    case "page-down":
      return to(fan.cursor + row * facts.pageRows);
    case "next-failed": {
      const next = facts.failedAfter(fan.cursor);
      return next === undefined ? only({ ...ui, note: "no item has failed" }) : to(next);
    }
    case "open-item": {
      // Of several items in a cell the failed one is meant, if there is one.
      const near = facts.failedAfter(fan.cursor - 1);
      const cursor = grid && near !== undefined && near < fan.cursor + cell && near >= fan.cursor ? near : fan.cursor;
      const selected = facts.itemAt(cursor);
      return {
        ui: { ...ui, follow: false, selected, fan: { ...fan, cursor, inItem: true } },
        effects: [{ kind: "scroll", to: "end" }],
      };
    }
    case "retry-failed":
      return {
        ui: {
          ...ui,
          dialog: {
            kind: "sure",
            title: `Try ${facts.failed} failed items again?`,
            text: `${facts.at}: each starts anew with all of its tries; what was done inside them stays done.`,
            yes: "Yes, try them again",
            focus: 0,
            act: { kind: "retry-items", at: facts.at, keys: "failed" },
          },
        },
        effects: [{ kind: "mute" }],
      };
    case "grid":
      return mode("grid");
    case "table":
      return mode(fan.mode === "table" ? "grid" : "table");
    case "bars":
      return mode(fan.mode === "bars" ? "grid" : "bars");
    case "help":
      return only({ ...ui, dialog: { kind: "help", top: 0 } });
    case "back":
      return only({ ...ui, fan: undefined });
  }
}

function only(ui: Ui): Pressed {
  return { ui, effects: [] };
}

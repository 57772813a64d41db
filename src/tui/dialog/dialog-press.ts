import type { Address } from "../../domain/address.ts";
import type { RunRequest } from "../../domain/run-request.ts";
import { type Key, keyLabel } from "../key.ts";
import type { Effect, Pressed, Surroundings, Ui } from "../ui.ts";
import { type Aside, type Dialog, LEAVE_OPTIONS, type LeaveOption, READ_ONLY_LEAVE_OPTIONS } from "./dialog.ts";
import { scrollRange } from "./dialog-lines.ts";
import { editKey } from "./edit.ts";
import { promptKey } from "./prompt-keys.ts";
import { sureKey } from "./sure.ts";
import { waitingKey } from "./waiting.ts";

/** One key in a dialog. Pure. */
export function inDialog(ui: Ui, dialog: Dialog, key: Key, now: Surroundings): Pressed {
  const label = keyLabel(key);
  const to = (next: Dialog | undefined): Pressed => only({ ...ui, dialog: next });
  switch (dialog.kind) {
    case "prompt": {
      const step = promptKey(dialog, key, now);
      if (step.kind === "dialog") return to(step.dialog);
      if (step.kind === "aside") return aside({ ...ui, dialog: step.dialog }, step.aside, dialog.prompt.at, now);
      if (step.kind === "answer") {
        const effect: Effect = { kind: "answer", prompt: dialog.prompt, answer: step.answer };
        return { ui: { ...ui, dialog: step.dialog }, effects: [effect] };
      }
      const later = new Set([...ui.later, dialog.prompt.id]);
      return only({ ...ui, dialog: undefined, later, note: "decided later: enter opens the question again" });
    }
    case "waiting": {
      const step = waitingKey(dialog, key);
      if (step.kind === "dialog") return to(step.dialog);
      if (step.act === "retry-now") {
        const request: RunRequest = { kind: "retry-now", at: dialog.at };
        return { ui: { ...ui, dialog: undefined }, effects: [{ kind: "request", request, done: "trying again" }] };
      }
      if (step.act === "stop") {
        const note = "stopping; it is tried again when the run is resumed";
        return { ui: { ...ui, dialog: undefined, note }, effects: [{ kind: "stop", stop: "after-step" }] };
      }
      return aside(ui, step.act, dialog.at, now);
    }
    case "edit": {
      const step = editKey(dialog, key, now.checkField);
      if (step.kind === "dialog") return to(step.dialog);
      const note = "going on with the changed parameters";
      return { ui: { ...ui, dialog: undefined, note }, effects: [{ kind: "retry-with", changes: step.changes }] };
    }
    case "sure": {
      const step = sureKey(dialog, key);
      if (step !== true) return to(step);
      return {
        ui: { ...ui, dialog: undefined },
        effects: [{ kind: "request", request: dialog.act, done: "tried again" }],
      };
    }
    case "help":
    case "text": {
      const { last, page } = scrollRange(dialog, now, now.columns, now.rows);
      const by = scrollBy(label, page);
      if (by !== 0) return to({ ...dialog, top: Math.max(0, Math.min(last, Math.min(dialog.top, last) + by)) });
      if (!["esc", "q", "?", "enter"].includes(label)) return only(ui);
      return to(dialog.kind === "text" ? dialog.back : undefined);
    }
    case "leave":
      return inLeave(ui, dialog.focus, label, now);
  }
}

function scrollBy(label: string, page: number): number {
  if (label === "j" || label === "down") return 1;
  if (label === "k" || label === "up") return -1;
  if (label === "page-down" || label === " ") return page;
  if (label === "page-up") return -page;
  if (label === "g" || label === "home") return Number.NEGATIVE_INFINITY;
  return label === "G" || label === "end" ? Number.MAX_SAFE_INTEGER : 0;
}

function aside(ui: Ui, what: Aside, at: Address, now: Surroundings): Pressed {
  switch (what) {
    case "shell":
      return { ui, effects: [{ kind: "shell", at }] };
    case "diagnose":
      return { ui, effects: [{ kind: "diagnose", at }] };
    case "probe":
      return ui.dialog?.kind === "prompt" ? { ui, effects: [{ kind: "probe", prompt: ui.dialog.prompt }] } : only(ui);
    case "edit": {
      const fields = now.fields();
      if (fields.length === 0) return only(noted(ui, "this runbook has no parameters to edit"));
      return only({
        ...ui,
        dialog: { kind: "edit", fields, focus: 0, review: undefined, note: "", back: ui.dialog },
      });
    }
  }
}

function noted(ui: Ui, note: string): Ui {
  return ui.dialog?.kind === "prompt" ? { ...ui, dialog: { ...ui.dialog, note } } : { ...ui, note };
}

function inLeave(ui: Ui, focus: number, label: string, now: Surroundings): Pressed {
  const options: readonly LeaveOption[] = now.readOnly ? READ_ONLY_LEAVE_OPTIONS : LEAVE_OPTIONS;
  const at = (index: number): Pressed => only({ ...ui, dialog: { kind: "leave", focus: index } });
  if (label === "esc" || label === "q") return only({ ...ui, dialog: undefined });
  if (["down", "j", "tab"].includes(label)) return at((focus + 1) % options.length);
  if (["up", "k"].includes(label)) return at((focus + options.length - 1) % options.length);
  if (/^[1-4]$/.test(label)) return at(Math.min(options.length, Number(label)) - 1);
  if (label !== "enter") return only(ui);
  const act = options[focus]?.act ?? "stay";
  const closed = { ...ui, dialog: undefined };
  if (act === "stay") return only(closed);
  if (act === "detach") return { ui: closed, effects: [{ kind: "leave" }] };
  const note = act === "now" ? "ending what runs" : "stopping after the current step";
  return { ui: { ...closed, note }, effects: [{ kind: "stop", stop: act }] };
}

function only(ui: Ui): Pressed {
  return { ui, effects: [] };
}

import type { Address } from "../../domain/address.ts";
import type { RunState, StepState } from "../../domain/state.ts";
import { type DialogBox, dialogBox } from "../dialog/dialog-lines.ts";
import { footerText, type Situation } from "../key-table.ts";
import type { RunSource } from "../run-source.ts";
import { fitText } from "../terminal/width.ts";
import type { Glyphs } from "../theme.ts";
import type { Ui } from "../ui.ts";
import { duration } from "./duration.ts";
import { oneLine } from "./step-canvas.ts";
import { countSteps, currentStep } from "./step-rows.ts";

export type Rectangle = { readonly width: number; readonly height: number };

/** One frame, without the cells that the canvases paint. Every text is exactly as wide as its place. */
export type View = {
  readonly header: readonly string[];
  readonly steps: Rectangle | undefined;
  readonly separator: boolean;
  readonly log: Rectangle | undefined;
  readonly footer: readonly string[];
  readonly dialog: DialogBox | undefined;
};

export type ViewInput = {
  readonly source: Pick<RunSource, "runId" | "plan" | "state" | "progressOf">;
  readonly ui: Ui;
  readonly situation: Situation;
  readonly glyphs: Glyphs;
  readonly nowMs: number;
  readonly logLabel: string;
};

/** Side by side from this width on; below, the panes stack. */
const WIDE_COLUMNS = 80;

/** Pure: lays out one frame for any size. */
export function viewOf(input: ViewInput, columns: number, rows: number): View {
  const { ui, situation, glyphs } = input;
  const line = (text: string): string => fitText(text, columns, glyphs.ellipsis);
  const dialog = ui.dialog && dialogBox(ui.dialog, situation, glyphs, columns, rows);
  const footer = ui.note ? oneLine(ui.note) : footerText(situation);
  if (columns < 30 || rows < 8) {
    const small = [headline(input), currentWords(input), footer].slice(0, Math.max(1, rows));
    return { header: small.map(line), steps: undefined, separator: false, log: undefined, footer: [], dialog };
  }
  const header = [line(` ${headline(input)}`), line(` ${secondLine(input)}`)];
  const body = rows - header.length - 1;
  const frame = { header, footer: [line(` ${footer}`)], dialog };
  if (ui.zoom === "steps")
    return { ...frame, steps: { width: columns, height: body }, separator: false, log: undefined };
  if (ui.zoom === "log") return { ...frame, steps: undefined, separator: false, log: { width: columns, height: body } };
  if (columns < WIDE_COLUMNS) {
    const above = Math.max(1, Math.floor(body * 0.4));
    return {
      ...frame,
      steps: { width: columns, height: above },
      separator: false,
      log: { width: columns, height: body - above },
    };
  }
  const left = Math.min(48, Math.floor(columns * 0.4));
  return {
    ...frame,
    steps: { width: left, height: body },
    separator: true,
    log: { width: columns - left - 1, height: body },
  };
}

/** `replay  r-7f3a  ● running  step 5/14  LAB  41:09`. */
function headline({ source, glyphs, nowMs, situation }: ViewInput): string {
  const { state, plan } = source;
  const { ended, total } = countSteps(plan, state);
  const endMs = situation.live ? nowMs : state.lastMs;
  const parts = [
    oneLine(state.created?.runbook ?? plan.runbook.name),
    source.runId,
    `${glyphs.dot} ${statusWords(state, situation)}`,
    `${ended}/${total} steps`,
    ...(state.created?.lab ? ["LAB"] : []),
    duration(state.createdMs ? endMs - state.createdMs : 0),
  ];
  return parts.join("  ");
}

function statusWords(state: RunState, { live, readOnly }: Situation): string {
  const { status } = state;
  const words =
    status.kind === "ended"
      ? `ended: ${status.result}`
      : status.kind === "paused"
        ? `paused: ${status.reason.kind}`
        : state.prompts.size > 0
          ? "waiting for you"
          : live
            ? "running"
            : "not running";
  return readOnly ? `${words} (read only)` : words;
}

/** Pins, and what the log pane shows. */
function secondLine({ source, logLabel, ui, glyphs }: ViewInput): string {
  const pins = Object.entries(source.state.pins ?? {}).map(([name, value]) => `${name}=${oneLine(value)}`);
  const log = logLabel === "" ? "" : `log ${oneLine(logLabel)} (${ui.follow ? "following" : "frozen"})`;
  return [pins.join(" "), progressWords(source), log].filter(Boolean).join(` ${glyphs.separator} `);
}

function progressWords({ state, progressOf }: ViewInput["source"]): string {
  const at = currentStep(state);
  const progress = at === undefined ? undefined : progressOf(at);
  if (!progress) return "";
  const { done, total, unit, note } = progress;
  const of = total ? `/${total} ${unit} ${Math.floor((100 * done) / total)} %` : ` ${unit}`;
  return oneLine(`${done}${of}${note ? ` ${note}` : ""}`);
}

function currentWords({ source }: ViewInput): string {
  const at = currentStep(source.state);
  return at === undefined ? "" : `step ${at}`;
}

/** The attempt whose output is shown for a step: its own, or the newest below it. */
export function attemptFor(state: RunState, at: Address | undefined): StepState | undefined {
  if (at === undefined) return undefined;
  const own = state.steps.get(at);
  if (own?.last) return own;
  let newest: StepState | undefined;
  for (const step of state.steps.values()) {
    if (!step.last || !step.at.startsWith(`${at}/`)) continue;
    if (!newest?.last || step.last.releasedMs >= newest.last.releasedMs) newest = step;
  }
  return newest;
}

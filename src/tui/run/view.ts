import type { Address } from "../../domain/address.ts";
import type { RunState, StepState } from "../../domain/state.ts";
import { type DialogBox, dialogBox } from "../dialog/dialog-lines.ts";
import { footerText, type Situation } from "../key-table.ts";
import type { RunSource } from "../run-source.ts";
import { fitText } from "../terminal/width.ts";
import type { Glyphs } from "../theme.ts";
import type { Ui } from "../ui.ts";
import { duration } from "./duration.ts";
import { etaOf, isProduction, measureOf, nextWords, progressLine } from "./forecast.ts";
import { Rates } from "./rates.ts";
import { oneLine } from "./step-canvas.ts";
import { countSteps, currentStep } from "./step-rows.ts";

export type Rectangle = { readonly width: number; readonly height: number };

/** One frame, without the cells that the canvases paint. Every text is exactly as wide as its place. */
export type View = {
  readonly header: readonly string[];
  /** How loud the first row is: production is never mistaken for anything else. */
  readonly tone: "plain" | "lab" | "production";
  readonly steps: Rectangle | undefined;
  readonly separator: boolean;
  readonly log: Rectangle | undefined;
  /** The last one is of keys, those above it tell how things go. */
  readonly footer: readonly string[];
  readonly dialog: DialogBox | undefined;
};

export type ViewInput = {
  readonly source: Pick<RunSource, "runId" | "plan" | "state" | "progressOf" | "estimateMs">;
  readonly ui: Ui;
  readonly situation: Situation;
  readonly glyphs: Glyphs;
  readonly nowMs: number;
  readonly logLabel: string;
  /** What stands behind the label: `1.2 MB, wrapped`. */
  readonly logState?: string;
  readonly rates?: Rates;
};

/** Side by side from this width on; below, the panes stack. */
const WIDE_COLUMNS = 80;
/** From this height on there is room to tell how things go and what comes next. */
const TALL_ROWS = 14;
const NO_RATES = new Rates();

/** Pure: lays out one frame for any size. */
export function viewOf(input: ViewInput, columns: number, rows: number): View {
  const { ui, situation, glyphs, source } = input;
  const line = (text: string): string => fitText(text, columns, glyphs.ellipsis);
  const dialog = ui.dialog && dialogBox(withCountdown(ui, input), situation, glyphs, columns, rows);
  const footer = footerOf(input);
  const production = isProduction(source.state.pins);
  const tone = production ? "production" : source.state.created?.lab ? "lab" : "plain";
  if (columns < 30 || rows < 8) {
    const small = [headline(input), currentWords(input), footer].slice(0, Math.max(1, rows));
    return { header: small.map(line), tone, steps: undefined, separator: false, log: undefined, footer: [], dialog };
  }
  const header = [line(` ${headline(input)}`), line(` ${secondLine(input)}`)];
  const told = rows >= TALL_ROWS ? tellingLines(input, columns) : [];
  const body = rows - header.length - told.length - 1;
  const frame = { header, tone, footer: [...told, footer].map((text) => line(` ${text}`)), dialog } as const;
  const inFan = ui.fan !== undefined;
  if (ui.zoom === "steps" && !inFan)
    return { ...frame, steps: { width: columns, height: body }, separator: false, log: undefined };
  if (ui.zoom === "log" || inFan)
    return { ...frame, steps: undefined, separator: false, log: { width: columns, height: body } };
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

function footerOf({ ui, situation }: ViewInput): string {
  if (ui.search.typing !== undefined) return `/${oneLine(ui.search.typing)}_  enter search  esc back`;
  if (ui.dialog) return "";
  return ui.note ? oneLine(ui.note) : footerText(situation);
}

/** How the running step goes, and what comes after it. */
function tellingLines({ source, glyphs, nowMs, rates, situation }: ViewInput, columns: number): readonly string[] {
  if (!situation.live) return [];
  const measure = measureOf(source);
  const waiting = retryWords(source.state, nowMs);
  const next = nextWords(source.plan, source.state);
  return [
    ...(measure ? [progressLine(measure, rates ?? NO_RATES, glyphs, nowMs, columns)] : []),
    ...(waiting ? [waiting] : next ? [next] : []),
  ];
}

/** The step that waits to be tried again: until when, and how to do it at once. */
function retryWords(state: RunState, nowMs: number): string {
  for (const at of state.open) {
    const left = leftMs(state, at, nowMs);
    if (left !== undefined) return `${at} is tried again in ${duration(left)}: select it and press r for now`;
  }
  return "";
}

/** Until a step is tried again; `undefined` when it does not wait. */
export function leftMs(state: RunState, at: Address, nowMs: number): number | undefined {
  const phase = state.steps.get(at)?.phase;
  if (phase?.kind !== "waiting" || phase.delayMs === 0 || phase.sinceMs === undefined) return undefined;
  return Math.max(0, phase.sinceMs + phase.delayMs - nowMs);
}

function withCountdown(ui: Ui, { source, nowMs }: ViewInput): NonNullable<Ui["dialog"]> {
  const { dialog } = ui;
  if (dialog?.kind !== "waiting") return dialog as NonNullable<Ui["dialog"]>;
  return { ...dialog, leftMs: leftMs(source.state, dialog.at, nowMs) };
}

/** `replay  r-7f3a  ● running  step 5/14  PRODUCTION  LAB  41:09  ETA 14:20`. */
function headline({ source, glyphs, nowMs, situation }: ViewInput): string {
  const { state, plan } = source;
  const { ended, total } = countSteps(plan, state);
  const endMs = situation.live ? nowMs : state.lastMs;
  const eta = situation.live ? etaOf(source, nowMs) : undefined;
  const parts = [
    oneLine(state.created?.runbook ?? plan.runbook.name),
    source.runId,
    ...(isProduction(state.pins) ? ["!! PRODUCTION !!"] : []),
    ...(state.created?.lab ? ["LAB"] : []),
    `${glyphs.dot} ${statusWords(state, situation)}`,
    `${ended}/${total} steps`,
    duration(state.createdMs ? endMs - state.createdMs : 0),
    ...(eta ? [eta] : []),
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
function secondLine({ source, logLabel, logState, ui, glyphs }: ViewInput): string {
  const pins = Object.entries(source.state.pins ?? {}).map(([name, value]) => `${name}=${oneLine(value)}`);
  const how = [ui.follow ? "following" : "frozen", ...(logState ? [logState] : [])].join(", ");
  const name = ui.stream === "err" ? "stderr" : "log";
  const log = logLabel === "" ? "" : `${name} ${oneLine(logLabel)} (${how})`;
  return [pins.join(" "), log].filter(Boolean).join(` ${glyphs.separator} `);
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

import type { Key } from "../key.ts";
import type { LogPager } from "../log/pager.ts";
import type { RunSource } from "../run-source.ts";
import { notify, setTitle } from "../terminal/announce.ts";
import type { Input } from "../terminal/input.ts";
import type { Output } from "../terminal/output.ts";
import type { SuspendTerminal, TerminalSession } from "../terminal/session.ts";
import type { Glyphs } from "../theme.ts";
import { type Effect, INITIAL_UI, look, type Pressed, press, replied, type Surroundings, type Ui } from "../ui.ts";
import type { AppModel } from "./app.ts";
import { paintGrid } from "./grid-canvas.ts";
import { paintSteps } from "./step-canvas.ts";
import { currentStep, type StepRow, stepRows } from "./step-rows.ts";
import { attemptFor, type View, viewOf } from "./view.ts";

export type RunScreenParts = {
  readonly source: RunSource;
  readonly output: Output;
  readonly input: Input;
  readonly session: TerminalSession;
  readonly pager: LogPager;
  readonly glyphs: Glyphs;
  /** The run's own end does not close the screen. */
  readonly stay?: boolean;
};

/** News of the run are drawn at most this often; keys at once. */
const DATA_EVERY_MS = 200;
const CLOCK_EVERY_MS = 1_000;
const MUTE_MS = 500;

/** The run screen outside of React: holds the ui state, judges each key, does what keys ask for, paints the canvases. */
export class RunScreen implements AppModel {
  readonly output: Output;
  readonly separator: string;
  private readonly parts: RunScreenParts;
  private ui: Ui = INITIAL_UI;
  private rows: readonly StepRow[] = [];
  private live = true;
  private stale = true;
  private versions = 0;
  private focused = true;
  private readonly listeners = new Set<() => void>();
  private readonly stops: (() => void)[] = [];
  private suspendTerminal: SuspendTerminal | undefined;
  private exit: () => void = () => {};

  constructor(parts: RunScreenParts) {
    this.parts = parts;
    this.output = parts.output;
    this.separator = parts.glyphs.separator;
  }

  start(): void {
    const { source, input, output } = this.parts;
    const timer = setInterval(() => this.refresh(), DATA_EVERY_MS);
    let shownMs = 0;
    const clock = setInterval(() => {
      if (this.live && performance.now() - shownMs >= CLOCK_EVERY_MS) this.changed();
      shownMs = performance.now();
    }, CLOCK_EVERY_MS);
    const unsubscribe = source.subscribe(() => {
      this.stale = true;
    });
    input.on("focus", (focused: boolean) => {
      this.focused = focused;
    });
    this.stops.push(
      () => clearInterval(timer),
      () => clearInterval(clock),
      unsubscribe,
    );
    setTitle(output, `runsheet ${source.runId}`);
    this.refresh();
  }

  stop(): void {
    for (const stop of this.stops.splice(0)) stop();
    this.parts.pager.close();
  }

  /** The executor is gone. Who reads something keeps the screen; otherwise it closes. */
  runEnded(): void {
    this.live = false;
    this.stale = true;
    const reading = this.parts.stay || !this.ui.follow || this.ui.dialog?.kind === "help";
    if (!reading) {
      this.exit();
      return;
    }
    // First what the last events change (an answered question goes away), then the last word.
    this.refresh();
    this.apply({ ui: { ...this.ui, note: "the run has ended; q closes" }, effects: [] });
  }

  // What the components use; bound, because React takes them as values.
  readonly subscribe = (listener: () => void): (() => void) => {
    this.listeners.add(listener);
    return () => this.listeners.delete(listener);
  };
  readonly version = (): number => this.versions;
  readonly press = (key: Key): void => this.apply(press(this.ui, key, this.surroundings()));

  mounted(suspend: SuspendTerminal, exit: () => void): void {
    this.suspendTerminal = suspend;
    this.exit = exit;
    if (!this.live && this.ui.note === "") exit();
  }

  view(columns: number, rows: number): View {
    const { source, glyphs } = this.parts;
    const situation = this.surroundings();
    const logLabel = attemptFor(source.state, this.shownStep())?.at ?? "";
    return viewOf({ source, ui: this.ui, situation, glyphs, nowMs: Date.now(), logLabel }, columns, rows);
  }

  readonly paintSteps = (width: number, height: number): string[] => {
    const selected = this.rows.findIndex((row) => row.at === this.shownStep());
    return paintSteps({ rows: this.rows, selected, nowMs: Date.now(), glyphs: this.parts.glyphs }, width, height);
  };

  readonly paintLog = (width: number, height: number): string[] => {
    const { pager, glyphs, source } = this.parts;
    const fan = this.ui.grid ? source.state.steps.get(this.shownStep() ?? "")?.fan : undefined;
    return fan ? paintGrid(fan, glyphs, width, height) : pager.rows(width, height, glyphs.ellipsis);
  };

  private shownStep(): string | undefined {
    return this.ui.selected ?? currentStep(this.parts.source.state);
  }

  private surroundings(): Surroundings {
    const { source, pager } = this.parts;
    const shown = this.shownStep();
    return {
      nowMs: performance.now(),
      waiting: source.state.prompts.size > 0,
      readOnly: source.readOnly,
      live: this.live,
      hasLog: pager.sizeBytes > 0,
      hasGrid: source.state.steps.get(shown ?? "")?.fan !== undefined,
      steps: this.rows.map((row) => row.at),
      current: currentStep(source.state),
      prompts: this.live ? [...source.state.prompts.values()].map(({ prompt }) => prompt) : [],
      readValue: source.readValue,
    };
  }

  private refresh(): void {
    const { source, pager, output } = this.parts;
    if (this.stale) {
      this.stale = false;
      this.rows = stepRows(source.plan, source.state);
      const before = this.ui.dialog;
      this.apply(look(this.ui, this.surroundings()));
      const opened = this.ui.dialog;
      if (opened?.kind === "prompt" && opened !== before && !this.focused) {
        notify(output, `${source.runId} asks: ${opened.prompt.title}`, { bell: true });
      }
    }
    this.showLog();
    if (pager.poll()) this.output.touch();
  }

  /** Points the pager at the output of the step that is shown. */
  private showLog(): void {
    const { source, pager } = this.parts;
    const dir = attemptFor(source.state, this.shownStep())?.last?.dir;
    pager.open(dir === undefined ? undefined : source.logPath(dir));
  }

  private apply({ ui, effects }: Pressed): void {
    this.ui = ui;
    this.showLog();
    this.parts.pager.poll();
    for (const effect of effects) this.perform(effect);
    this.changed();
  }

  private changed(): void {
    this.versions++;
    for (const listener of this.listeners) listener();
    this.output.touch();
  }

  private perform(effect: Effect): void {
    const { source, pager, input, output, session } = this.parts;
    switch (effect.kind) {
      case "answer":
        void source.answer(effect.prompt, effect.answer).then((problem) => {
          this.ui = replied(this.ui, effect.prompt.id, problem);
          this.stale = true;
          this.changed();
        });
        return;
      case "stop":
        void source.stop(effect.stop).then((problem) => {
          if (problem !== undefined) this.ui = { ...this.ui, note: `not taken: ${problem}` };
          this.changed();
        });
        return;
      case "leave":
        this.exit();
        return;
      case "suspend":
        if (this.suspendTerminal) void session.suspend(this.suspendTerminal);
        return;
      case "redraw":
        output.invalidate();
        return;
      case "mute":
        input.mute(MUTE_MS);
        return;
      case "scroll":
        if (effect.to === "top") pager.start();
        else if (effect.to === "end") pager.end();
        else if (effect.to === "freeze") pager.freeze();
        else if ("pages" in effect.to) pager.scrollPages(effect.to.pages);
        else pager.scroll(effect.to.lines);
    }
  }
}

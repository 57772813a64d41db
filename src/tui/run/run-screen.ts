import type { Progress } from "../../domain/action.ts";
import type { Address } from "../../domain/address.ts";
import type { Key } from "../key.ts";
import { type LogPager, lastLinesOf } from "../log/pager.ts";
import type { RunSource } from "../run-source.ts";
import type { Input } from "../terminal/input.ts";
import type { Output } from "../terminal/output.ts";
import type { SuspendTerminal, TerminalSession } from "../terminal/session.ts";
import { fitText } from "../terminal/width.ts";
import { type Glyphs, paint } from "../theme.ts";
import { INITIAL_UI, look, type Pressed, press, type Surroundings, type Ui } from "../ui.ts";
import type { AppModel } from "./app.ts";
import { rateName } from "./fan-bars.ts";
import { paintFan } from "./fan-canvas.ts";
import { measureOf } from "./forecast.ts";
import { Rates } from "./rates.ts";
import { RunEffects } from "./run-effects.ts";
import { RunNews } from "./run-news.ts";
import { paintSteps } from "./step-canvas.ts";
import { currentStep, type StepRow, stepRows } from "./step-rows.ts";
import { itemProgress, surroundingsOf } from "./surroundings.ts";
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
const DATA_EVERY_MS = process.env.RUNSHEET_REDUCED_MOTION ? 1_000 : 200;
const CLOCK_EVERY_MS = process.env.RUNSHEET_REDUCED_MOTION ? 10_000 : 1_000;
const MUTE_MS = 500;
const TAIL_LINES = 40;
/** The first row by how loud it is: production is never mistaken for anything else. */
const HEADLINE: { readonly [tone in View["tone"]]: string } = { plain: "7", lab: "36;7", production: "31;1;7" };
/** Items whose rates are watched. */
const MAX_RATED = 200;

/** The run screen outside of React: holds the ui state, judges each key, paints the canvases. */
export class RunScreen implements AppModel {
  readonly output: Output;
  readonly separator: string;
  private readonly parts: RunScreenParts;
  private ui: Ui = INITIAL_UI;
  private rows: readonly StepRow[] = [];
  private addresses: readonly Address[] = [];
  private failed: readonly Address[] = [];
  private live = true;
  private stale = true;
  private versions = 0;
  private layout = "";
  private shown: View | undefined;
  private logSize = { width: 80, height: 20 };
  private readonly rates = new Rates();
  private readonly news: RunNews;
  private readonly effects: RunEffects;
  private readonly listeners = new Set<() => void>();
  private readonly stops: (() => void)[] = [];
  private suspendTerminal: SuspendTerminal | undefined;
  private exit: () => void = () => {};

  constructor(parts: RunScreenParts) {
    this.parts = parts;
    this.output = parts.output;
    this.separator = parts.glyphs.separator;
    this.news = new RunNews(parts.output, parts.source);
    this.effects = new RunEffects({
      ...parts,
      suspendTerminal: () => this.suspendTerminal,
      change: (next) => {
        this.ui = next(this.ui);
        this.stale = true;
        this.changed();
      },
      lastLines: (path) => lastLinesOf(path, TAIL_LINES),
      leave: () => this.exit(),
      mute: () => parts.input.mute(MUTE_MS),
    });
  }

  start(): void {
    const { source, input, output } = this.parts;
    const timer = setInterval(() => this.refresh(), DATA_EVERY_MS);
    const clock = setInterval(() => {
      if (this.live) this.changed();
    }, CLOCK_EVERY_MS);
    const unsubscribe = source.subscribe(() => {
      this.stale = true;
    });
    const focus = (focused: boolean): void => this.news.focus(focused);
    input.on("focus", focus);
    // The terminal was somebody else's meanwhile.
    const forget = (): void => this.news.forget();
    output.on("entered", forget);
    this.stops.push(
      () => clearInterval(timer),
      () => clearInterval(clock),
      () => input.off("focus", focus),
      () => output.off("entered", forget),
      unsubscribe,
    );
    this.refresh();
  }

  stop(): void {
    for (const stop of this.stops.splice(0)) stop();
    this.effects.stop();
    this.parts.pager.close();
  }

  /** The executor is gone. Who reads something keeps the screen; otherwise it closes. */
  runEnded(): void {
    const { source } = this.parts;
    this.live = false;
    this.stale = true;
    const { status } = source.state;
    this.news.call(`${source.runId} ${status.kind === "ended" ? `ended: ${status.result}` : status.kind}`);
    this.news.tell(false, performance.now());
    const reading =
      this.parts.stay || !this.ui.follow || this.ui.dialog?.kind === "help" || this.ui.dialog?.kind === "text";
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
    this.parts.session.suspender = suspend;
    this.exit = exit;
    if (!this.live && this.ui.note === "") exit();
  }

  view(columns: number, rows: number): View {
    const view = this.viewNow(columns, rows);
    this.shown = view;
    return view;
  }

  private viewNow(columns: number, rows: number): View {
    const { source, glyphs, pager } = this.parts;
    const shown = attemptFor(source.state, this.shownStep());
    const hidden = shown?.last?.sensitive ? "sensitive: its output is not shown" : "";
    const logState = [hidden, pager.wrapped ? "wrapped" : "", pager.clock ? "times" : ""].filter(Boolean).join(", ");
    return viewOf(
      {
        source,
        ui: this.ui,
        situation: this.surroundings(),
        glyphs,
        nowMs: Date.now(),
        logLabel: shown?.at ?? this.shownStep() ?? "",
        logState,
        rates: this.rates,
      },
      columns,
      rows,
    );
  }

  readonly paintHeader = (width: number, height: number): string[] => {
    const { header = [], tone = "plain" } = this.shown ?? {};
    return sized(header, width, height).map((row, index) => (index === 0 ? paint(HEADLINE[tone], row) : row));
  };

  readonly paintFooter = (width: number, height: number): string[] =>
    sized(this.shown?.footer ?? [], width, height).map((row, index) => (index === height - 1 ? paint("2", row) : row));

  readonly paintSteps = (width: number, height: number): string[] => {
    const selected = this.addresses.indexOf(this.shownStep() ?? "");
    return paintSteps({ rows: this.rows, selected, nowMs: Date.now(), glyphs: this.parts.glyphs }, width, height);
  };

  readonly paintLog = (width: number, height: number): string[] => {
    const { pager, glyphs, source } = this.parts;
    this.logSize = { width, height };
    const { fan: ui } = this.ui;
    const fan = ui && !ui.inItem ? source.state.steps.get(ui.at)?.fan : undefined;
    if (!ui || !fan) return pager.rows(width, height, glyphs.ellipsis);
    const progressOf = (position: number): Progress | undefined => itemProgress(source, ui.at, fan, position);
    const { rates } = this;
    return paintFan({ state: source.state, fan, ui, glyphs, nowMs: Date.now(), rates, progressOf }, width, height);
  };

  private shownStep(): string | undefined {
    return this.ui.selected ?? currentStep(this.parts.source.state);
  }

  private surroundings(): Surroundings {
    const { source, output, pager } = this.parts;
    return surroundingsOf({
      source,
      ui: this.ui,
      live: this.live,
      shown: this.shownStep(),
      addresses: this.addresses,
      failed: this.failed,
      hasLog: pager.sizeBytes > 0,
      window: output,
      logSize: this.logSize,
    });
  }

  private refresh(): void {
    const { source, pager, output } = this.parts;
    if (this.stale) {
      this.stale = false;
      this.rows = stepRows(source.plan, source.state, source.estimateMs);
      this.addresses = this.rows.map((row) => row.at);
      this.failed = this.rows.filter(({ look }) => look === "failed" || look === "doubt").map((row) => row.at);
      const before = this.ui.dialog;
      this.apply(look(this.ui, this.surroundings()));
      const opened = this.ui.dialog;
      if (opened?.kind === "prompt" && opened !== before && before?.kind !== "prompt") {
        this.news.call(`${source.runId} asks: ${opened.prompt.title}`);
      }
    }
    const nowMs = performance.now();
    this.noteRates(nowMs);
    this.news.tell(this.live, nowMs);
    this.showLog();
    if (pager.poll()) output.touch();
  }

  private noteRates(nowMs: number): void {
    const { source } = this.parts;
    const measure = measureOf(source);
    if (measure) this.rates.note(measure.name, measure.done, nowMs);
    const at = this.ui.fan?.at;
    const fan = at === undefined ? undefined : source.state.steps.get(at)?.fan;
    if (at === undefined || !fan || !this.ui.fan) return;
    let left = MAX_RATED;
    for (const position of fan.active) {
      if (left-- <= 0) return;
      const progress = itemProgress(source, at, fan, position);
      if (progress) this.rates.note(rateName({ ui: this.ui.fan, fan }, position), progress.done, nowMs);
    }
  }

  /** Points the pager at the output of the step that is shown. */
  private showLog(): void {
    const { source, pager } = this.parts;
    const shown = this.shownStep();
    const dir =
      attemptFor(source.state, shown)?.last?.dir ?? (shown === undefined ? undefined : source.attemptDir?.(shown));
    pager.open(dir === undefined ? undefined : source.logPath(dir, this.ui.stream));
  }

  private apply({ ui, effects }: Pressed): void {
    this.ui = ui;
    this.showLog();
    this.parts.pager.poll();
    for (const effect of effects) this.effects.perform(effect);
    this.changed();
  }

  /** Draws anew; Ink only has work when rectangles or a dialog changed. */
  private changed(): void {
    const { header, footer, steps, log, dialog } = this.view(this.output.columns, this.output.rows);
    const layout = JSON.stringify([header.length, footer.length, steps, log, dialog]);
    if (layout !== this.layout) {
      this.layout = layout;
      this.versions++;
      for (const listener of this.listeners) listener();
    }
    this.output.touch();
  }
}

/** What a row says after the window changed its size and before React has heard of it. */
function sized(rows: readonly string[], width: number, height: number): readonly string[] {
  return Array.from({ length: height }, (_, index) => fitText(rows[index] ?? "", width));
}

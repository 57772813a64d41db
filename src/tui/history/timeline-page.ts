import { attemptFor } from "../run/view.ts";
import type { AppSource, RunRecord } from "../shell/app-source.ts";
import { lineOf, rowOf, windowOf } from "../shell/row.ts";
import type { Shell } from "../shell/shell.ts";
import { clock, took } from "../shell/words.ts";
import { paint, SGR } from "../theme.ts";
import { TIMELINE_KEYS } from "./history-keys.ts";
import { ListPage } from "./list-page.ts";
import { OutputPage } from "./output-page.ts";
import { type Axis, axisOf, axisText, barOf, type TimelineRow, timelineRows } from "./timeline.ts";

const TITLE_COLUMNS = 34;
const TIME_COLUMNS = 12;

/** One run on a time axis. */
export class TimelinePage extends ListPage {
  readonly bindings = TIMELINE_KEYS;
  private readonly record: RunRecord;
  private readonly steps: readonly TimelineRow[];
  private readonly axis: Axis;

  constructor(shell: Shell, source: AppSource, record: RunRecord) {
    super(shell, source);
    this.record = record;
    this.steps = timelineRows(record);
    this.axis = axisOf(record);
  }

  protected headline(): string {
    const { state, runId } = this.record;
    return `runsheet  timeline  ${state.created?.runbook ?? ""}  ${runId}${state.created?.lab ? "  LAB" : ""}`;
  }

  protected override secondLine(): string {
    const { state, attempts, params } = this.record;
    const { status } = state;
    const how =
      status.kind === "ended"
        ? status.result
        : status.kind === "paused"
          ? `paused: ${status.reason.kind}`
          : status.kind;
    const tries = attempts.filter((attempt) => attempt.ok === false).length;
    const by = state.created?.actor.user ?? "";
    return [
      `${clock(this.axis.fromMs)} by ${by}`,
      how,
      took(this.axis.toMs - this.axis.fromMs),
      ...(tries > 0 ? [`${tries} failed attempts`] : []),
      params.map(([name, text]) => `${name}=${text}`).join(" "),
    ].join("  ");
  }

  protected essence(): string {
    const row = this.steps[this.selected];
    return row ? `${row.title} ${row.note}` : "no steps";
  }

  protected count(): number {
    return this.steps.length;
  }

  protected act(command: "open" | "mark" | "export"): void {
    if (command === "export") {
      void this.export(this.record.runId);
      return;
    }
    const row = this.steps[this.selected] as TimelineRow;
    const step = attemptFor(this.record.state, row.at);
    if (!step?.last) this.note = "this step has printed nothing";
    else
      this.shell.open(
        new OutputPage(this.shell, `${this.record.runId}  ${step.at}`, this.record.logPath(step.last.dir)),
      );
  }

  protected rows(width: number, height: number): string[] {
    const { glyphs, steps, selected, axis } = this;
    const titleColumns = Math.min(TITLE_COLUMNS, Math.max(8, Math.floor(width * 0.4)));
    const barColumns = Math.max(4, width - titleColumns - TIME_COLUMNS - 8);
    const bare = (text: string, columns: number): string => lineOf(text, columns, glyphs);
    const head = `${bare("", titleColumns + 6)}${axisText(axis, barColumns)}`;
    const rows = steps.map((row, index) => {
      const chosen = index === selected;
      const time = row.startedMs === undefined ? "" : took((row.endedMs ?? axis.toMs) - row.startedMs);
      const cells = [
        { text: glyphs[row.look], width: 1, sgr: SGR[row.look] },
        { text: `${"  ".repeat(row.depth)}${row.title}`, width: titleColumns },
      ];
      const left = rowOf(cells, titleColumns + 6, glyphs, chosen);
      const right = rowOf(
        [{ text: time, width: TIME_COLUMNS, right: true }],
        width - titleColumns - 6 - barColumns,
        glyphs,
      );
      return `${left}${barOf(row, axis, barColumns, glyphs, true)}${right}`;
    });
    const fitted = paint("90", head + " ".repeat(Math.max(0, width - titleColumns - 6 - barColumns)));
    return [fitted, ...windowOf(rows, selected, width, height - 1)].slice(0, height);
  }
}

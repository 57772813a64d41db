import { standLook, standWords } from "../home/home-rows.ts";
import type { AppSource, RunEntry } from "../shell/app-source.ts";
import { type Cell, lineOf, rowOf, windowOf } from "../shell/row.ts";
import type { Shell } from "../shell/shell.ts";
import { clock, plural, took } from "../shell/words.ts";
import { paint, SGR } from "../theme.ts";
import { ComparePage } from "./compare-page.ts";
import { HISTORY_KEYS } from "./history-keys.ts";
import { ListPage } from "./list-page.ts";
import { middle, spark } from "./statistics.ts";
import { TimelinePage } from "./timeline-page.ts";

const SPARK_RUNS = 30;

/** The runs of one runbook, the last one first. */
export class HistoryPage extends ListPage {
  readonly bindings = HISTORY_KEYS;
  private readonly file: string;
  private readonly name: string;
  private runs: readonly RunEntry[] = [];
  private marked: string | undefined;

  constructor(shell: Shell, source: AppSource, file: string, name: string) {
    super(shell, source);
    this.file = file;
    this.name = name;
  }

  override shown(): void {
    this.runs = this.source.runs().filter((run) => run.file === this.file);
    this.changed();
  }

  protected headline(): string {
    return `runsheet  history of ${this.name}`;
  }

  protected override secondLine(): string {
    const count = (test: (run: RunEntry) => boolean): number => this.runs.filter(test).length;
    const ok = count((run) => run.stand.kind === "ended" && run.stand.exitCode === 0);
    const failed = count((run) => run.stand.kind === "failed");
    const durations = this.durations();
    const p50 = middle(durations);
    return [
      plural(this.runs.length, "run"),
      `ok ${ok}`,
      `failed ${failed}`,
      ...(p50 === undefined
        ? []
        : [`duration ${spark(durations.slice(0, SPARK_RUNS).reverse(), this.glyphs)} p50 ${took(p50)}`]),
    ].join("  ");
  }

  protected essence(): string {
    const run = this.runs[this.selected];
    return run ? `${run.runId}: ${standWords(run.stand)}` : "no runs yet";
  }

  protected count(): number {
    return this.runs.length;
  }

  protected act(command: "open" | "mark" | "export"): void {
    const run = this.runs[this.selected] as RunEntry;
    if (command === "export") void this.export(run.runId);
    else if (command === "open") void this.openTimeline(run);
    else if (this.marked === undefined || this.marked === run.runId) {
      this.marked = this.marked === run.runId ? undefined : run.runId;
      this.note = this.marked ? "now = at the run to compare it with" : "";
    } else void this.compare(this.marked, run.runId);
  }

  protected rows(width: number, height: number): string[] {
    const { glyphs, runs, selected } = this;
    if (runs.length === 0)
      return windowOf([lineOf("no runs yet: n on the home screen starts one", width, glyphs, "90")], 0, width, height);
    const p50 = middle(this.durations());
    const rows = runs.map((run, index) => rowOf(this.cells(run, p50), width, glyphs, index === selected));
    const head = paint("90", rowOf(headCells(), width, glyphs));
    return [head, ...windowOf(rows, selected, width, height - 1)].slice(0, height);
  }

  /** Of runs that came to their end. */
  private durations(): readonly number[] {
    return this.runs.filter((run) => run.stand.kind === "ended").map((run) => run.changedMs - run.startedMs);
  }

  private cells(run: RunEntry, p50: number | undefined): Cell[] {
    const look = standLook(run.stand);
    const ms = run.changedMs - run.startedMs;
    const off = p50 === undefined || run.stand.kind !== "ended" ? "" : offWords(ms - p50, p50);
    const { done, skipped, failed } = run.counts;
    const counts = [
      `${done} done`,
      ...(skipped ? [`${skipped} skipped`] : []),
      ...(failed ? [`${failed} failed`] : []),
    ];
    return [
      { text: this.marked === run.runId ? "=" : "", width: 1, sgr: "33" },
      { text: this.glyphs[look], width: 1, sgr: SGR[look] },
      { text: run.runId, width: 24, drop: 2 },
      { text: clock(run.startedMs), width: 16, drop: 1 },
      { text: standWords(run.stand), sgr: SGR[look] },
      { text: counts.join(", "), width: 22, drop: 4 },
      { text: run.by, width: 12, drop: 5 },
      { text: took(ms), width: 12, right: true },
      { text: off, width: 14, right: true, drop: 3 },
    ];
  }

  private async openTimeline(run: RunEntry): Promise<void> {
    const record = await this.shell.during(`reading run ${run.runId}`, this.source.record(run.runId));
    if (record.kind === "failed") this.tell(`Run ${run.runId}`, record.lines);
    else this.shell.open(new TimelinePage(this.shell, this.source, record.value));
  }

  private async compare(a: string, b: string): Promise<void> {
    this.marked = undefined;
    const [first, second] = await this.shell.during(
      "reading two runs",
      Promise.all([this.source.record(a), this.source.record(b)]),
    );
    if (first.kind === "failed") this.tell(`Run ${a}`, first.lines);
    else if (second.kind === "failed") this.tell(`Run ${b}`, second.lines);
    else this.shell.open(new ComparePage(this.shell, this.source, first.value, second.value));
  }
}

function headCells(): Cell[] {
  const dim = { sgr: "90" };
  return [
    { text: "", width: 1 },
    { text: "", width: 1 },
    { text: "run", width: 24, drop: 2, ...dim },
    { text: "started", width: 16, drop: 1, ...dim },
    { text: "result", ...dim },
    { text: "steps", width: 22, drop: 4, ...dim },
    { text: "by", width: 12, drop: 5, ...dim },
    { text: "took", width: 12, right: true, ...dim },
    { text: "against p50", width: 14, right: true, drop: 3, ...dim },
  ];
}

/** Small differences are noise. */
function offWords(ms: number, p50: number): string {
  if (Math.abs(ms) < Math.max(1_000, p50 * 0.05)) return "";
  return `${ms > 0 ? "+" : "-"}${took(Math.abs(ms))}`;
}

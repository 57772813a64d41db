import { openRun } from "../home/open-run.ts";
import type { AppSource, BookSource, FieldValues, PlanView } from "../shell/app-source.ts";
import { movedTo } from "../shell/moves.ts";
import { Page } from "../shell/page.ts";
import { lineOf } from "../shell/row.ts";
import type { Shell } from "../shell/shell.ts";
import { plural } from "../shell/words.ts";
import { copyToClipboard } from "../terminal/announce.ts";
import { type DiffRow, diffRows, paramChanges } from "./plan-diff.ts";
import { PLAN_KEYS, type PlanCommand } from "./plan-keys.ts";
import { paintPlan, riskWord } from "./plan-rows.ts";

export type PlanWish = { readonly values: FieldValues; readonly practice: boolean };

/** What a run would do, before there is one. */
export class PlanPage extends Page<PlanCommand> {
  readonly bindings = PLAN_KEYS;
  private readonly source: AppSource;
  private readonly book: BookSource;
  private readonly wish: PlanWish;
  private plan: PlanView | undefined;
  private diff: readonly DiffRow[] = [];
  private selected = 0;
  private comparing = false;
  private busy = "working out the plan";

  constructor(shell: Shell, source: AppSource, book: BookSource, wish: PlanWish) {
    super(shell);
    this.source = source;
    this.book = book;
    this.wish = wish;
  }

  override shown(): void {
    if (!this.plan) void this.work(false);
  }

  protected headline(): string {
    const lab = this.wish.practice ? "  LAB" : "";
    return `runsheet  plan of ${this.book.name}${lab}  ${this.source.user}@${this.source.host}  nothing is started yet`;
  }

  protected override secondLine(): string {
    if (this.busy) return this.busy;
    const rows = this.plan?.rows ?? [];
    const asking = rows.filter((row) => row.asks !== "no").length;
    const destructive = rows.filter((row) => row.effect === "destroy").length;
    const skipped = rows.filter((row) => row.wanted === false).length;
    const unknown = rows.filter((row) => row.wanted === "unknown" || row.items === "unknown").length;
    return [
      plural(rows.length, "step"),
      ...(destructive > 0 ? [`${destructive} DESTRUCTIVE`] : []),
      ...(asking > 0 ? [`${plural(asking, "question")}`] : []),
      ...(skipped > 0 ? [`${skipped} would be skipped`] : []),
      ...(unknown > 0 ? [`${unknown} decided by what earlier steps find`] : []),
    ].join("  ");
  }

  protected essence(): string {
    const row = this.diff[this.selected]?.row;
    return this.busy || (row ? `${row.at}: ${riskWord(row)}` : "no steps");
  }

  protected override whyNot(command: PlanCommand): string | undefined {
    if (command === "leave") return undefined;
    if (!this.plan) return this.busy || "there is no plan";
    if (command === "compare" && !this.plan.last) return "this runbook has not run yet: nothing to compare with";
    if ((command === "start" || command === "probe") && this.busy) return this.busy;
    return undefined;
  }

  protected obey(command: PlanCommand): void {
    const row = this.diff[this.selected];
    const to = movedTo(command, this.selected, this.diff.length);
    if (to !== undefined) this.selected = to;
    else if (command === "start") void this.start();
    else if (command === "probe") void this.work(true);
    else if (command === "leave") this.shell.back();
    else if (command === "details" && row) this.details(row);
    else if (command === "copy" && row) {
      copyToClipboard(this.output, row.row.would.join("\n"));
      this.note = "copied, where the terminal allows it";
    } else if (command === "compare") {
      this.comparing = !this.comparing;
      if (this.comparing && this.plan) this.note = this.compareWords(this.plan);
      this.choose(row);
    }
  }

  protected rows(width: number, height: number): string[] {
    const { plan, diff: rows, selected, comparing, glyphs } = this;
    if (plan) return paintPlan({ plan, rows, selected, comparing, glyphs, nowMs: Date.now() }, width, height);
    return Array.from({ length: height }, (_, row) => lineOf(row === 1 ? this.busy : "", width, glyphs, "90"));
  }

  private compareWords({ params, last }: PlanView): string {
    const changed = this.all().filter((row) => row.change !== "same").length;
    const values = last ? paramChanges(params, last).length : 0;
    return changed + values === 0
      ? "the same as the last run would do"
      : `${plural(changed, "step")} and ${plural(values, "parameter")} differ from the last run`;
  }

  private all(): readonly DiffRow[] {
    return this.plan ? diffRows(this.plan) : [];
  }

  /** Steps that are gone are rows only while comparing. */
  private choose(keep: DiffRow | undefined): void {
    this.diff = this.comparing ? this.all() : this.all().filter((row) => row.change !== "removed");
    const at = this.diff.findIndex((row) => row.row.at === keep?.row.at);
    this.selected = Math.max(0, at);
  }

  private async work(probe: boolean): Promise<void> {
    const first = this.wish.practice && !this.plan ? "starting the practice environment" : "working out the plan";
    this.busy = probe ? "carrying out the steps that only read" : first;
    this.changed();
    const found = await this.book.plan(this.wish.values, { practice: this.wish.practice, probe });
    this.busy = "";
    if (found.kind === "failed") this.tell("There is no plan", found.lines);
    else this.plan = found.value;
    this.choose(this.diff[this.selected]);
    this.changed();
  }

  private details({ row, before, change }: DiffRow): void {
    const lines = [
      `${row.at}  ${riskWord(row)}${row.asks === "no" ? "" : `, asks${row.asks === "typed" ? " for typed text" : ""}`}`,
      "",
      ...row.would,
      ...(change === "changed" ? ["", "the last run:", ...before] : []),
    ];
    void this.ask({ title: row.title, lines });
  }

  private async start(): Promise<void> {
    const rows = this.plan?.rows ?? [];
    const destructive = rows.filter((row) => row.effect === "destroy");
    const practice = "Practice: simulators on this machine. They stay up until: runsheet lab down.";
    const where = this.wish.practice ? practice : `On ${this.source.host}, for real.`;
    const lines = [
      `${where} ${plural(rows.length, "step")}.`,
      ...(this.plan?.params ?? []).map(([name, text]) => `  ${name} = ${text}`),
      ...(destructive.length > 0
        ? ["", `Destructive, each asks again: ${destructive.map((row) => row.at).join(", ")}`]
        : []),
    ];
    const options = [
      { id: "no", label: "No, not yet" },
      { id: "yes", label: this.wish.practice ? "Start the practice run" : "Start the run" },
    ];
    const title = `Start ${this.book.name}?`;
    if ((await this.ask({ title, lines, options, tone: "ask" })) !== "yes") return;
    const words = this.wish.practice ? "starting the practice environment and the run" : "starting the run";
    const started = await this.shell.during(words, this.book.start(this.wish.values, { practice: this.wish.practice }));
    if (started.kind === "failed") {
      this.tell("The run did not start", started.lines);
      return;
    }
    this.shell.home();
    const problem = await openRun(this.shell, this.source, started.value);
    if (problem) this.shell.tell(`Run ${started.value}`, problem);
  }
}

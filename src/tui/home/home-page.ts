import { FormPage } from "../form/form-page.ts";
import { HistoryPage } from "../history/history-page.ts";
import { type Key, keyLabel } from "../key.ts";
import type { RunSource } from "../run-source.ts";
import type { AppSource, BookEntry, RunEntry } from "../shell/app-source.ts";
import { movedTo } from "../shell/moves.ts";
import { Page } from "../shell/page.ts";
import type { Shell } from "../shell/shell.ts";
import { plural } from "../shell/words.ts";
import { HOME_KEYS, type HomeCommand } from "./home-keys.ts";
import { type HomeItem, homeItems, paintHome, standWords } from "./home-rows.ts";
import { changeRun, openRun, resolveRun } from "./open-run.ts";

const LOOK_EVERY_MS = 1_000;
const FIRST_FRAME_MS = 20;
const MAX_FILTER_CHARS = 60;

/** What needs somebody, what runs, and what can be started. */
export class HomePage extends Page<HomeCommand> {
  readonly bindings = HOME_KEYS;
  private readonly source: AppSource;
  /** `undefined` before the first look. */
  private runs: readonly RunEntry[] | undefined;
  private books: readonly BookEntry[] | undefined;
  private filter = "";
  private filtering = false;
  private selectedId: string | undefined;
  private leftRun: RunSource | undefined;
  private timer: NodeJS.Timeout | undefined;
  private drawn = "";

  constructor(shell: Shell, source: AppSource) {
    super(shell);
    this.source = source;
  }

  override shown(): void {
    clearInterval(this.timer);
    this.timer = setInterval(() => this.look(), LOOK_EVERY_MS);
    // The first frame comes first: there may be a thousand runs.
    if (this.runs) this.lookAround();
    else setTimeout(() => this.lookAround(), FIRST_FRAME_MS);
  }

  private lookAround(): void {
    this.look();
    this.comeBack();
    void this.source.runbooks().then((books) => {
      this.books = books;
      this.changed();
    });
  }

  override hidden(): void {
    clearInterval(this.timer);
  }

  protected headline(): string {
    const waiting = this.runs?.filter((run) => run.needsYou).length;
    const words = waiting ? `${plural(waiting, "run")} need${waiting === 1 ? "s" : ""} you` : "nothing needs you";
    return `runsheet  ${this.source.user}@${this.source.host}  ${waiting === undefined ? "" : words}`;
  }

  protected essence(): string {
    const item = this.items()[this.selected()];
    if (!item) return "no runbooks here";
    return item.kind === "run" ? `${item.run.runbook}: ${standWords(item.run.stand)}` : item.book.name;
  }

  protected override whyNot(command: HomeCommand): string | undefined {
    const item = this.items()[this.selected()];
    if (["open", "new", "plan", "history"].includes(command) && !item) return "nothing is selected";
    if (["new", "plan", "history"].includes(command) && fileOf(item) === undefined) return "its runbook is not known";
    return undefined;
  }

  protected override typing(): boolean {
    return this.filtering;
  }

  protected override take(key: Key): boolean {
    if (!this.filtering) return false;
    const label = keyLabel(key);
    if (label === "esc") {
      this.filtering = false;
      this.filter = "";
    } else if (["enter", "down", "up", "tab"].includes(label)) this.filtering = false;
    else if (label === "backspace") this.filter = [...this.filter].slice(0, -1).join("");
    else if (label === "ctrl-u") this.filter = "";
    else if (key.kind === "char" || key.kind === "paste") {
      this.filter = (this.filter + key.text.replace(/\s+/g, " ")).slice(0, MAX_FILTER_CHARS);
    }
    return true;
  }

  protected obey(command: HomeCommand): void {
    const items = this.items();
    const at = this.selected();
    const item = items[at];
    const to = movedTo(command, at, items.length);
    if (to !== undefined) this.selectedId = items[to]?.id;
    else if (command === "section") {
      const next = items.findIndex((other, index) => index > at && other.section !== item?.section);
      this.selectedId = items[Math.max(0, next)]?.id;
    } else if (command === "filter") this.filtering = true;
    else if (command === "leave") this.leave();
    else if (command === "history") {
      this.shell.open(new HistoryPage(this.shell, this.source, fileOf(item) as string, nameOf(item)));
    } else if (command === "open" && item?.kind === "run") void this.openItem(item.run);
    else void this.openForm(fileOf(item) as string, command === "plan" ? "plan" : "form");
  }

  /** The run that was shown last is selected when it needs somebody; what only a person can decide is asked at once. */
  private comeBack(): void {
    const left = this.shell.seen.at(-1);
    if (left === this.leftRun) return;
    this.leftRun = left;
    const run = this.runs?.find(({ runId, needsYou }) => runId === left?.runId && needsYou);
    if (run) this.selectedId = `run ${run.runId}`;
    if (run?.stand.kind === "context") void this.resolve(run.runId);
  }

  private leave(): void {
    if (this.filter === "") this.shell.back();
    this.filter = "";
  }

  protected rows(width: number, height: number): string[] {
    const { filter, filtering, glyphs } = this;
    const booksKnown = this.books !== undefined;
    const items = this.items();
    const selected = this.selected();
    return paintHome({ items, selected, booksKnown, filter, filtering, glyphs, nowMs: Date.now() }, width, height);
  }

  private look(): void {
    this.runs = this.source.runs();
    // Nothing is drawn when nothing is new; ages change once a minute, running times every second.
    const drawn = JSON.stringify([this.runs, Math.floor(Date.now() / 60_000)]);
    if (drawn === this.drawn && !this.runs.some((run) => run.stand.kind === "running")) return;
    this.drawn = drawn;
    this.changed();
  }

  private items(): readonly HomeItem[] {
    return homeItems({ runs: this.runs ?? [], books: this.books, filter: this.filter });
  }

  /** The row that was selected stays selected while others come and go. */
  private selected(): number {
    return Math.max(
      0,
      this.items().findIndex((item) => item.id === this.selectedId),
    );
  }

  /** Opens what is to be decided about a run; with a file: what differs in that text of its runbook. */
  async resolve(runId: string, withFile?: string): Promise<void> {
    this.selectedId = `run ${runId}`;
    const problem = withFile
      ? await changeRun(this.shell, this.source, runId, withFile)
      : await resolveRun(this.shell, this.source, runId, (question) => this.ask(question));
    if (problem) this.tell(`Run ${runId}`, problem);
  }

  private async openItem({ runId, stand }: RunEntry): Promise<void> {
    if (stand.kind === "unreadable") this.tell(`Run ${runId}`, [stand.message, `next: ${stand.hint}`]);
    else if (stand.kind === "running" || ((stand.kind === "asks" || stand.kind === "doubt") && stand.live)) {
      const problem = await openRun(this.shell, this.source, runId);
      if (problem) this.tell(`Run ${runId}`, problem);
    } else await this.resolve(runId);
  }

  private async openForm(file: string, then: "form" | "plan"): Promise<void> {
    const book = await this.shell.during("reading the runbook", this.source.openBook(file));
    if (book.kind === "failed") this.tell("This runbook cannot be used yet", book.lines);
    else this.shell.open(new FormPage(this.shell, this.source, book.value, then));
  }
}

function fileOf(item: HomeItem | undefined): string | undefined {
  return item?.kind === "run" ? item.run.file : item?.book.file;
}

function nameOf(item: HomeItem | undefined): string {
  return (item?.kind === "run" ? item.run.runbook : item?.book.name) ?? "";
}

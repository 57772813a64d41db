import { PlanPage } from "../plan/plan-page.ts";
import type { AppSource, BookSource } from "../shell/app-source.ts";
import type { Shell } from "../shell/shell.ts";
import { plural, reflowed } from "../shell/words.ts";
import { FieldsPage } from "./fields-page.ts";
import { problemOf, valuesOf } from "./form-state.ts";

/** The parameters of a new run. The plan comes next; nothing is started here. */
export class FormPage extends FieldsPage {
  protected readonly goLabel = "show the plan";
  private readonly source: AppSource;
  private readonly book: BookSource;
  private straight: boolean;

  /** `then: "plan"`: goes straight to the plan when nothing has to be typed for it. */
  constructor(shell: Shell, source: AppSource, book: BookSource, then: "form" | "plan") {
    super(shell, book.fields, (spec, text) => book.readValue(spec, text), book.lab);
    this.source = source;
    this.book = book;
    this.straight = then === "plan" || (book.fields.length === 0 && !book.lab);
  }

  override shown(): void {
    if (!this.straight) return;
    this.straight = false;
    if (this.book.fields.every((field) => problemOf(this.form, field, this.readValue) === undefined)) this.handIn();
    else this.note = "the plan wants to know these first";
  }

  protected headline(): string {
    return `runsheet  new run of ${this.book.name}${this.form.practice ? "  LAB" : ""}`;
  }

  protected override secondLine(): string {
    const { steps, destructive, fields } = this.book;
    const danger = destructive > 0 ? `, ${destructive} of them destructive` : "";
    return `${plural(steps, "step")}${danger}  ${plural(fields.length, "parameter")}`;
  }

  protected intro(): readonly string[] {
    return [reflowed(this.book.description || this.book.title)].filter(Boolean);
  }

  protected handIn(): void {
    const values = valuesOf(this.form);
    this.problems = this.book.check(values, this.form.practice);
    if (this.problems.length > 0) this.note = "these values do not make a run";
    else this.shell.open(new PlanPage(this.shell, this.source, this.book, { values, practice: this.form.practice }));
  }
}

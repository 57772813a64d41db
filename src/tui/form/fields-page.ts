import { type Key, keyLabel } from "../key.ts";
import type { BookSource, Field } from "../shell/app-source.ts";
import { Page } from "../shell/page.ts";
import type { Shell } from "../shell/shell.ts";
import { FORM_KEYS, type FormCommand } from "./form-keys.ts";
import { paintForm } from "./form-rows.ts";
import { allVisited, type FormState, formKey, newForm, problemOf, stopsOf, withLastValues } from "./form-state.ts";

/** Fields to be filled in, checked as they are written, and handed in by the button at the end. */
export abstract class FieldsPage extends Page<FormCommand> {
  readonly bindings = FORM_KEYS;
  protected form: FormState;
  protected problems: readonly string[] = [];
  protected readonly readValue: BookSource["readValue"];

  constructor(shell: Shell, fields: readonly Field[], readValue: BookSource["readValue"], canPractise: boolean) {
    super(shell);
    this.readValue = readValue;
    this.form = newForm(fields, canPractise);
  }

  protected abstract readonly goLabel: string;
  protected abstract intro(): readonly string[];
  /** All fields are right. */
  protected abstract handIn(): void;

  protected essence(): string {
    const stop = stopsOf(this.form)[this.form.focus];
    return stop?.kind === "field" ? stop.field.name : this.goLabel;
  }

  protected override typing(): boolean {
    return stopsOf(this.form)[this.form.focus]?.kind === "field";
  }

  protected override take(key: Key): boolean {
    const label = keyLabel(key);
    const onButton = stopsOf(this.form)[this.form.focus]?.kind === "go";
    if (label === "esc" || label === "ctrl-r" || (onButton && label === "enter")) return false;
    const next = formKey(this.form, key);
    if (!next) return false;
    this.note = "";
    this.problems = [];
    this.form = next;
    return true;
  }

  protected override whyNot(command: FormCommand): string | undefined {
    const stop = stopsOf(this.form)[this.form.focus];
    if (command === "last" && !(stop?.kind === "field" && stop.field.lastText !== undefined))
      return "no earlier value is known";
    if (command === "all-last" && !this.form.fields.some((field) => field.lastText !== undefined))
      return "no earlier run is known";
    return undefined;
  }

  protected obey(command: FormCommand): void {
    if (command === "leave") this.shell.back();
    if (command === "all-last") this.form = withLastValues(this.form);
    if (command === "go") this.submit();
  }

  /** Hands the form in when every field is right; else shows all that is wrong. */
  protected submit(): void {
    const problem = (field: Field): string | undefined => problemOf(this.form, field, this.readValue);
    const wrong = this.form.fields.filter((field) => problem(field) !== undefined);
    this.form = allVisited(this.form, problem);
    if (wrong.length > 0)
      this.note = `${wrong.length === 1 ? "one field is" : `${wrong.length} fields are`} not right yet`;
    else this.handIn();
  }

  protected rows(width: number, height: number): string[] {
    const { form, glyphs, readValue, goLabel, problems } = this;
    return paintForm({ form, glyphs, readValue, goLabel, problems, intro: this.intro() }, width, height);
  }
}

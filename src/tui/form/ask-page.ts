import { createElement } from "react";
import type { BookSource, Field, FieldValues } from "../shell/app-source.ts";
import { Shell } from "../shell/shell.ts";
import { ShellApp } from "../shell/shell-app.ts";
import { onStage, type StageOptions } from "../shell/stage.ts";
import { FieldsPage } from "./fields-page.ts";
import { valuesOf } from "./form-state.ts";

export type Question = {
  readonly title: string;
  readonly intro: readonly string[];
  readonly goLabel: string;
  readonly fields: readonly Field[];
  readonly readValue: BookSource["readValue"];
};

/** A form by itself. `undefined`: it was left. */
export async function askFields(options: StageOptions & Question): Promise<FieldValues | undefined> {
  let page: AskPage | undefined;
  await onStage(options, (stage) => {
    const shell = new Shell(stage);
    const asked = new AskPage(shell, options);
    page = asked;
    return {
      element: createElement(ShellApp, { shell }),
      start: () => shell.open(asked),
      stop: () => shell.stop(),
    };
  });
  return page?.values;
}

class AskPage extends FieldsPage {
  protected readonly goLabel: string;
  values: FieldValues | undefined;
  private readonly question: Question;

  constructor(shell: Shell, question: Question) {
    super(shell, question.fields, question.readValue, false);
    this.question = question;
    this.goLabel = question.goLabel;
  }

  protected headline(): string {
    return `runsheet  ${this.question.title}`;
  }

  protected intro(): readonly string[] {
    return this.question.intro;
  }

  protected handIn(): void {
    this.values = valuesOf(this.form);
    this.shell.quit();
  }
}

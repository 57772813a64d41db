import type { FieldValues, Standing } from "../shell/app-source.ts";
import type { Shell } from "../shell/shell.ts";
import { FieldsPage } from "./fields-page.ts";
import { valuesOf } from "./form-state.ts";

/** Secrets are kept nowhere, so a run that goes on asks for them again. */
export class SecretsPage extends FieldsPage {
  protected readonly goLabel = "go on";
  private readonly standing: Standing;
  private readonly carry: (secrets: FieldValues) => Promise<readonly string[] | undefined>;

  constructor(
    shell: Shell,
    standing: Standing,
    carry: (secrets: FieldValues) => Promise<readonly string[] | undefined>,
  ) {
    super(shell, standing.secrets, (_spec, text) => ({ kind: "ok", value: text }), false);
    this.standing = standing;
    this.carry = carry;
  }

  protected headline(): string {
    return `runsheet  go on with ${this.standing.runId} (${this.standing.runbook})`;
  }

  protected intro(): readonly string[] {
    return ["These secrets are kept nowhere; the run needs them typed again."];
  }

  protected handIn(): void {
    void this.carry(valuesOf(this.form)).then((problem) => {
      if (problem) this.tell("It did not go on", problem);
    });
  }
}

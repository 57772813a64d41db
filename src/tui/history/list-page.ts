import type { AppSource, ReportFormat } from "../shell/app-source.ts";
import { movedTo } from "../shell/moves.ts";
import { Page } from "../shell/page.ts";
import type { Shell } from "../shell/shell.ts";
import type { ListCommand } from "./history-keys.ts";

/** A view that is a list with one row selected. */
export abstract class ListPage extends Page<ListCommand> {
  protected readonly source: AppSource;
  protected selected = 0;

  constructor(shell: Shell, source: AppSource) {
    super(shell);
    this.source = source;
  }

  protected abstract count(): number;
  protected abstract act(command: "open" | "mark" | "export"): void;

  protected override whyNot(command: ListCommand): string | undefined {
    return ["open", "mark", "export"].includes(command) && this.count() === 0 ? "nothing is selected" : undefined;
  }

  protected obey(command: ListCommand): void {
    const to = movedTo(command, this.selected, this.count());
    if (to !== undefined) this.selected = to;
    else if (command === "leave") this.shell.back();
    else if (command === "open" || command === "mark" || command === "export") this.act(command);
  }

  protected async export(runId: string): Promise<void> {
    const options: readonly { readonly id: ReportFormat; readonly label: string }[] = [
      { id: "markdown", label: "Markdown" },
      { id: "html", label: "HTML, one page to send" },
      { id: "json", label: "JSON" },
      { id: "junit", label: "JUnit XML" },
    ];
    const lines = ["The report of the run is written into the current folder."];
    const format = await this.ask({ title: `Export ${runId}`, lines, options });
    if (format === undefined) return;
    const written = await this.source.exportReport(runId, format as ReportFormat);
    if (written.kind === "failed") this.tell("The report was not written", written.lines);
    else this.note = `written: ${written.value}`;
    this.changed();
  }
}

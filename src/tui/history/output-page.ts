import { LogPager } from "../log/pager.ts";
import type { Binding } from "../shell/binding.ts";
import { Page } from "../shell/page.ts";
import type { Shell } from "../shell/shell.ts";

type OutputCommand = "down" | "up" | "page-down" | "page-up" | "first" | "last" | "leave";

export const OUTPUT_KEYS: readonly Binding<OutputCommand>[] = [
  { keys: ["j", "down"], command: "down", short: "down", help: "a line on" },
  { keys: ["k", "up"], command: "up", short: "up", help: "a line back" },
  { keys: ["page-down", " "], command: "page-down", short: "page", help: "a page on" },
  { keys: ["page-up", "b"], command: "page-up", short: "", help: "a page back" },
  { keys: ["g", "home"], command: "first", short: "top", help: "first line" },
  { keys: ["G", "end"], command: "last", short: "end", help: "last line" },
  { keys: ["esc", "q"], command: "leave", short: "back", help: "back" },
];

/** What a step of a recorded run printed. */
export class OutputPage extends Page<OutputCommand> {
  readonly bindings = OUTPUT_KEYS;
  private readonly title: string;
  private readonly path: string;
  private readonly pager = new LogPager();

  constructor(shell: Shell, title: string, path: string) {
    super(shell);
    this.title = title;
    this.path = path;
  }

  override shown(): void {
    this.pager.open(this.path);
    this.pager.poll();
  }

  override hidden(): void {
    this.pager.close();
  }

  protected headline(): string {
    return `runsheet  output  ${this.title}`;
  }

  protected override secondLine(): string {
    return this.path;
  }

  protected essence(): string {
    return this.path;
  }

  protected obey(command: OutputCommand): void {
    if (command === "leave") this.shell.back();
    if (command === "down") this.pager.scroll(1);
    if (command === "up") this.pager.scroll(-1);
    if (command === "page-down") this.pager.scrollPages(1);
    if (command === "page-up") this.pager.scrollPages(-1);
    if (command === "first") this.pager.start();
    if (command === "last") this.pager.end();
  }

  protected rows(width: number, height: number): string[] {
    return this.pager.rows(width, height, this.glyphs.ellipsis);
  }
}

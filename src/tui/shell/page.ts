import type { DialogBox } from "../dialog/dialog-lines.ts";
import { type Key, keyLabel } from "../key.ts";
import type { Rectangle } from "../run/view.ts";
import type { Output } from "../terminal/output.ts";
import { fitText } from "../terminal/width.ts";
import type { Glyphs } from "../theme.ts";
import { type Binding, commandOf, EVERYWHERE, footerOf, helpOf } from "./binding.ts";
import { dialogBoxOf, dialogKey, type NewDialog, type PageDialog, pageDialog } from "./page-dialog.ts";
import type { Shell } from "./shell.ts";
import { flat } from "./words.ts";

/** One frame, without the cells of the body. Every text is exactly as wide as its place. */
export type PageFrame = {
  readonly header: readonly string[];
  readonly body: Rectangle | undefined;
  readonly footer: readonly string[];
  readonly dialog: DialogBox | undefined;
};

const MUTE_MS = 500;
type Everywhere = (typeof EVERYWHERE)[number]["command"];

/**
 * One view of the screen that is not a run: holds its state outside of React, judges each key in order, paints its body.
 * A view says what it shows (`headline`, `paint`), which keys it has, and what they do.
 */
export abstract class Page<C extends string = string> {
  abstract readonly bindings: readonly Binding<C>[];
  protected readonly shell: Shell;
  protected readonly glyphs: Glyphs;
  protected note = "";
  private dialog: PageDialog | undefined;
  private decide: ((option: string | undefined) => void) | undefined;
  private versions = 0;
  private readonly listeners = new Set<() => void>();

  constructor(shell: Shell) {
    this.shell = shell;
    this.glyphs = shell.stage.glyphs;
  }

  get output(): Output {
    return this.shell.stage.output;
  }

  /** The view is in front (again). */
  shown(): void {}
  /** Another view is in front, or the screen ends. */
  hidden(): void {}

  protected abstract headline(): string;
  protected secondLine(): string {
    return "";
  }
  /** The one line that matters when there is no room for more. */
  protected abstract essence(): string;
  protected abstract obey(command: C): void;
  protected abstract rows(width: number, height: number): string[];
  protected whyNot(_command: C): string | undefined {
    return undefined;
  }
  /** Letters go into a text now; `?` is one of them. */
  protected typing(): boolean {
    return false;
  }
  /** Keys that a text field takes before the table sees them. */
  protected take(_key: Key): boolean {
    return false;
  }

  readonly subscribe = (listener: () => void): (() => void) => {
    this.listeners.add(listener);
    return () => this.listeners.delete(listener);
  };
  readonly version = (): number => this.versions;

  readonly press = (key: Key): void => {
    const label = keyLabel(key);
    const everywhere = commandOf(EVERYWHERE, label);
    if (everywhere && everywhere !== "help") this.everywhere(everywhere);
    else if (this.shell.busy) return;
    else if (this.dialog) this.inDialog(this.dialog, key);
    else if (!this.take(key)) this.dispatch(label, everywhere);
    this.changed();
  };

  frame(columns: number, rows: number): PageFrame {
    const line = (text: string): string => fitText(flat(text), columns, this.glyphs.ellipsis);
    const dialog = this.dialog && dialogBoxOf(this.dialog, this.glyphs, columns, rows);
    const footer = this.shell.busy || this.note || this.footer();
    if (columns < 30 || rows < 8) {
      const small = [this.headline(), this.essence(), footer].slice(0, Math.max(1, rows));
      return { header: small.map(line), body: undefined, footer: [], dialog };
    }
    const second = this.secondLine();
    const header = [line(` ${this.headline()}`), ...(second ? [line(` ${second}`)] : [])];
    const body = { width: columns, height: rows - header.length - 1 };
    return { header, body, footer: [line(` ${footer}`)], dialog };
  }

  readonly paint = (width: number, height: number): string[] => this.rows(width, height);

  /** Shows a question or a message; resolves with the id of what was chosen. */
  protected ask(given: NewDialog): Promise<string | undefined> {
    this.decide?.(undefined);
    this.dialog = pageDialog(given);
    // Keys that were typed before this was there are not for it.
    if (this.dialog.options.length > 0) this.shell.stage.input.mute(MUTE_MS);
    this.changed();
    return new Promise((resolve) => {
      this.decide = resolve;
    });
  }

  /** A message to read. */
  tell(title: string, lines: readonly string[]): void {
    void this.ask({ title, lines, tone: "ask" });
  }

  changed(): void {
    this.versions++;
    for (const listener of this.listeners) listener();
    this.output.touch();
  }

  private footer(): string {
    return [
      footerOf(this.bindings, (command) => this.whyNot(command)),
      this.typing() ? "" : footerOf(EVERYWHERE, () => undefined),
    ].join("  ");
  }

  private inDialog(dialog: PageDialog, key: Key): void {
    const step = dialogKey(dialog, key);
    if (step.kind === "stay") this.dialog = step.dialog;
    else {
      this.dialog = undefined;
      const decide = this.decide;
      this.decide = undefined;
      decide?.(step.option);
    }
  }

  private dispatch(label: string, everywhere: Everywhere | undefined): void {
    this.note = "";
    const command = commandOf(this.bindings, label);
    const why = command === undefined ? undefined : this.whyNot(command);
    if (why !== undefined) this.note = why;
    else if (command !== undefined) this.obey(command);
    else if (everywhere !== undefined) this.everywhere(everywhere);
  }

  private everywhere(command: Everywhere): void {
    if (command === "quit") this.shell.quit();
    else if (command === "suspend") this.shell.suspend();
    else if (command === "redraw") this.output.invalidate();
    else {
      const lines = [...helpOf(this.bindings, (name) => this.whyNot(name)), ...helpOf(EVERYWHERE, () => undefined)];
      void this.ask({ title: "KEYS", lines });
    }
  }
}

import { LogPager } from "../log/pager.ts";
import { RunScreen } from "../run/run-screen.ts";
import type { RunSource } from "../run-source.ts";
import { setTitle } from "../terminal/announce.ts";
import type { SuspendTerminal } from "../terminal/session.ts";
import type { Page } from "./page.ts";
import type { Stage } from "./stage.ts";

/** What is in front: a view of ours, or the screen of a run. */
export type Front =
  | { readonly kind: "page"; readonly page: Page }
  | { readonly kind: "run"; readonly screen: RunScreen; readonly leave: () => void };

/**
 * The views that lie on each other, the last one in front. Opening and leaving views is all that it does; what they show
 * is their own business.
 */
export class Shell {
  readonly stage: Stage;
  private readonly stack: Page[] = [];
  private run: Extract<Front, { kind: "run" }> | undefined;
  private readonly listeners = new Set<() => void>();
  private readonly waiting: string[] = [];
  private suspendTerminal: SuspendTerminal | undefined;
  private exit: () => void = () => {};
  private over = false;
  private frontPage: Front | undefined;
  /** Runs that were shown, for the scrollback. */
  readonly seen: RunSource[] = [];

  constructor(stage: Stage) {
    this.stage = stage;
  }

  readonly subscribe = (listener: () => void): (() => void) => {
    this.listeners.add(listener);
    return () => this.listeners.delete(listener);
  };

  readonly front = (): Front | undefined => this.run ?? this.frontPage;

  mounted(suspend: SuspendTerminal, exit: () => void): void {
    this.suspendTerminal = suspend;
    this.stage.session.suspender = suspend;
    this.exit = exit;
    if (this.over) exit();
  }

  open(page: Page): void {
    this.stack.at(-1)?.hidden();
    this.stack.push(page);
    this.turned();
  }

  /** Leaves the view in front; leaving the last one ends the screen. */
  back(): void {
    this.stack.pop()?.hidden();
    if (this.stack.length === 0) this.quit();
    else this.turned();
  }

  /** Back to the first view. */
  home(): void {
    for (const page of this.stack.splice(1)) page.hidden();
    this.turned();
  }

  /** What is being waited for. Keys are not for the view that is about to go: they do nothing meanwhile. */
  get busy(): string {
    return this.waiting.at(-1) ?? "";
  }

  async during<T>(words: string, work: Promise<T>): Promise<T> {
    this.waiting.push(words);
    this.stack.at(-1)?.changed();
    try {
      return await work;
    } finally {
      this.waiting.splice(this.waiting.indexOf(words), 1);
      this.stack.at(-1)?.changed();
    }
  }

  /** A message to read, at whatever view is in front. */
  tell(title: string, lines: readonly string[]): void {
    this.stack.at(-1)?.tell(title, lines);
  }

  /** Shows a run until its operator leaves it. The run's own end does not close it: what happened is still to be read. */
  async showRun(source: RunSource): Promise<void> {
    this.stack.at(-1)?.hidden();
    const left = Promise.withResolvers<void>();
    const screen = new RunScreen({ ...this.stage, source, pager: new LogPager(), stay: true });
    void source.ended.then(() => screen.runEnded());
    this.run = { kind: "run", screen, leave: left.resolve };
    screen.start();
    this.turned();
    await left.promise;
    this.seen.push(source);
    screen.stop();
    this.stage.input.removeAllListeners("focus");
    this.run = undefined;
    this.turned();
  }

  quit(): void {
    this.over = true;
    this.stop();
    this.exit();
  }

  suspend(): void {
    if (this.suspendTerminal) void this.stage.session.suspend(this.suspendTerminal);
  }

  /** Ends what the views have going, before the terminal is given back. */
  stop(): void {
    this.run?.screen.stop();
    this.stack.at(-1)?.hidden();
  }

  private turned(): void {
    const page = this.stack.at(-1);
    this.frontPage = page && { kind: "page", page };
    if (!this.run && !this.over) {
      setTitle(this.stage.output, "runsheet");
      page?.shown();
    }
    for (const listener of this.listeners) listener();
    this.stage.output.invalidate();
  }
}

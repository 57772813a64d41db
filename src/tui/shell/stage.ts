import { appendFileSync } from "node:fs";
import type { ReadStream, WriteStream } from "node:tty";
import { type Instance, render } from "ink";
import type { ReactElement } from "react";
import { Input } from "../terminal/input.ts";
import { Output } from "../terminal/output.ts";
import { TerminalSession } from "../terminal/session.ts";
import { type Glyphs, glyphsFor } from "../theme.ts";
import { spareMemory } from "./spare-memory.ts";

export type StageOptions = {
  readonly input: ReadStream;
  readonly terminal: WriteStream & { readonly fd: number };
  readonly env: NodeJS.ProcessEnv;
  readonly noColor: boolean;
  /** Where writes of libraries go that would tear the screen. */
  readonly strayFile: string;
};

/** The terminal as views use it. */
export type Stage = {
  readonly output: Output;
  readonly input: Input;
  readonly session: TerminalSession;
  readonly glyphs: Glyphs;
};

/** What plays on a stage. `stop` is also called when the process is about to end by a signal. */
export type Play = { readonly element: ReactElement; start(): void; stop(): void };

/** Takes the terminal, draws until Ink's `exit` is called, and leaves the terminal as it was, whatever happens. */
export async function onStage(options: StageOptions, open: (stage: Stage) => Play): Promise<void> {
  const output = new Output({
    terminal: options.terminal,
    noColor: options.noColor,
    // The terminal is gone; the run is a process of its own and goes on.
    onGone: () => process.exit(129),
  });
  const input = new Input(options.input);
  const session = new TerminalSession(output, input, (text) => keepStray(options.strayFile, text));
  const play = open({ output, input, session, glyphs: glyphsFor(options.env) });
  const unguard = session.guard(() => play.stop());
  session.enter();
  // A window that shrank and grew again at once has lost what it showed, and its size says nothing of it.
  const redraw = (): void => output.invalidate();
  process.on("SIGWINCH", redraw);
  const stopSparing = spareMemory(() => input.quietMs);
  let ink: Instance | undefined;
  try {
    // Before Ink, which then draws one frame instead of two.
    play.start();
    ink = render(play.element, {
      stdout: output as never,
      stdin: input as never,
      debug: true,
      exitOnCtrlC: false,
      patchConsole: false,
      interactive: true,
      maxFps: 60,
    });
    await ink.waitUntilExit();
  } finally {
    stopSparing();
    process.off("SIGWINCH", redraw);
    play.stop();
    session.leave();
    input.setRawMode(false);
    input.unref();
    ink?.unmount();
    unguard();
  }
}

function keepStray(path: string, text: string): void {
  try {
    appendFileSync(path, text);
  } catch {
    // A note for developers; nobody waits for it.
  }
}

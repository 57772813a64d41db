import { appendFileSync } from "node:fs";
import type { ReadStream, WriteStream } from "node:tty";
import { render } from "ink";
import { createElement } from "react";
import type { RunOutcome } from "../domain/ports.ts";
import { LogPager } from "./log/pager.ts";
import { App } from "./run/app.ts";
import { RunScreen } from "./run/run-screen.ts";
import { exitSummary } from "./run/summary.ts";
import type { RunSource } from "./run-source.ts";
import { Input } from "./terminal/input.ts";
import { Output } from "./terminal/output.ts";
import { TerminalSession } from "./terminal/session.ts";
import { glyphsFor } from "./theme.ts";

export type ScreenOptions = {
  readonly source: RunSource;
  readonly input: ReadStream;
  readonly terminal: WriteStream & { readonly fd: number };
  readonly env: NodeJS.ProcessEnv;
  readonly noColor: boolean;
  /** Where writes of libraries go that would tear the screen. */
  readonly strayFile: string;
};

export type ScreenEnd = {
  /** `undefined`: the operator left, the run goes on. */
  readonly outcome: RunOutcome | undefined;
  /** For the scrollback, after the terminal is as it was. */
  readonly summary: readonly string[];
};

const SUMMARY_LINES = 40;

/** Opens the screen on a run and resolves when it is closed and the terminal is as it was before. */
export async function openScreen(options: ScreenOptions): Promise<ScreenEnd> {
  const { source } = options;
  const finished = Promise.withResolvers<void>();
  const output = new Output({
    terminal: options.terminal,
    noColor: options.noColor,
    // The terminal is gone; the run is a process of its own and goes on.
    onGone: () => process.exit(129),
  });
  const input = new Input(options.input);
  const session = new TerminalSession(output, input, (text) => keepStray(options.strayFile, text));
  const pager = new LogPager();
  const screen = new RunScreen({ source, output, input, session, pager, glyphs: glyphsFor(options.env) });
  const unguard = session.guard(() => screen.stop());
  session.enter();
  const ink = render(createElement(App, { model: screen }), {
    stdout: output as never,
    stdin: input as never,
    debug: true,
    exitOnCtrlC: false,
    patchConsole: false,
    interactive: true,
    maxFps: 60,
  });
  void ink.waitUntilExit().then(() => finished.resolve(), finished.reject);
  let outcome: RunOutcome | undefined;
  void source.ended.then((end) => {
    outcome = end;
    screen.runEnded();
  });
  try {
    screen.start();
    await finished.promise;
  } finally {
    screen.stop();
    session.leave();
    input.setRawMode(false);
    input.unref();
    ink.unmount();
    unguard();
  }
  const summary = exitSummary(source.state, source.logPath, (path) => lastLines(path));
  return { outcome, summary };
}

function lastLines(path: string): readonly string[] {
  const pager = new LogPager();
  pager.open(path);
  pager.poll();
  const lines = pager.lastLines(SUMMARY_LINES);
  pager.close();
  return lines;
}

function keepStray(path: string, text: string): void {
  try {
    appendFileSync(path, text);
  } catch {
    // A note for developers; nobody waits for it.
  }
}

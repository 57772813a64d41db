import { createElement } from "react";
import type { RunOutcome } from "../domain/ports.ts";
import { LogPager } from "./log/pager.ts";
import { App } from "./run/app.ts";
import { RunScreen } from "./run/run-screen.ts";
import { summaryOf } from "./run/summary.ts";
import type { RunSource } from "./run-source.ts";
import { onStage, type StageOptions } from "./shell/stage.ts";

export type ScreenOptions = StageOptions & {
  readonly source: RunSource;
  /** The run's own end does not close the screen. */
  readonly stay?: boolean;
};

export type ScreenEnd = {
  /** `undefined`: the operator left, the run goes on. */
  readonly outcome: RunOutcome | undefined;
  /** For the scrollback, after the terminal is as it was. */
  readonly summary: readonly string[];
};

/** Opens the screen on a run and resolves when it is closed and the terminal is as it was before. */
export async function openScreen(options: ScreenOptions): Promise<ScreenEnd> {
  const { source } = options;
  let outcome: RunOutcome | undefined;
  await onStage(options, (stage) => {
    const screen = new RunScreen({ ...stage, source, pager: new LogPager(), stay: options.stay ?? false });
    void source.ended.then((end) => {
      outcome = end;
      screen.runEnded();
    });
    return { element: createElement(App, { model: screen }), start: () => screen.start(), stop: () => screen.stop() };
  });
  return { outcome, summary: summaryOf(source) };
}

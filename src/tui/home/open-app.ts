import { createElement } from "react";
import { summaryOf } from "../run/summary.ts";
import type { AppSource } from "../shell/app-source.ts";
import { Shell } from "../shell/shell.ts";
import { ShellApp } from "../shell/shell-app.ts";
import { onStage, type StageOptions } from "../shell/stage.ts";
import { HomePage } from "./home-page.ts";

/** Runs whose summary stays in the scrollback; there may have been many. */
const MAX_SUMMARIES = 3;

/** Opens the home screen and resolves when it is closed, with what stays in the scrollback of the runs that were shown. */
export async function openApp(
  options: StageOptions & {
    readonly source: AppSource;
    /** A run about which something is to be decided at once. */
    readonly resolve?: { readonly runId: string; readonly withFile?: string };
  },
): Promise<readonly string[]> {
  let shell: Shell | undefined;
  await onStage(options, (stage) => {
    const opened = new Shell(stage);
    shell = opened;
    return {
      element: createElement(ShellApp, { shell: opened }),
      start: () => {
        const home = new HomePage(opened, options.source);
        opened.open(home);
        if (options.resolve) void home.resolve(options.resolve.runId, options.resolve.withFile);
      },
      stop: () => opened.stop(),
    };
  });
  const seen = new Map(shell?.seen.map((source) => [source.runId, source]));
  return [...seen.values()].slice(-MAX_SUMMARIES).flatMap((source) => [...summaryOf(source), ""]);
}

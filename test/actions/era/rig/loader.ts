import { type ChildProcess, fork } from "node:child_process";
import { once } from "node:events";
import { fileURLToPath } from "node:url";
import type { EraResult } from "../../../../src/actions/era/pipeline/process-era.ts";
import type { LoaderArguments } from "./load-process.ts";

export type Loader = {
  readonly process: ChildProcess;
  /** Its first era is about to begin. */
  readonly loading: Promise<unknown>;
  readonly results: EraResult[];
  /** Exit code, or the signal that ended it. */
  readonly ended: Promise<number | string>;
  readonly errors: () => string;
};

const SCRIPT = fileURLToPath(new URL("./load-process.ts", import.meta.url));

/** @param fault for `RUNSHEET_FAULT`: where it dies by itself */
export function startLoader(given: LoaderArguments, fault?: string): Loader {
  const env = { ...process.env, ...(fault === undefined ? {} : { RUNSHEET_FAULT: fault }) };
  const child = fork(SCRIPT, [JSON.stringify(given)], {
    execArgv: [],
    env,
    stdio: ["ignore", "ignore", "pipe", "ipc"],
  });
  const results: EraResult[] = [];
  let text = "";
  child.stderr!.on("data", (piece) => {
    text += piece;
  });
  const loading = new Promise<void>((resolve) => {
    child.on("message", (news: { kind: string; result?: EraResult }) => {
      if (news.kind === "loading") resolve();
      else results.push(news.result!);
    });
    child.once("exit", () => resolve());
  });
  const ended = once(child, "exit").then(([code, signal]) => (code ?? signal) as number | string);
  return { process: child, loading, results, ended, errors: () => text };
}

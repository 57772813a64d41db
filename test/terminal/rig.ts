import { existsSync } from "node:fs";
import { join } from "node:path";
import { afterEach, beforeEach } from "vitest";
import { listRuns, openStateDir } from "../../src/journal/index.ts";
import { Bench } from "../rig/runsheet.ts";
import { Terminal, type TerminalOptions } from "./terminal.ts";

export type TerminalRig = {
  /** New for each test. */
  readonly bench: Bench;
  /** The program in a terminal of its own, which is closed after the test. */
  open(args: readonly string[], options?: TerminalOptions): Terminal;
};

/** A bench and its terminals for the tests of a file. After each test no terminal is open, no run goes on, no file is left. */
export function terminalRig(): TerminalRig {
  let bench: Bench;
  const terminals: Terminal[] = [];
  beforeEach(() => {
    bench = new Bench();
  });
  afterEach(async () => {
    for (const terminal of terminals.splice(0)) terminal.close();
    for (const runId of goingOn(bench)) await bench.run(["stop", runId, "--now"]);
    bench.remove();
  });
  return {
    get bench() {
      return bench;
    },
    open: (args, options) => {
      const terminal = new Terminal(bench, args, options);
      terminals.push(terminal);
      return terminal;
    },
  };
}

function goingOn({ state }: Bench): readonly string[] {
  const path = join(state, "runsheet");
  if (!existsSync(path)) return [];
  const runs = listRuns(openStateDir(path, { create: false }));
  return runs.flatMap((run) => (run.kind === "run" && run.activity === "running" ? [run.runId] : []));
}

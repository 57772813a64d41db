import type { Processes } from "../domain/ports.ts";
import { createFifoPool } from "./fifo-pool.ts";
import { type Traces, tracesIn } from "./occupation.ts";
import { lastLines, outputText } from "./output-text.ts";
import { createOutputWatch } from "./output-watch.ts";
import { prepare } from "./prepare.ts";
import { probe } from "./probe.ts";
import { createRedactor } from "./redactor.ts";
import { adopt } from "./running.ts";
import { createTurns } from "./turns.ts";

export type ProcessOptions = {
  /** The environment that commands inherit. Default: this process's. */
  readonly env?: NodeJS.ProcessEnv;
  /** The POSIX shell that wrappers run under. Default `/bin/sh`. */
  readonly shell?: string;
  /**
   * Kept of each output file of an attempt; of what is longer, a quarter of this from the beginning and at least half of
   * it from the end stay. Default 1 GiB.
   */
  readonly outputCapBytes?: number;
  /** How long background processes may outstay their command before the step is called ended without them. Default 1 s. */
  readonly lingerMs?: number;
};

/** `Processes` on the machine that we run on. Linux: it reads `/proc`. */
export type LocalProcesses = Processes & {
  /** What an attempt's directory tells by itself, for comparing it with the journal. */
  traces(dir: string): Traces;
  /** Lets go of helpers and spare FIFOs. Attempts run on; the redactor ends with the last of them. */
  close(): void;
};

export function createProcesses(options: ProcessOptions = {}): LocalProcesses {
  const { env = process.env, shell = "/bin/sh", outputCapBytes = 1024 ** 3, lingerMs = 1000 } = options;
  const fifos = createFifoPool();
  const redactor = createRedactor();
  const outputs = createOutputWatch(outputCapBytes);
  const workshop = { fifos, redactor, turns: createTurns(mostAtRedactor), env, shell };
  return {
    prepare: (request) => prepare(workshop, { outputs, lingerMs }, request),
    adopt: (ref) => adopt(ref, outputs, lingerMs),
    probe: (request, limits) => probe(request, env, limits),
    output: outputText,
    tail: lastLines,
    traces: tracesIn,
    close: () => {
      fifos.close();
      redactor.close();
      outputs.close();
    },
  };
}

export { bootId, identityOf } from "./identity.ts";

/** Attempts that wait for the redactor hold a handful of descriptors each. */
const mostAtRedactor = 16;

export type { Traces } from "./occupation.ts";

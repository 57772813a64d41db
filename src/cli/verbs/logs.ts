import { createReadStream, existsSync, statSync } from "node:fs";
import { join } from "node:path";
import { setTimeout } from "node:timers/promises";
import type { ArgumentsCamelCase, CommandModule } from "yargs";
import type { StepState } from "../../domain/state.ts";
import { openStateDir } from "../../journal/index.ts";
import { printable } from "../../lib/printable.ts";
import type { GlobalOptions } from "../global-options.ts";
import { lastRun, runDirOf } from "../session/find-run.ts";
import { readState } from "../session/read-state.ts";
import { UsageError } from "../session/usage-error.ts";

type Options = GlobalOptions & {
  readonly run: string | undefined;
  readonly step: string | undefined;
  readonly follow: boolean;
  readonly raw: boolean;
  readonly err: boolean;
  readonly attempt: number | undefined;
};

export const command: CommandModule<object, Options> = {
  command: "logs [run]",
  describe: "what the commands of a run printed",
  builder: (parser) =>
    parser
      .positional("run", { type: "string", describe: "default: the last one" })
      .option("step", { type: "string", describe: "a step's address; default: every step" })
      .option("attempt", { type: "number", describe: "which attempt; default: the last" })
      .option("follow", { alias: "f", type: "boolean", default: false, describe: "go on as more is printed" })
      .option("err", { type: "boolean", default: false, describe: "standard error instead of standard output" })
      .option("raw", {
        type: "boolean",
        default: false,
        describe: "byte for byte, control characters included",
      }) as never,
  handler: async (options: ArgumentsCamelCase<Options>) => {
    const stateDir = openStateDir(options.stateDir, { create: false });
    const { runId, runDir } = options.run ? runDirOf(stateDir, options.run) : lastRun(stateDir);
    const { state } = readState(runDir);
    const steps = [...state.steps.values()].filter((step) => step.last && (!options.step || step.at === options.step));
    if (steps.length === 0) {
      throw new UsageError(
        options.step
          ? `${options.step} of run ${runId} printed nothing (or is no step)`
          : `run ${runId} printed nothing yet`,
        `runsheet status ${runId}`,
      );
    }
    for (const step of steps) {
      if (!options.step) process.stdout.write(`== ${step.at}\n`);
      if (step.last?.sensitive && !(options.step && options.raw)) {
        process.stderr.write(
          `${step.at} is sensitive: its output is not shown\n  next: runsheet logs ${runId} --step ${step.at} --raw\n`,
        );
        continue;
      }
      await print(fileOf(runDir, step, options), options, () => isRunning(runDir, step.at));
    }
  },
};

function fileOf(runDir: string, step: StepState, options: Options): string {
  const dir = (step.last as NonNullable<StepState["last"]>).dir;
  const chosen = options.attempt === undefined ? dir : dir.replace(/\.\d+$/, `.${options.attempt}`);
  return join(runDir, chosen, options.err ? "err" : "out");
}

function isRunning(runDir: string, at: string): boolean {
  return readState(runDir).state.steps.get(at)?.phase.kind === "released";
}

const LOOK_EVERY_MS = 200;

async function print(file: string, options: Options, running: () => boolean): Promise<void> {
  let offset = 0;
  for (;;) {
    const ended = !options.follow || !running();
    if (existsSync(file) && statSync(file).size > offset) offset += await copy(file, offset, options.raw);
    if (ended) return;
    await setTimeout(LOOK_EVERY_MS);
  }
}

async function copy(file: string, from: number, raw: boolean): Promise<number> {
  let bytes = 0;
  const stream = createReadStream(file, { start: from, ...(raw ? {} : { encoding: "utf8" as const }) });
  for await (const chunk of stream) {
    bytes += Buffer.byteLength(chunk);
    const shown = raw ? chunk : printable(String(chunk));
    if (!process.stdout.write(shown)) await new Promise((resolve) => process.stdout.once("drain", resolve));
  }
  return bytes;
}

import { mkdtempSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { ArgumentsCamelCase, CommandModule } from "yargs";
import { openStateDir } from "../../journal/index.ts";
import { labStatus, startLabProcess, stopLab } from "../../lab/lab-process.ts";
import { type LabPart, labParts } from "../../lab/parts.ts";
import { scenarios } from "../../lab/scenarios.ts";
import type { GlobalOptions } from "../global-options.ts";
import { labDir } from "../session/practice.ts";
import { UsageError } from "../session/usage-error.ts";

type Options = GlobalOptions & {
  readonly what: "up" | "down" | "status" | "scenarios";
  readonly parts: readonly LabPart[] | undefined;
  readonly scenario: string | undefined;
  readonly dir: string | undefined;
  readonly new: boolean;
};

export const command: CommandModule<object, Options> = {
  command: "lab <what>",
  describe: "the practice environment: up, down, status, scenarios",
  builder: (parser) =>
    parser
      .positional("what", { choices: ["up", "down", "status", "scenarios"] as const, demandOption: true })
      .option("parts", { choices: labParts, array: true, describe: "only these; default: all" })
      .option("scenario", { type: "string", describe: "with this trouble" })
      .option("dir", { type: "string", describe: "the lab's own directory; default: in the state directory" })
      .option("new", { type: "boolean", default: false, describe: "another lab, in a new directory" }) as never,
  handler: async (options: ArgumentsCamelCase<Options>) => {
    const dir = options.new
      ? mkdtempSync(join(tmpdir(), "runsheet-lab-"))
      : (options.dir ?? labDir(openStateDir(options.stateDir)));
    switch (options.what) {
      case "up":
        return up(dir, options);
      case "down":
        return down(dir);
      case "status":
        return status(dir, options);
      case "scenarios":
        for (const { name, title, remedy } of scenarios)
          process.stdout.write(`${name.padEnd(28)} ${title}\n${" ".repeat(29)}${remedy}\n`);
    }
  },
};

async function up(dir: string, options: Options): Promise<void> {
  const started = await startLabProcess({
    dir,
    ...(options.parts ? { parts: options.parts } : {}),
    ...(options.scenario === undefined ? {} : { scenario: options.scenario }),
  });
  if (started.kind === "failed") throw new UsageError(started.failure.message, started.failure.hint);
  await status(dir, options);
}

async function down(dir: string): Promise<void> {
  const stopped = await stopLab(dir);
  if (stopped.kind === "failed") throw new UsageError(stopped.failure.message, stopped.failure.hint);
  process.stderr.write(stopped.kind === "stopped" ? "the lab is down\n" : "no lab was running\n");
}

async function status(dir: string, options: Options): Promise<void> {
  const now = await labStatus(dir);
  if (!now) throw new UsageError(`no lab runs in ${dir}`, "runsheet lab up");
  if (options.json) {
    process.stdout.write(`${JSON.stringify(now)}\n`);
    return;
  }
  process.stdout.write(
    `LAB  pid ${now.pid}  ${now.dir}${now.scenarioTitle ? `  scenario: ${now.scenarioTitle}` : ""}\n`,
  );
  for (const { name, title, real, simulated } of now.parts) {
    process.stdout.write(`${name.padEnd(16)} ${title}\n  real:      ${real}\n  simulated: ${simulated}\n`);
  }
  process.stdout.write(`values for runbooks:\n${JSON.stringify(now.values, undefined, 2)}\n`);
}

import { mkdtempSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { ArgumentsCamelCase, CommandModule } from "yargs";
import { openStateDir } from "../../journal/index.ts";
import { labStatus, startLabProcess, stopLab } from "../../lab/lab-process.ts";
import { type LabPart, labParts } from "../../lab/parts.ts";
import { scenarios } from "../../lab/scenarios.ts";
import { findLab } from "../../lab/state-file.ts";
import type { GlobalOptions } from "../global-options.ts";
import { labDir } from "../session/practice.ts";
import { UsageError } from "../session/usage-error.ts";

type Options = GlobalOptions & {
  readonly what: (typeof whats)[number];
  readonly parts: readonly LabPart[] | undefined;
  readonly scenario: string | undefined;
  readonly pods: number | undefined;
  readonly dir: string | undefined;
  readonly new: boolean;
};

const whats = ["up", "down", "status", "env", "scenarios"] as const;

export const command: CommandModule<object, Options> = {
  command: "lab <what>",
  describe: "the practice environment: up, down, status, env, scenarios",
  builder: (parser) =>
    parser
      .positional("what", { choices: whats, demandOption: true })
      .option("parts", { choices: labParts, array: true, describe: "only these; default: all" })
      .option("scenario", { type: "string", describe: "with this trouble" })
      .option("pods", { type: "number", describe: "so many block-producing pods; default: 3" })
      .option("dir", { type: "string", describe: "the lab's own directory; default: in the state directory" })
      .option("new", { type: "boolean", default: false, describe: "another lab, in a new directory" })
      .example("$0 lab up --parts bp-cluster --pods 5", "five producers in a cluster")
      .example('eval "$($0 lab env)"', "kubectl, cli, su, nu and gsutil of this shell are the lab's")
      .epilogue(
        "RUNSHEET_LAB_POSTGRES=postgres://user:password@host:port/postgres: lab up keeps the scheduler units' databases there.",
      ) as never,
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
      case "env":
        return environment(dir);
      case "scenarios":
        for (const { name, title, remedy } of scenarios)
          process.stdout.write(`${name.padEnd(28)} ${title}\n${" ".repeat(29)}${remedy}\n`);
    }
  },
};

async function up(dir: string, options: Options): Promise<void> {
  const { pods, parts, scenario } = options;
  if (pods !== undefined && !(Number.isInteger(pods) && pods >= 1 && pods <= 21))
    throw new UsageError(`--pods ${pods}: must be a whole number from 1 to 21`, "runsheet lab up --pods 5");
  const postgresUrl = process.env.RUNSHEET_LAB_POSTGRES;
  const started = await startLabProcess({
    dir,
    ...(parts ? { parts } : {}),
    ...(scenario === undefined ? {} : { scenario }),
    ...(pods === undefined ? {} : { replicas: pods }),
    ...(postgresUrl ? { postgresUrl } : {}),
  });
  if (started.kind === "failed") throw new UsageError(started.failure.message, started.failure.hint);
  await status(dir, options);
}

async function down(dir: string): Promise<void> {
  const stopped = await stopLab(dir);
  if (stopped.kind === "failed") throw new UsageError(stopped.failure.message, stopped.failure.hint);
  process.stderr.write(`${said[stopped.kind]}\n`);
}

const said = {
  stopped: "the lab is down",
  cleared: "the lab had been killed; what was left of it is cleared away",
  "was-not-running": "no lab was running",
} as const;

async function status(dir: string, options: Options): Promise<void> {
  const now = await labStatus(dir);
  if (!now) throw noLab(dir);
  if (options.json) {
    process.stdout.write(`${JSON.stringify(now)}\n`);
    return;
  }
  process.stdout.write(
    `LAB  pid ${now.pid}  ${now.dir}${now.scenarioTitle ? `  scenario: ${now.scenarioTitle}` : ""}\n`,
  );
  for (const { name, title, real, simulated, now: at } of now.parts) {
    process.stdout.write(`${name.padEnd(16)} ${title}\n  real:      ${real}\n  simulated: ${simulated}\n`);
    if (at !== null) process.stdout.write(`  now:       ${JSON.stringify(at)}\n`);
  }
  process.stdout.write(`values for lab.yaml, as \${{ lab.NAME }}:\n${JSON.stringify(now.values, undefined, 2)}\n`);
  process.stdout.write(`for commands by hand: eval "$(runsheet lab env)"\n`);
}

/** Lines for a shell: afterwards kubectl and all the others reach the lab and nothing real. */
function environment(dir: string): void {
  const found = findLab(dir);
  if (found.kind !== "running") throw noLab(dir);
  const { PATH: _, ...rest } = found.state.env;
  for (const [name, value] of Object.entries(rest)) process.stdout.write(`export ${name}=${quoted(value)}\n`);
  process.stdout.write(`export PATH=${quoted(String(found.state.values.bin))}:"$PATH"\n`);
}

function quoted(text: string): string {
  return `'${text.replaceAll("'", `'\\''`)}'`;
}

function noLab(dir: string): UsageError {
  return new UsageError(`no lab runs in ${dir}`, "runsheet lab up");
}

import type { ArgumentsCamelCase, CommandModule } from "yargs";
import { questionOf, seconds } from "../../headless/index.ts";
import { openStateDir } from "../../journal/index.ts";
import { printable } from "../../lib/printable.ts";
import { type RunStatusReport, type StepReport, statusReport } from "../../report/index.ts";
import type { GlobalOptions } from "../global-options.ts";
import { nextCommands } from "../next-commands.ts";
import { lastRun, runDirOf } from "../session/find-run.ts";
import { readState } from "../session/read-state.ts";

type Options = GlobalOptions & { readonly run: string | undefined };

export const command: CommandModule<object, Options> = {
  command: "status [run]",
  describe: "where a run stands, also while it goes on",
  builder: (parser) => parser.positional("run", { type: "string", describe: "default: the last one" }) as never,
  handler: (options: ArgumentsCamelCase<Options>) => {
    const stateDir = openStateDir(options.stateDir, { create: false });
    const { runDir } = options.run ? runDirOf(stateDir, options.run) : lastRun(stateDir);
    const { state, alive } = readState(runDir);
    const report = statusReport(state, alive);
    if (options.json) process.stdout.write(`${JSON.stringify(report)}\n`);
    else process.stdout.write(`${printable(textOf(report))}\n`);
  },
};

function textOf(report: RunStatusReport): string {
  const why = report.reason ?? report.result;
  const lines = [
    `${report.run}  ${report.runbook}${report.lab ? "  LAB" : ""}  ${report.state}${why ? `: ${why}` : ""}`,
    ...(report.owner ? [`held by ${report.owner.user}@${report.owner.host}, pid ${report.owner.pid}`] : []),
    ...report.steps.map(stepLine),
    ...report.prompts.map((prompt) => `asks     ${prompt.at}: ${questionOf(prompt)}`),
    ...nextCommands(report).map((command) => `  next: ${command}`),
  ];
  return lines.join("\n");
}

function stepLine(step: StepReport): string {
  const took = step.endedMs === undefined ? "" : `  ${seconds(step.endedMs - step.startedMs)}`;
  const tries = step.attempts > 1 ? `  ${step.attempts} attempts` : "";
  const { items } = step;
  const counts = items
    ? `  ${items.done + items.skipped}/${items.total}${items.failed ? `, ${items.failed} failed` : ""}`
    : "";
  const why = step.failure ? `  ${step.failure}` : step.evidence ? `  ${step.evidence.join("; ")}` : "";
  return `${step.state.padEnd(9)}${step.at}${counts}${took}${tries}${why}`;
}

import type { ArgumentsCamelCase, CommandModule } from "yargs";
import { type ListedRun, listRuns, openStateDir } from "../../journal/index.ts";
import type { GlobalOptions } from "../global-options.ts";

export const command: CommandModule<object, GlobalOptions> = {
  command: "runs",
  describe: "list runs, the last changed first",
  handler: (options: ArgumentsCamelCase<GlobalOptions>) => {
    const runs = listRuns(openStateDir(options.stateDir, { create: false }));
    if (options.json) {
      process.stdout.write(`${JSON.stringify({ runs })}\n`);
      return;
    }
    if (runs.length === 0) process.stderr.write("no runs yet\n  next: runsheet run replay-plan\n");
    for (const run of runs) process.stdout.write(`${lineFor(run)}\n`);
  },
};

function lineFor(run: ListedRun): string {
  if (run.kind === "unreadable") return `${run.runId.padEnd(28)}  UNREADABLE  ${run.failure.message}`;
  const counts = `${run.steps.done} done${run.steps.failed ? `, ${run.steps.failed} failed` : ""}`;
  const when = new Date(run.updatedWallMs).toISOString().slice(0, 16).replace("T", " ");
  return `${run.runId.padEnd(28)}  ${stateWord(run).padEnd(24)}  ${when}  ${(run.runbook ?? "").padEnd(20)}  ${counts}`;
}

function stateWord(run: Extract<ListedRun, { kind: "run" }>): string {
  if (run.activity !== "resting") return run.openPrompts > 0 ? `${run.activity}, asks` : run.activity;
  if (run.state.kind === "paused") return `paused: ${run.state.reason.kind}`;
  return run.state.kind === "ended" ? run.state.result : run.state.kind;
}

import { z } from "zod";
import { type ActionContext, type ActionResult, defineAction } from "../../domain/action.ts";
import { type Failure, failure } from "../../domain/failure.ts";
import { pause } from "../../lib/pause.ts";
import { positiveDuration, toMs } from "../fields.ts";
import { s3Url } from "../s3/fields.ts";
import { missingKeys } from "./job-log.ts";
import { type JobReport, readJobReport } from "./job-state.ts";
import { folderUrl } from "./load-csv.ts";
import { runCommand } from "./run-command.ts";
import { StuckWatch } from "./stuck.ts";

const command = z.array(z.string()).min(1);

const params = z.strictObject({
  job: z.string().min(1).describe("name of the job, for messages"),
  status: command.describe("command that prints the job's state: JSON with `state`, `done`, `total`, or a word"),
  logs: command.describe("command that prints the job's log"),
  cache: s3Url.describe("the permanent bucket and prefix that the job reads"),
  every: positiveDuration.default("30s"),
  stuckAfter: positiveDuration.default("45m").describe("running without any progress for so long means stuck"),
  within: positiveDuration.default("1d"),
  mustFinish: z.boolean().default(false).describe("anything but finished fails the step"),
});

const outputs = z.strictObject({
  state: z.enum(["finished", "failed", "stuck"]),
  missing: z.array(z.string()).describe("directories that the job did not find"),
  done: z.int().optional(),
  total: z.int().optional(),
});

type Params = z.output<typeof params>;
type Outputs = z.output<typeof outputs>;

export const watchAction = defineAction<Params, Outputs>({
  kind: "logcache.watch",
  title: "Watch a validation job until it ends or is stuck",
  description:
    "Asks for the state of a job and reads its log. Ends when the job has finished, has failed, names a directory that does " +
    "not exist (its copy is missing), or has made no progress for `stuckAfter`. Commands that fail are asked again until " +
    "`within` is over. Reads only; an interrupted watch starts again.",
  params,
  outputs,
  effect: "read",
  repeatable: true,
  async preview(given) {
    return { grade: "described", lines: [`would ask every ${given.every}: ${given.status.join(" ")}`] };
  },
  run: watch,
});

async function watch(given: Params, context: ActionContext): Promise<ActionResult<Outputs>> {
  const cache = folderUrl(given.cache);
  const startMs = performance.now();
  const stuck = new StuckWatch(toMs(given.stuckAfter), startMs);
  let seen = "nothing yet";
  for (;;) {
    const look = await lookAt(given, context);
    if (context.signal.aborted) return stopped(given);
    if (look.kind === "failed") seen = look.reason;
    else {
      const { report, log } = look;
      const missing = missingKeys(log, cache);
      const lines = log.split("\n").length;
      seen = `${report.word}${report.total ? `, ${report.done ?? 0} of ${report.total}` : ""}`;
      context.progress({
        done: report.done ?? 0,
        ...(report.total === undefined ? {} : { total: report.total }),
        unit: "validations",
        note: `${given.job}: ${seen}`,
      });
      const isStuck = stuck.look(report, lines, performance.now());
      const state =
        report.state === "finished" || report.state === "failed" ? report.state : isStuck ? "stuck" : undefined;
      // A job that has met a missing directory will fail, however long its state still says otherwise.
      const ended = state ?? (missing.length > 0 ? "failed" : undefined);
      if (ended !== undefined) return outcome(given, context, { state: ended, missing, ...counts(report) }, log);
    }
    if (performance.now() - startMs >= toMs(given.within)) return timedOut(given, seen);
    if (!(await pause(toMs(given.every), context.signal))) return stopped(given);
  }
}

type Look =
  | { readonly kind: "ok"; readonly report: JobReport; readonly log: string }
  | { readonly kind: "failed"; readonly reason: string };

async function lookAt(given: Params, { cwd, env, signal }: ActionContext): Promise<Look> {
  const options = { cwd, env: { ...process.env, ...env }, signal };
  const status = await runCommand(given.status, options);
  if (status.code !== 0) {
    return { kind: "failed", reason: `${given.status.join(" ")} ended with ${status.code}: ${tail(status.stderr, 1)}` };
  }
  const report = readJobReport(status.stdout);
  if (!report) return { kind: "failed", reason: `no state was found in ${JSON.stringify(tail(status.stdout, 1))}` };
  const logs = await runCommand(given.logs, options);
  return { kind: "ok", report, log: logs.code === 0 ? logs.stdout : "" };
}

function counts({ done, total }: JobReport): Pick<Outputs, "done" | "total"> {
  return { ...(done === undefined ? {} : { done }), ...(total === undefined ? {} : { total }) };
}

function outcome(given: Params, context: ActionContext, outputs: Outputs, log: string): ActionResult<Outputs> {
  const { state, missing } = outputs;
  context.log(`${given.job}: ${state}`);
  for (const key of missing) context.log(`${given.job}: the directory ${key} is missing at ${given.cache}`);
  if (state !== "finished") for (const line of tail(log, 10).split("\n")) context.log(line);
  if (state === "finished" || !given.mustFinish) return { kind: "ok", outputs };
  return { kind: "failed", failure: notFinished(given, outputs, log) };
}

function notFinished({ job }: Params, { state, missing }: Outputs, log: string): Failure {
  const why = missing.length > 0 ? `; it did not find ${missing.join(", ")}` : "";
  return failure(
    `logcache-job-${state}`,
    `${job} ${state === "stuck" ? "is stuck" : "has failed"}${why}:\n${tail(log, 10)}`,
    {
      hint:
        state === "stuck"
          ? "kill it, divide its databases among jobs of their own (logcache.split), then resume the run"
          : "mend what its log says, start it again, then resume the run",
      details: { state, missing },
    },
  );
}

function timedOut({ job, within, status }: Params, seen: string): ActionResult<Outputs> {
  const message = `${job} had not ended within ${within}; last seen: ${seen}`;
  const hint = `look at it with: ${status.join(" ")}`;
  return { kind: "failed", failure: failure("logcache-watch-timeout", message, { hint }) };
}

function stopped({ job }: Params): ActionResult<Outputs> {
  return { kind: "failed", failure: failure("stopped", `watching ${job} was stopped`, { hint: "resume the run" }) };
}

function tail(text: string, lines: number): string {
  return text.trimEnd().split("\n").slice(-lines).join("\n").slice(-2000);
}

import { createWriteStream } from "node:fs";
import { Readable } from "node:stream";
import { finished } from "node:stream/promises";
import type { ArgumentsCamelCase, Argv, CommandModule } from "yargs";
import {
  backupRun,
  doctorRun,
  exportChain,
  pruneRuns,
  type VerifyReport,
  verifyRun,
} from "../../journal/care/index.ts";
import { listRuns, openStateDir, type StateDir } from "../../journal/index.ts";
import { identityOf } from "../../process/index.ts";
import { findingLines } from "../first-aid/finding.ts";
import { machine } from "../first-aid/machine.ts";
import { optionalParts } from "../first-aid/optional-parts.ts";
import { statePlace } from "../first-aid/state-place.ts";
import { thisTerminal } from "../first-aid/this-terminal.ts";
import type { GlobalOptions } from "../global-options.ts";
import { actorHere } from "../session/actor.ts";
import { runDirOf } from "../session/find-run.ts";
import { UsageError } from "../session/usage-error.ts";
import { version } from "../session/version.ts";

type Options = GlobalOptions & {
  readonly run: string | undefined;
  readonly apply: boolean;
  readonly olderThan: string | undefined;
  readonly keep: number | undefined;
  readonly dryRun: boolean;
  readonly into: string;
  readonly out: string;
};

export const command: CommandModule<object, Options> = {
  command: "state",
  describe: "look after the state directory",
  builder: (parser) =>
    parser
      .command("verify [run]", "check runs: record, hash chain, attempts, files", runPositional, verify as never)
      .command(
        "doctor [run]",
        "first aid: this machine and every run, with what to do; of one run also repairs",
        (sub) =>
          runPositional(sub).option("apply", {
            type: "boolean",
            default: false,
            describe: "do what is proposed, after copying the run",
          }),
        doctor as never,
      )
      .command(
        "prune",
        "remove old runs that have ended",
        (sub) =>
          sub
            .option("older-than", { type: "string", describe: "only runs unchanged for this long, e.g. 90d" })
            .option("keep", { type: "number", describe: "the newest runs that stay whatever their age" })
            .option("dry-run", { type: "boolean", default: false, describe: "only say what would go" }),
        prune as never,
      )
      .command(
        "backup <run> <into>",
        "copy a run, also while it goes on",
        (sub) =>
          runPositional(sub).positional("into", {
            type: "string",
            demandOption: true,
            describe: "an existing directory",
          }),
        backup as never,
      )
      .command(
        "export <run>",
        "the events with their hashes, one JSON line each",
        (sub) => runPositional(sub).option("out", { type: "string", default: "-", describe: "a file; - is stdout" }),
        exportEvents as never,
      )
      .demandCommand(1, "say what to do: verify, doctor, prune, backup or export") as never,
  handler: () => {},
};

function runPositional<T>(parser: Argv<T>): Argv<T> {
  return parser.positional("run", { type: "string", describe: "default: every run" }) as unknown as Argv<T>;
}

async function verify(options: ArgumentsCamelCase<Options>): Promise<void> {
  const reports: VerifyReport[] = [];
  for (const dir of runDirs(options)) reports.push(await verifyRun(dir));
  const exitCode = reports.some((report) => !report.ok) ? 76 : 0;
  if (options.json) process.stdout.write(`${JSON.stringify({ exitCode, runs: reports })}\n`);
  else for (const report of reports) tellReport(report);
  process.exitCode = exitCode;
}

function tellReport({ runId, ok, findings, facts }: VerifyReport): void {
  process.stdout.write(`${ok ? "ok     " : "DAMAGED"}  ${runId}  ${facts.events} events, ${facts.attempts} attempts\n`);
  for (const { severity, code, message, hint } of findings) {
    process.stdout.write(`  ${severity} ${code}: ${message}${hint ? `\n    ${hint}` : ""}\n`);
  }
  if (!ok) process.stdout.write(`  next: runsheet state doctor ${runId}\n`);
}

async function doctor(options: ArgumentsCamelCase<Options>): Promise<void> {
  const identity = identityOf(process.pid);
  const apply =
    options.apply && identity ? { apply: { actor: actorHere("doctor"), identity, version: version() } } : {};
  const place = options.run ? undefined : statePlace(options.stateDir);
  const surroundings = place ? [...machine(), ...thisTerminal(), ...place.findings, ...(await optionalParts())] : [];
  if (!options.json) for (const finding of surroundings) process.stdout.write(findingLines(finding));
  const reports = [];
  if (!place || place.stateDir) for (const dir of runDirs(options)) reports.push(await doctorRun(dir, apply));
  const exitCode = reports.some((report) => !report.verify.ok)
    ? 76
    : surroundings.some(({ verdict }) => verdict === "problem")
      ? 73
      : 0;
  process.exitCode = exitCode;
  if (options.json) {
    process.stdout.write(`${JSON.stringify({ exitCode, ...(place ? { surroundings } : {}), runs: reports })}\n`);
    return;
  }
  for (const { verify: report, repairs, beyond, copy } of reports) {
    tellReport(report);
    for (const { message, deed, loses } of repairs) {
      process.stdout.write(
        `  ${options.apply ? "did" : "would"}: ${deed} (${message})${loses ? `; loses ${loses}` : ""}\n`,
      );
    }
    for (const words of beyond) process.stdout.write(`  needs you: ${words}\n`);
    if (copy) process.stdout.write(`  untouched copy: ${copy}\n`);
    if (!options.apply && repairs.length > 0)
      process.stdout.write(`  next: runsheet state doctor ${report.runId} --apply\n`);
  }
}

async function prune(options: ArgumentsCamelCase<Options>): Promise<void> {
  const rules = {
    dryRun: options.dryRun,
    ...(options.olderThan === undefined ? {} : { olderThanMs: durationMs(options.olderThan) }),
    ...(options.keep === undefined ? {} : { keep: options.keep }),
  };
  if (options.olderThan === undefined && options.keep === undefined) {
    throw new UsageError("say which runs may go", "runsheet state prune --older-than 90d --keep 50");
  }
  const pruned = await pruneRuns(openStateDir(options.stateDir), rules);
  if (options.json) process.stdout.write(`${JSON.stringify(pruned)}\n`);
  else
    for (const runId of pruned.removed)
      process.stdout.write(`${options.dryRun ? "would remove" : "removed"}  ${runId}\n`);
}

async function backup(options: ArgumentsCamelCase<Options>): Promise<void> {
  const { runDir } = runDirOf(openStateDir(options.stateDir, { create: false }), options.run ?? "");
  const made = await backupRun(runDir, options.into);
  if (options.json) process.stdout.write(`${JSON.stringify(made)}\n`);
  else process.stdout.write(`${made.dir}\n`);
  process.exitCode = made.report.exitCode;
}

async function exportEvents(options: ArgumentsCamelCase<Options>): Promise<void> {
  const { runDir } = runDirOf(openStateDir(options.stateDir, { create: false }), options.run ?? "");
  const lines = Readable.from(withNewlines(exportChain(runDir)));
  if (options.out === "-") {
    for await (const line of lines)
      if (!process.stdout.write(line)) await new Promise((go) => process.stdout.once("drain", go));
    return;
  }
  await finished(lines.pipe(createWriteStream(options.out, { mode: 0o600 })));
}

function* withNewlines(lines: Iterable<string>): Generator<string> {
  for (const line of lines) yield `${line}\n`;
}

function runDirs(options: Options): readonly string[] {
  const stateDir: StateDir = openStateDir(options.stateDir, { create: false });
  if (options.run) return [runDirOf(stateDir, options.run).runDir];
  return listRuns(stateDir).map((run) => run.dir);
}

const unitMs: { readonly [unit: string]: number } = { m: 60_000, h: 3_600_000, d: 86_400_000, w: 604_800_000 };

function durationMs(text: string): number {
  const match = /^(\d+)([mhdw])$/.exec(text);
  const unit = unitMs[match?.[2] ?? ""];
  if (!match || unit === undefined)
    throw new UsageError(`--older-than ${text}: no duration`, "write e.g. 12h, 90d or 8w");
  return Number(match[1]) * unit;
}

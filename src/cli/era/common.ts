import type { Argv } from "yargs";
import type { Outcome } from "../../actions/era/failed.ts";
import type { EraCall } from "../../actions/era/operations.ts";
import type { Failure } from "../../domain/failure.ts";
import { printable } from "../../lib/printable.ts";
import type { GlobalOptions } from "../global-options.ts";
import { Progress } from "./progress.ts";

/** The flags that all era verbs share; the runbook's parameters have the same names. */
export type EraOptions = GlobalOptions & {
  readonly network?: string;
  readonly range?: string;
  readonly source?: string;
  readonly clickhouse?: string;
  readonly database?: string;
  readonly datasets?: string;
  readonly compat: boolean;
};

const FLAGS = {
  network: { type: "string", describe: "mainnet, gnosis, sepolia, holesky, hoodi, chiado, or a config file" },
  range: { type: "string", describe: "1082, 1082-1100 or 1082+" },
  source: { type: "string", describe: "s3://BUCKET/PREFIX, https://HOST/PATH or a directory (ERA_BASE_URL)" },
  clickhouse: { type: "string", describe: "http(s)://HOST:PORT or chdb:DIRECTORY (CLICKHOUSE_HOST, _PORT, _SECURE)" },
  database: { type: "string", describe: "default: beacon_<network> (CLICKHOUSE_DATABASE)" },
  datasets: { type: "string", describe: "only these, separated by commas; default all fifteen" },
  compat: { type: "boolean", default: false, describe: "exactly the values that era-parser writes" },
} as const;

/** Adds the shared flags that a verb uses. */
export function eraFlags(parser: Argv, names: readonly (keyof typeof FLAGS)[]): Argv {
  return names.reduce((built, name) => built.option(name, FLAGS[name]), parser);
}

/** Failures that are a matter of what was typed. */
const USAGE = new Set([
  ...["era-range", "era-network", "era-source", "era-dataset", "era-database-name", "era-setting", "era-export-format"],
  ...["clickhouse-target", "era-schema-version"],
]);

/**
 * Runs an operation: progress on stderr, its result on stdout, failures as text or JSON, and the exit code, which is what
 * `tell` returns (nothing: 0). SIGINT and
 * SIGTERM end the work cleanly; a second one ends the process.
 */
export async function carryOut<T>(
  options: GlobalOptions,
  work: (call: EraCall, progress: Progress) => Promise<Outcome<T>>,
  tell: (value: T) => unknown,
): Promise<void> {
  const stop = new AbortController();
  const progress = new Progress(process.stderr, options.quiet);
  let ended: "SIGINT" | "SIGTERM" | undefined;
  const onSignal = (signal: "SIGINT" | "SIGTERM") => {
    if (ended !== undefined) process.exit(codeOf(signal));
    ended = signal;
    progress.line(`${signal}: ending cleanly, once more ends at once`);
    stop.abort(new Error(signal));
  };
  process.on("SIGINT", onSignal);
  process.on("SIGTERM", onSignal);
  try {
    const call = {
      cwd: process.cwd(),
      env: process.env,
      signal: stop.signal,
      log: (line: string) => progress.line(line),
    };
    const outcome = await work(call, progress);
    progress.clear();
    if (outcome.kind === "ok") {
      const code = await tell(outcome.value);
      process.exitCode = typeof code === "number" ? code : 0;
    } else process.exitCode = tellFailure(outcome.failure, options.json);
    if (ended !== undefined) process.exitCode = codeOf(ended);
  } finally {
    process.off("SIGINT", onSignal);
    process.off("SIGTERM", onSignal);
    progress.clear();
  }
}

/** Returns the exit code. */
export function tellFailure(failure: Failure, json: boolean): number {
  if (json) printJson({ ok: false, failure });
  process.stderr.write(
    `runsheet: ${printable(failure.message)}\n${failure.hint ? `  next: ${printable(failure.hint)}\n` : ""}`,
  );
  return USAGE.has(failure.code) ? 2 : 1;
}

export function printJson(value: unknown): void {
  process.stdout.write(
    `${JSON.stringify(value, (_key, entry) => (typeof entry === "bigint" ? entry.toString() : entry))}\n`,
  );
}

export function printLine(line: string): void {
  process.stdout.write(`${printable(line)}\n`);
}

function codeOf(signal: "SIGINT" | "SIGTERM"): number {
  return signal === "SIGINT" ? 130 : 143;
}

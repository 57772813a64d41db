import { existsSync } from "node:fs";
import { dirname, join } from "node:path";

/** The scripts that are started by their path: processes and threads of their own. A build keeps each at its place. */
export const OWN_SCRIPTS = [
  "main",
  "process/redactor-main",
  "actions/era/decode/worker",
  "actions/clickhouse/index",
  "actions/era/index",
  "actions/file/index",
  "actions/http/index",
  "actions/log/index",
  "actions/logcache/index",
  "actions/replay/index",
  "actions/s3/index",
  "lab/lab-main",
  "lab/clickhouse/server-process",
  "lab/kube/exec/ask-lab",
  "lab/nodes/executable/main",
  "lab/stand-ins/gsutil",
  "lab/stand-ins/jobs/nu-main",
  "lab/stand-ins/postgres/psql",
  "lab/stand-ins/scheduler-unit/cli-main",
  "lab/stand-ins/scheduler-unit/ldb-main",
  "lab/stand-ins/scheduler-unit/su-main",
  "lab/stand-ins/scheduler-unit/unit-main",
] as const;

export type OwnScript = (typeof OWN_SCRIPTS)[number];

/** Absolute path of a script of ours: under `src/` in the repository, under `dist/` once built. */
export function ownScript(script: OwnScript): string {
  return import.meta.url.endsWith(".ts") ? ownFile(`src/${script}.ts`) : ownFile(`dist/${script}.js`);
}

/** Absolute path of a file that comes with the program, given as it lies in the package. */
export function ownFile(path: string): string {
  root ??= packageRoot(import.meta.dirname);
  return join(root, path);
}

let root: string | undefined;

// A bundler moves code between files, so the way up is looked for and not counted.
function packageRoot(from: string): string {
  return existsSync(join(from, "package.json")) ? from : packageRoot(dirname(from));
}

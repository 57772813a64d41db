import { chmodSync, existsSync, mkdirSync, symlinkSync, writeFileSync } from "node:fs";
import { delimiter, join } from "node:path";
import type { PodHost } from "../pod-host.ts";
import { processPrograms } from "./process-table.ts";

/** Programs of this machine that a pod may use as they are. None of them signals processes. */
const borrowed = [
  ...[
    "sh",
    "bash",
    "cat",
    "ls",
    "head",
    "tail",
    "wc",
    "grep",
    "sed",
    "awk",
    "sort",
    "uniq",
    "cut",
    "tr",
    "tee",
    "find",
  ],
  ...["du", "df", "stat", "date", "echo", "printf", "true", "false", "test", "sleep", "env", "basename", "dirname"],
  ...[
    "mkdir",
    "cp",
    "mv",
    "rm",
    "touch",
    "ln",
    "tar",
    "gzip",
    "gunzip",
    "zstd",
    "sha256sum",
    "md5sum",
    "jq",
    "sync",
    "id",
  ],
];

/** A program that the lab provides in pods: a Node script that gets the arguments. */
export type LabProgram = {
  readonly name: string;
  readonly script: string;
  readonly env: Readonly<Record<string, string>>;
};

/**
 * The `usr/bin` of a pod: links to harmless programs of this machine, `curl` that reaches the pod's ports and nothing
 * else, and scripts that ask the lab for everything about processes.
 */
export function preparePodBin(host: PodHost, programs: readonly LabProgram[], askScript: string): string {
  const bin = join(host.root, "usr", "bin");
  mkdirSync(bin, { recursive: true });
  for (const name of borrowed) {
    const found = findOnPath(name);
    if (found && !existsSync(join(bin, name))) symlinkSync(found, join(bin, name));
  }
  for (const { name, script, env } of programs) {
    const sets = Object.entries(env).map(([key, value]) => `${key}=${quoted(value)}`);
    writeScript(join(bin, name), `exec env ${sets.join(" ")} ${quoted(process.execPath)} ${quoted(script)} "$@"`);
  }
  for (const name of processPrograms) {
    writeScript(join(bin, name), `exec ${quoted(process.execPath)} ${quoted(askScript)} ${name} "$@"`);
  }
  const curl = findOnPath("curl");
  if (curl) writeScript(join(bin, "curl"), `exec ${quoted(curl)} ${curlRoutes(host).map(quoted).join(" ")} "$@"`);
  return bin;
}

/** Options that lead curl's `localhost:8888` to where the simulated node listens, and everything else nowhere. */
export function curlRoutes(host: PodHost): string[] {
  const nowhere = "127.0.0.1:1";
  const routes = [8888, 8080, 9999].flatMap((inner) => {
    const outer = host.outerPort(inner);
    const to = outer === undefined ? nowhere : `127.0.0.1:${outer}`;
    return ["localhost", "127.0.0.1"].flatMap((name) => ["--connect-to", `${name}:${inner}:${to}`]);
  });
  return [...routes, "--connect-to", `::${nowhere}`];
}

export function findOnPath(name: string): string | undefined {
  const dirs = (process.env.PATH ?? "").split(delimiter);
  return dirs.map((dir) => join(dir, name)).find((file) => existsSync(file));
}

export function quoted(text: string): string {
  return `'${text.replaceAll("'", `'\\''`)}'`;
}

function writeScript(file: string, body: string): void {
  writeFileSync(file, `#!/bin/sh\n${body}\n`);
  chmodSync(file, 0o755);
}

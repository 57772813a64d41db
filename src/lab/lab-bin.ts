import { chmodSync, mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { type OwnScript, ownScript } from "../lib/own-files.ts";
import { findOnPath, quoted } from "./kube/exec/pod-bin.ts";
import type { LabPart } from "./parts.ts";

type Program = {
  readonly name: string;
  readonly script: OwnScript;
  readonly parts: readonly LabPart[];
  readonly onlyIfAbsent?: boolean;
};

const programs: readonly Program[] = [
  { name: "nodeos", script: "lab/nodes/executable/main", parts: ["nodeos"] },
  { name: "nu", script: "lab/stand-ins/jobs/nu-main", parts: ["jobs"] },
  { name: "cli", script: "lab/stand-ins/scheduler-unit/cli-main", parts: ["scheduler-unit"] },
  { name: "su", script: "lab/stand-ins/scheduler-unit/su-main", parts: ["scheduler-unit"] },
  { name: "ldb", script: "lab/stand-ins/scheduler-unit/ldb-main", parts: ["scheduler-unit"] },
  { name: "lab-unit", script: "lab/stand-ins/scheduler-unit/unit-main", parts: ["scheduler-unit"] },
  { name: "psql", script: "lab/stand-ins/postgres/psql", parts: ["scheduler-unit"], onlyIfAbsent: true },
  { name: "gsutil", script: "lab/stand-ins/gsutil", parts: ["bp-cluster"] },
];

/** Writes the lab's `bin`: one small script per stand-in of the wanted parts, with its settings inside. Returns the directory. */
export function writeLabBin(
  dir: string,
  parts: readonly LabPart[],
  settings: Readonly<Record<string, string>>,
): string {
  const bin = join(dir, "bin");
  mkdirSync(bin, { recursive: true });
  const sets = Object.entries(settings)
    .map(([key, value]) => `${key}=${quoted(value)}`)
    .join(" ");
  for (const { name, script, parts: of, onlyIfAbsent } of programs) {
    if (!of.some((part) => parts.includes(part)) || (onlyIfAbsent && findOnPath(name))) continue;
    const file = join(bin, name);
    const path = ownScript(script);
    writeFileSync(file, `#!/bin/sh\nexec env ${sets} ${quoted(process.execPath)} ${quoted(path)} "$@"\n`, {
      mode: 0o700,
    });
    chmodSync(file, 0o700);
  }
  return bin;
}

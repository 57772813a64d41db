import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { dirname, resolve } from "node:path";
import type { Diagnostic } from "./diagnostic.ts";
import { decode } from "./yaml/bytes.ts";
import { entryOf, type Node } from "./yaml/node.ts";
import { readYaml } from "./yaml/read.ts";
import { type Report, reportFor } from "./yaml/report.ts";
import { sourceOf } from "./yaml/source.ts";

/** A file as far as it can be read without knowing its meaning. */
export type ParsedFile = {
  readonly file: string;
  readonly bytes: Uint8Array;
  readonly sha256: string;
  readonly report: Report;
  readonly node: Node | undefined;
};

/** Files that one runbook calls, directly or by another. */
const MAX_FILES = 100;

type ReadBytes = (path: string) => Uint8Array | undefined;

/** The file and all that it calls, each once. A called file that cannot be read is missing in the result. */
export function gather(file: string, bytes: Uint8Array | undefined, included: ReadBytes | undefined): Gathered {
  const files = new Map<string, ParsedFile>();
  const unreadable = new Map<string, string>();
  const open = [file];
  for (let path = open.shift(); path !== undefined; path = open.shift()) {
    if (files.has(path) || unreadable.has(path) || files.size >= MAX_FILES) continue;
    const content = path === file && bytes ? bytes : (included?.(path) ?? readOrWhy(path));
    if (typeof content === "string") {
      unreadable.set(path, content);
      continue;
    }
    const parsed = parse(path, content);
    files.set(path, parsed);
    if (parsed.node) open.push(...callsOf(parsed.node).map((called) => resolve(dirname(path as string), called)));
  }
  return { files, unreadable };
}

export type Gathered = {
  readonly files: ReadonlyMap<string, ParsedFile>;
  /** Why, by path. */
  readonly unreadable: ReadonlyMap<string, string>;
};

function readOrWhy(path: string): Uint8Array | string {
  try {
    return readFileSync(path);
  } catch (cause) {
    const { code } = cause as NodeJS.ErrnoException;
    if (code === "ENOENT" || code === "ENOTDIR") return "there is no such file";
    if (code === "EACCES" || code === "EPERM") return "it may not be read (permission denied)";
    if (code === "EISDIR") return "it is a directory";
    return (cause as Error).message;
  }
}

function parse(file: string, bytes: Uint8Array): ParsedFile {
  const sha256 = createHash("sha256").update(bytes).digest("hex");
  const decoded = decode(file, bytes);
  if (!("source" in decoded)) {
    const report = reportFor(sourceOf(file, ""));
    report.diagnostics.push(...decoded.diagnostics);
    return { file, bytes, sha256, report, node: undefined };
  }
  const report = reportFor(decoded.source);
  return { file, bytes, sha256, report, node: readYaml(report) };
}

function callsOf(root: Node): readonly string[] {
  const found: string[] = [];
  const visit = (node: Node): void => {
    if (node.kind === "list") node.items.forEach(visit);
    if (node.kind !== "map") return;
    for (const { key, value } of node.entries) {
      if (key === "call" && value.kind === "scalar" && typeof value.value === "string") found.push(value.value);
      if (key === "steps") visit(value);
    }
  };
  const steps = root.kind === "map" ? entryOf(root, "steps") : undefined;
  if (steps) visit(steps.value);
  return found;
}

export function unreadableDiagnostic(file: string, why: string): Diagnostic {
  return {
    severity: "error",
    code: "unreadable-file",
    message: `the runbook cannot be read: ${why}`,
    mend: "check the path; `runsheet` alone lists the runbooks that are known here",
    span: { file, line: 1, column: 1, length: 1 },
  };
}

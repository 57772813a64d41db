import { createHash } from "node:crypto";
import { dirname, isAbsolute, relative, resolve } from "node:path";
import type { Action } from "../domain/action.ts";
import type { Runbook } from "../domain/runbook.ts";
import type { Diagnostic } from "./diagnostic.ts";
import { createExpressionChecker } from "./expression/check.ts";
import { type Gathered, gather, type ParsedFile, unreadableDiagnostic } from "./gather.ts";
import type { CalledRunbook } from "./schema/called.ts";
import type { Context } from "./schema/context.ts";
import { NOTHING_KNOWN, readRunbook } from "./schema/runbook.ts";
import { entryOf, type Node } from "./yaml/node.ts";
import type { Range } from "./yaml/source.ts";

/** The action of that kind, built in or from a plugin. */
export type ActionLookup = (kind: string) => Action | undefined;

export type LoadOptions = {
  readonly actionOf: ActionLookup;
  /** All known kinds, for suggestions. */
  readonly actionKinds?: readonly string[];
  /** A missing reason for a step's behaviour under interruption is a warning instead of an error. */
  readonly lenient?: boolean;
  /** The content of `file` when it shall not be read from disk (resume uses the stored copy). */
  readonly bytes?: Uint8Array;
  /** The stored content of a called runbook, by absolute path; `undefined` reads it from disk. */
  readonly included?: (path: string) => Uint8Array | undefined;
  /**
   * Loads the modules named under `plugins` (absolute paths) and gives their actions, or a sentence that says why a
   * module cannot be loaded. Without it a `uses` that `actionOf` does not know is only a warning where plugins are named.
   */
  readonly loadPlugins?: (modules: readonly string[]) => Promise<LoadedPlugins>;
};

export type LoadedPlugins = {
  readonly actions: readonly Action[];
  readonly problems: readonly { readonly module: string; readonly why: string }[];
};

/** A runbook that is called by the loaded one, directly or by another. */
export type IncludedFile = { readonly file: string; readonly bytes: Uint8Array; readonly sha256: string };

export type LoadResult =
  | {
      readonly kind: "ok";
      readonly runbook: Runbook;
      readonly warnings: readonly Diagnostic[];
      readonly bytes: Uint8Array;
      /**
       * Hex. Of a runbook that calls no other: of its bytes. Else of a list with the digest and the relative path of every
       * file, so that it changes with any of them and not with the place where they all lie.
       */
      readonly sha256: string;
      readonly calls: readonly IncludedFile[];
    }
  | { readonly kind: "invalid"; readonly diagnostics: readonly Diagnostic[] };

/** Runbooks that call each other, counted along one way. */
const MAX_CALL_DEPTH = 8;

/** Reads, checks and resolves a runbook. Never throws for what a file holds; a file that cannot be read is a diagnostic. */
export async function loadRunbook(file: string, options: LoadOptions): Promise<LoadResult> {
  const path = resolve(file);
  const gathered = gather(path, options.bytes, options.included);
  const main = gathered.files.get(path);
  if (!main) {
    const why = gathered.unreadable.get(path) ?? "it cannot be read";
    return { kind: "invalid", diagnostics: [unreadableDiagnostic(path, why)] };
  }
  const plugins = await pluginsOf(gathered, options);
  const runbook = readAll(main, gathered, plugins, options);
  const diagnostics = [...gathered.files.values()].flatMap(({ report }) => [...report.diagnostics].sort(byPlace));
  if (!runbook || diagnostics.some(({ severity }) => severity === "error")) return { kind: "invalid", diagnostics };
  const calls = [...gathered.files.values()]
    .filter((parsed) => parsed !== main)
    .map(({ file, bytes, sha256 }) => ({ file, bytes, sha256 }));
  return { kind: "ok", runbook, warnings: diagnostics, bytes: main.bytes, sha256: digestOf(main, calls), calls };
}

function byPlace(a: Diagnostic, b: Diagnostic): number {
  return a.span.line - b.span.line || a.span.column - b.span.column;
}

function digestOf(main: ParsedFile, calls: readonly IncludedFile[]): string {
  if (calls.length === 0) return main.sha256;
  const lines = [main, ...calls].map(({ file, sha256 }) => `${sha256}  ${relative(dirname(main.file), file)}\n`);
  return createHash("sha256").update(lines.sort().join("")).digest("hex");
}

type Plugins = { readonly actions: ReadonlyMap<string, Action>; readonly unknown: boolean };

async function pluginsOf({ files }: Gathered, { loadPlugins }: LoadOptions): Promise<Plugins> {
  const named = [...files.values()].flatMap((parsed) => pluginEntries(parsed));
  if (named.length === 0 || !loadPlugins) return { actions: new Map(), unknown: named.length > 0 };
  const { actions, problems } = await loadPlugins([...new Set(named.map(({ module }) => module))]);
  for (const { module, why } of problems) {
    const entry = named.find((candidate) => candidate.module === module);
    entry?.parsed.report.add(entry.range, {
      code: "plugin",
      message: `the plugin cannot be loaded: ${why}`,
      mend: "the path is relative to this file; the module exports actions made with defineAction",
    });
  }
  return { actions: new Map(actions.map((action) => [action.kind, action])), unknown: problems.length > 0 };
}

function pluginEntries(parsed: ParsedFile): { module: string; range: Range; parsed: ParsedFile }[] {
  const list = parsed.node?.kind === "map" ? entryOf(parsed.node, "plugins")?.value : undefined;
  const items: readonly Node[] = list?.kind === "list" ? list.items : [];
  return items.flatMap((item) => {
    if (item.kind !== "scalar" || typeof item.value !== "string") return [];
    const local = item.value.startsWith(".") || isAbsolute(item.value);
    const module = local ? resolve(dirname(parsed.file), item.value) : item.value;
    return [{ module, range: item.range, parsed }];
  });
}

function readAll(main: ParsedFile, gathered: Gathered, plugins: Plugins, options: LoadOptions): Runbook | undefined {
  const check = createExpressionChecker();
  const done = new Map<ParsedFile, CalledRunbook | undefined>();
  const open: string[] = [];
  const read = (parsed: ParsedFile): CalledRunbook | undefined => {
    if (done.has(parsed) || !parsed.node) return done.get(parsed);
    open.push(parsed.file);
    const result = readRunbook(parsed.node, contextFor(parsed));
    open.pop();
    done.set(parsed, result);
    return result;
  };
  const contextFor = (parsed: ParsedFile): Context => ({
    report: parsed.report,
    names: NOTHING_KNOWN,
    check,
    actionOf: (kind) => options.actionOf(kind) ?? plugins.actions.get(kind),
    actionKinds: [...(options.actionKinds ?? []), ...plugins.actions.keys()],
    pluginsUnknown: plugins.unknown,
    lenient: options.lenient ?? false,
    covered: false,
    called: (path, range) => {
      const target = resolve(dirname(parsed.file), path);
      const problem = callProblem(target, open, gathered);
      if (problem === undefined) return read(gathered.files.get(target) as ParsedFile);
      parsed.report.add(range, problem);
      return undefined;
    },
  });
  return read(main)?.runbook;
}

function callProblem(target: string, open: readonly string[], { files, unreadable }: Gathered) {
  const names = (paths: readonly string[]) =>
    paths.map((path) => relative(dirname(open[0] as string), path)).join(" → ");
  if (open.includes(target)) {
    const cycle = [...open.slice(open.indexOf(target)), target];
    return {
      code: "call-cycle",
      message: `these runbooks call each other for ever: ${names(cycle)}`,
      mend: "remove one of the calls",
    };
  }
  if (open.length >= MAX_CALL_DEPTH) {
    const message = `calls are nested deeper than ${MAX_CALL_DEPTH}: ${names([...open, target])}`;
    return { code: "call-depth", message, mend: "call fewer runbooks from within each other" };
  }
  if (files.has(target)) return undefined;
  const why = unreadable.get(target) ?? "too many files are called";
  return {
    code: "call-missing",
    message: `the runbook ${target} cannot be read: ${why}`,
    mend: "the path is relative to this file: call: ./other.yaml",
  };
}

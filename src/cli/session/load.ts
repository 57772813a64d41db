import { existsSync } from "node:fs";
import { join, relative, resolve } from "node:path";
import { builtInKinds, lazyActionOf } from "../../actions/registry-lazy.ts";
import type { Action } from "../../domain/action.ts";
import { ownFile } from "../../lib/own-files.ts";
import {
  findNamedRunbook,
  formatDiagnostics,
  type LoadOptions,
  type LoadResult,
  listNamedRunbooks,
  loadRunbook,
} from "../../runbook/index.ts";
import { loadPlugins } from "./plugins.ts";
import { UsageError } from "./usage-error.ts";

/** The runbooks that come with the program. */
export const shippedRunbooks = ownFile("runbooks");

/** Where `NAME` is looked for: `runbooks/` here, then those that were shipped. */
export function runbookDirs(): readonly string[] {
  return [...new Set([resolve("runbooks"), shippedRunbooks])];
}

export type Loaded = Extract<LoadResult, { kind: "ok" }> & {
  readonly file: string;
  actionOf(kind: string): Action | undefined;
};

/** Finds the file of `FILE|NAME`. */
export async function findRunbook(fileOrName: string): Promise<string> {
  const file = resolve(fileOrName);
  if (existsSync(file)) return existsSync(join(file, "runbook.yaml")) ? join(file, "runbook.yaml") : file;
  const found = await findNamedRunbook(runbookDirs(), fileOrName);
  if (found) return found;
  const names = (await listNamedRunbooks(runbookDirs())).map(({ name }) => name).join(", ");
  throw new UsageError(`there is no runbook ${fileOrName}`, `give a file, or one of: ${names}`);
}

/** Loads a runbook and the actions that it can use; every problem of the file becomes one message with exit code 2. */
export async function loadForUse(file: string, options: Partial<LoadOptions> = {}): Promise<Loaded> {
  const { result, actionOf } = await load(file, options);
  if (result.kind === "ok") return { ...result, file, actionOf };
  const text = formatDiagnostics(result.diagnostics, { relativeTo: process.cwd() });
  const name = relative(process.cwd(), file) || file;
  throw new UsageError(`${text}\n${name}: ${result.diagnostics.length} problems`, `runsheet validate ${name}`);
}

/** Loads a runbook with built-in actions and its plugins. */
export async function load(
  file: string,
  options: Partial<LoadOptions> = {},
): Promise<{ result: LoadResult; actionOf(kind: string): Action | undefined }> {
  const plugged = new Map<string, Action>();
  const actionOf = (kind: string) => plugged.get(kind) ?? lazyActionOf(kind);
  const result = await loadRunbook(file, {
    actionOf,
    actionKinds: builtInKinds,
    loadPlugins: async (modules) => {
      const loaded = await loadPlugins(modules);
      for (const action of loaded.actions) plugged.set(action.kind, action);
      return loaded;
    },
    ...options,
  });
  return { result, actionOf };
}

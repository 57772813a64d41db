import { registerHooks } from "node:module";
import { pathToFileURL } from "node:url";
import type { Action } from "../../domain/action.ts";
import { ownFile } from "../../lib/own-files.ts";

/** Imports the modules named under `plugins`; every exported action counts, alone or in a list. */
export async function loadPlugins(
  modules: readonly string[],
): Promise<{ readonly actions: readonly Action[]; readonly problems: readonly { module: string; why: string }[] }> {
  if (modules.length > 0) resolveOurselves();
  const actions: Action[] = [];
  const problems: { module: string; why: string }[] = [];
  for (const module of modules) {
    try {
      const exported = Object.values((await import(pathToFileURL(module).href)) as Record<string, unknown>).flat();
      const found = exported.filter(isAction);
      if (found.length === 0) problems.push({ module, why: "it exports no action (see docs/plugins.md)" });
      actions.push(...found);
    } catch (error) {
      problems.push({ module, why: error instanceof Error ? error.message : String(error) });
    }
  }
  return { actions, problems };
}

let resolving = false;

/** A plugin that imports "runsheet" gets this very program, wherever its file lies and however the program was installed. */
function resolveOurselves(): void {
  if (resolving) return;
  resolving = true;
  const own = ownFile(import.meta.url.endsWith(".ts") ? "src/plugin.ts" : "dist/plugin.js");
  registerHooks({
    resolve: (specifier, context, next) =>
      specifier === "runsheet" ? { url: pathToFileURL(own).href, shortCircuit: true } : next(specifier, context),
  });
}

function isAction(value: unknown): value is Action {
  const candidate = value as Partial<Action> | null;
  return (
    typeof candidate === "object" &&
    candidate !== null &&
    typeof candidate.kind === "string" &&
    typeof candidate.run === "function" &&
    typeof candidate.preview === "function" &&
    typeof candidate.params?.safeParse === "function"
  );
}

import { pathToFileURL } from "node:url";
import type { Action } from "../../domain/action.ts";

/** Imports the modules named under `plugins`; every exported action counts, alone or in a list. */
export async function loadPlugins(
  modules: readonly string[],
): Promise<{ readonly actions: readonly Action[]; readonly problems: readonly { module: string; why: string }[] }> {
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

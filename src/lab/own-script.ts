import { existsSync } from "node:fs";
import { fileURLToPath } from "node:url";

/** Absolute path of a script of ours, written without its ending: `.ts` in the repository, `.js` once built. */
export function ownScript(from: string, path: string): string {
  const built = fileURLToPath(new URL(`${path}.js`, from));
  return existsSync(built) ? built : fileURLToPath(new URL(`${path}.ts`, from));
}

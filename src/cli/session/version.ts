import { readFileSync } from "node:fs";
import { ownFile } from "../../lib/own-files.ts";

let known: string | undefined;

/** The version of this program, from its package. */
export function version(): string {
  known ??= (JSON.parse(readFileSync(ownFile("package.json"), "utf8")) as { version: string }).version;
  return known;
}

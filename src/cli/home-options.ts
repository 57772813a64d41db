import { canShowScreen } from "./terminal.ts";

export type HomeOptions = { readonly stateDir: string | undefined; readonly color: boolean };

/** Without a verb, on a terminal that can show it, the home screen opens; anything else is left to the parser. */
export function homeOptions(argv: readonly string[]): HomeOptions | undefined {
  let stateDir: string | undefined;
  let color = true;
  for (let index = 0; index < argv.length; index++) {
    const word = argv[index] as string;
    const given = /^--state-dir=(.+)$/.exec(word)?.[1];
    if (word === "--no-color") color = false;
    else if (given !== undefined) stateDir = given;
    else if (word === "--state-dir" && argv[index + 1] !== undefined) stateDir = argv[++index];
    else return undefined;
  }
  return canShowScreen() ? { stateDir, color } : undefined;
}

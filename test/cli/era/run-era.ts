import { spawn } from "node:child_process";
import { once } from "node:events";
import { fileURLToPath } from "node:url";

const MAIN = fileURLToPath(new URL("./era-main.ts", import.meta.url));
const NO_CHDB = new URL("./no-chdb.ts", import.meta.url).href;

export type Ran = { readonly code: number | string; readonly stdout: string; readonly stderr: string };

export type RunOptions = {
  readonly cwd: string;
  readonly env?: { readonly [name: string]: string };
  readonly withoutChdb?: boolean;
  /** Told about each piece of stderr, to send a signal at the right moment. */
  readonly onStderr?: (text: string, kill: (signal: NodeJS.Signals) => void) => void;
};

/** `runsheet era <args>` as a process of its own, with an environment of its own. */
export async function runEra(args: readonly string[], options: RunOptions): Promise<Ran> {
  const { PATH = "", HOME = "", TMPDIR = "" } = process.env;
  const first = options.withoutChdb === true ? ["--import", NO_CHDB] : [];
  const child = spawn(process.execPath, [...first, MAIN, ...args], {
    cwd: options.cwd,
    env: { PATH, HOME, ...(TMPDIR === "" ? {} : { TMPDIR }), ...options.env },
    stdio: ["ignore", "pipe", "pipe"],
  });
  let [stdout, stderr] = ["", ""];
  child.stdout.on("data", (piece) => {
    stdout += piece;
  });
  child.stderr.on("data", (piece) => {
    stderr += piece;
    options.onStderr?.(stderr, (signal) => child.kill(signal));
  });
  const [code, signal] = await once(child, "close");
  return { code: (code ?? signal) as number | string, stdout, stderr };
}

import { execFile } from "node:child_process";

export type CommandResult = {
  readonly code: number | string;
  readonly stdout: string;
  readonly stderr: string;
};

const MAX_OUTPUT_BYTES = 64 * 1024 ** 2;
const TIMEOUT_MS = 120_000;

/** Runs a short command of the operator and waits for its end; never throws for what the command does. */
export function runCommand(
  [program, ...args]: readonly string[],
  options: { readonly cwd: string; readonly env: NodeJS.ProcessEnv; readonly signal: AbortSignal },
): Promise<CommandResult> {
  return new Promise((resolve) => {
    const settings = { ...options, maxBuffer: MAX_OUTPUT_BYTES, timeout: TIMEOUT_MS };
    execFile(program ?? "", args, settings, (error, stdout, stderr) => {
      resolve({
        code: error ? (error.code ?? error.signal ?? "failed") : 0,
        stdout,
        stderr: stderr || (error?.message ?? ""),
      });
    });
  });
}

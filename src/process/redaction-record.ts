import { readFileSync, writeFileSync } from "node:fs";

/**
 * Whether the output of an attempt with secrets is complete. The file is made empty before the attempt begins and written
 * when its last byte is; an attempt without secrets has none.
 */
export function redactionProblem(path: string): string | undefined {
  let text: string;
  try {
    text = readFileSync(path, "utf8");
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return undefined;
    return `it cannot be known whether the output is complete: ${(error as Error).message}`;
  }
  const lostBytes = /^done lost=(\d+)\n$/.exec(text)?.[1];
  if (lostBytes === undefined)
    return "the process that hides secrets in the output was killed: the output is incomplete";
  return lostBytes === "0" ? undefined : `${lostBytes} bytes of the output could not be written`;
}

/** Empty: not finished. */
export function beginRedaction(path: string): void {
  writeFileSync(path, "", { mode: 0o600, flag: "wx" });
}

export function finishRedaction(path: string, lostBytes: number): void {
  writeFileSync(path, `done lost=${lostBytes}\n`, { flag: "r+" });
}

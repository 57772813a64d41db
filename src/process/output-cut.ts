import { execFile } from "node:child_process";
import { readFileSync, renameSync, statSync, truncateSync, writeFileSync } from "node:fs";
import { promisify } from "node:util";

/**
 * The middle of an output file that was given up to keep the file within its limit: bytes `from` to `to` of what was
 * printed. `hole`: the file still counts them, as zeros without storage. `removed`: the file closed up over them.
 */
export type Cut = { readonly from: number; readonly to: number; readonly how: "hole" | "removed" };

/** The cut of an output file, `undefined` when it is whole. */
export function readCut(path: string): Cut | undefined {
  try {
    const cut = JSON.parse(readFileSync(cutPath(path), "utf8")) as Cut;
    const sound = Number.isSafeInteger(cut.from) && Number.isSafeInteger(cut.to) && cut.from >= 0 && cut.to >= cut.from;
    if (!sound) return undefined;
    if (cut.how === "removed") return cut;
    // Its command has truncated the file since, and the hole with it.
    return cut.how === "hole" && statSync(path).size >= cut.to ? cut : undefined;
  } catch {
    return undefined;
  }
}

/** How much was printed into a file of this size on disk. */
export function printedBytes(fileBytes: number, cut: Cut | undefined): number {
  return cut?.how === "removed" ? fileBytes + (cut.to - cut.from) : fileBytes;
}

/**
 * Gives up the bytes from `from` to `to` of a file that its writers have open for appending, while they write.
 *
 * Punches a hole (`fallocate` of util-linux), which takes nothing else away. Where program or file system cannot, the
 * file is cut off at `from`: what was printed after `to` so far is lost too, and what is printed within the same
 * microseconds is lost uncounted.
 */
export async function cutOut(path: string, from: number, to: number): Promise<void> {
  const before = readCut(path);
  if (before?.how !== "removed") {
    // Said before it is done: a reader must not take zeros for output.
    writeCut(path, { from, to, how: "hole" });
    const begin = Math.max(from, before?.to ?? 0);
    if (await punchHole(path, begin, to - begin)) return;
  }
  const printed = printedBytes(statSync(path).size, before);
  writeCut(path, { from, to: printed, how: "removed" });
  truncateSync(path, from);
}

async function punchHole(path: string, offset: number, length: number): Promise<boolean> {
  try {
    await run("fallocate", ["-p", "-o", String(offset), "-l", String(length), path]);
    return true;
  } catch {
    return false;
  }
}

/** Our own environment may hold secrets; a tool needs to be found, no more. */
const run = (program: string, args: readonly string[]): Promise<unknown> =>
  promisify(execFile)(program, args, { env: { PATH: process.env.PATH } });

function writeCut(path: string, cut: Cut): void {
  const temporary = `${cutPath(path)}.tmp`;
  writeFileSync(temporary, `${JSON.stringify(cut)}\n`, { mode: 0o600 });
  renameSync(temporary, cutPath(path));
}

function cutPath(path: string): string {
  return `${path}.cut`;
}

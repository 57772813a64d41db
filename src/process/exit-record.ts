import { readFileSync } from "node:fs";

/**
 * What the wrapper said last, at best. `blank` = the file is as we made it: the wrapper did not get through its gate.
 * `absent` = missing, torn, or of another attempt: nothing can be concluded.
 */
export type ExitRecord =
  | { readonly kind: "blank" }
  | { readonly kind: "gate-closed" }
  | { readonly kind: "begun" }
  | { readonly kind: "ended"; readonly exitCode: number }
  | { readonly kind: "absent" };

/** Written at preparation and overwritten in place; line breaks, so that lines written over it always end. */
export const blankRecord = Buffer.alloc(256, "\n");

/** Attempt ids must fit twice into the blank record and stay one word. */
export const attemptIdPattern = /^[A-Za-z0-9._:-]{1,80}$/;

/** @throws when there is a file that cannot be read now (no descriptor left, I/O error) */
export function readExitRecord(path: string, attemptId: string): ExitRecord {
  let text: string;
  try {
    text = readFileSync(path, "latin1");
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === "ENOENT" || code === "ENOTDIR") return { kind: "absent" };
    throw error;
  }
  return parseExitRecord(text, attemptId);
}

/** Lines `go`, `gate-eof` and `rc=<n>`, each followed by ` attempt=<id>`; the last of this attempt counts. */
export function parseExitRecord(text: string, attemptId: string): ExitRecord {
  const lines = text.split("\n").filter((line) => line !== "");
  if (lines.length === 0) return { kind: text.length === blankRecord.length ? "blank" : "absent" };
  let record: ExitRecord = { kind: "absent" };
  for (const line of lines) {
    const match = /^(?:(go)|(gate-eof)|rc=(\d{1,3})) attempt=(\S+)$/.exec(line);
    if (match?.[4] !== attemptId) continue;
    if (match[1]) record = { kind: "begun" };
    else if (match[2]) record = { kind: "gate-closed" };
    else record = { kind: "ended", exitCode: Number(match[3]) };
  }
  return record;
}

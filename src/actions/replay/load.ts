import { readFile, stat } from "node:fs/promises";
import { resolve } from "node:path";
import { type Failure, failure } from "../../domain/failure.ts";
import type { FileProblem, ParsedFile } from "./rows.ts";

/** A value or the reason, for the operator, why there is none. */
export type Loaded<T> =
  | { readonly kind: "ok"; readonly value: T }
  | { readonly kind: "failed"; readonly failure: Failure };

const MAX_FILE_BYTES = 256 * 1024 * 1024;
const MAX_PROBLEMS_IN_MESSAGE = 200;

/** Reads a text file of the operator. `param` names the parameter in the message; the file is shown as it was given. */
export async function loadText(param: string, file: string, cwd: string): Promise<Loaded<string>> {
  const path = resolve(cwd, file);
  try {
    const info = await stat(path);
    if (!info.isFile()) return failed("file-unreadable", `${file} (parameter "${param}") is not a file`, param, path);
    if (info.size > MAX_FILE_BYTES) {
      return failed(
        "file-too-large",
        `${file} has ${info.size} bytes; at most ${MAX_FILE_BYTES} are read`,
        param,
        path,
      );
    }
    return { kind: "ok", value: await readFile(path, "utf8") };
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code;
    const what = code === "ENOENT" ? "does not exist" : `cannot be read (${code ?? String(error)})`;
    return failed("file-unreadable", `${file} (parameter "${param}") ${what}`, param, path);
  }
}

/** Reads and parses a file of the operator; a refusal lists every problem as `file:line: reason`. */
export async function loadParsed<T>(
  param: string,
  file: string,
  cwd: string,
  parse: (text: string) => ParsedFile<T>,
): Promise<Loaded<readonly T[]>> {
  const text = await loadText(param, file, cwd);
  if (text.kind === "failed") return text;
  const parsed = parse(text.value);
  if (parsed.kind === "ok") return { kind: "ok", value: parsed.records };
  return { kind: "failed", failure: refusal(file, parsed.problems) };
}

/** All problems of one file as one failure: in the message for people, in `details` for programs. */
export function refusal(file: string, problems: readonly FileProblem[]): Failure {
  const lines = problems.map(({ line, reason }) => (line === 0 ? `${file}: ${reason}` : `${file}:${line}: ${reason}`));
  const shown = lines.slice(0, MAX_PROBLEMS_IN_MESSAGE);
  if (lines.length > shown.length) shown.push(`... and ${lines.length - shown.length} more`);
  const count = problems.length === 1 ? "1 problem" : `${problems.length} problems`;
  return failure("file-refused", `${file} has ${count}:\n${shown.join("\n")}`, {
    hint: `mend ${problems.length === 1 ? "this line" : "these lines"} of ${file}, then resume the run`,
    retryable: false,
    details: problems.slice(0, 10_000).map(({ line, reason }) => ({ file, line, reason })),
  });
}

function failed(code: string, message: string, param: string, path: string): Loaded<never> {
  const hint = `looked for ${path}; correct "${param}" or put the file there, then resume the run`;
  return { kind: "failed", failure: failure(code, message, { hint, retryable: false }) };
}

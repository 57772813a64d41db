import type { FileProblem, ParsedFile } from "../replay/rows.ts";

/** One directory of the log cache, as a line of the exported CSV names it. */
export type CacheLocation = {
  /** Counts from 1. */
  readonly line: number;
  /** Below the bucket or prefix that is copied from, without slashes at its ends: `4FUNeUsqSRqxORFm0aJ-jA`. */
  readonly key: string;
  /** What the line calls it: its first quoted text that is no location; undefined when there is none. */
  readonly name: string | undefined;
};

export type DuplicateLocation = { readonly key: string; readonly lines: readonly number[] };

/** Quoted fields with doubled quotes inside, or bare fields without any (RFC 4180). */
const CSV_LINE = /^(?:"(?:[^"]|"")*"|[^",]*)(?:,(?:"(?:[^"]|"")*"|[^",]*))*$/;
const MAX_KEY_CHARS = 1000;

/**
 * Reads the CSV that the notebook exports: every line is quoted, and holds locations in quotes, of which each begins with
 * `from` (`s3://bucket/` or `s3://bucket/prefix/`). Anything else is refused, line by line. The keys found are those that
 * `grep "s3:\/\/BUCKET\/\K([^\"]*)" -oP` finds.
 */
export function parseLogCacheCsv(text: string, from: string): ParsedFile<CacheLocation> {
  const records: CacheLocation[] = [];
  const problems: FileProblem[] = [];
  const lines = text.replace(/^\uFEFF/, "").split("\n");
  if (lines.at(-1) === "") lines.pop();
  if (lines.length === 0) problems.push({ line: 0, reason: "it is empty" });
  for (const [index, raw] of lines.entries()) {
    const line = index + 1;
    const found = readLine(raw.replace(/\r$/, ""), from);
    if (found.kind === "refused") problems.push({ line, reason: found.reason });
    else for (const key of found.keys) records.push({ line, key, name: found.name });
  }
  return problems.length > 0 ? { kind: "refused", problems } : { kind: "ok", records };
}

/** Locations that more than one line names, in the order of their first line. */
export function duplicateLocations(locations: readonly CacheLocation[]): DuplicateLocation[] {
  const lines = new Map<string, number[]>();
  for (const { key, line } of locations) lines.set(key, [...(lines.get(key) ?? []), line]);
  return [...lines].filter(([, of]) => of.length > 1).map(([key, of]) => ({ key, lines: of }));
}

type ReadLine =
  | { readonly kind: "ok"; readonly keys: readonly string[]; readonly name: string | undefined }
  | { readonly kind: "refused"; readonly reason: string };

function readLine(line: string, from: string): ReadLine {
  if (line.trim() === "") return refused("it is blank");
  if (!line.startsWith('"') || !line.endsWith('"') || line.length < 2) return refused("it is not in quotes");
  if (!CSV_LINE.test(line)) return refused("its quotes do not fit together");
  const keys: string[] = [];
  for (const { index } of line.matchAll(/s3[an]?:\/\//g)) {
    const end = line.indexOf('"', index);
    if (line[index - 1] !== '"' || end < 0) return refused("a location has no quotes around it");
    const location = line.slice(index, end);
    if (!location.startsWith(from)) return refused(`${shorten(location)} is not in ${from}`);
    const key = location.slice(from.length).replace(/\/+$/, "");
    if (key === "") return refused(`${shorten(location)} names no directory`);
    if (!isPlainKey(key)) return refused(`${shorten(location)} is no directory name`);
    keys.push(key);
  }
  if (keys.length === 0) return refused(`it names no location in ${from}`);
  const quoted = line.slice(1, -1).match(/""[^"]+""/g) ?? [];
  const name = quoted.map((one) => one.slice(2, -2)).find((one) => !/^s3[an]?:\/\//.test(one));
  return { kind: "ok", keys, name };
}

/** No white space, control characters or path tricks; cache keys are base64url in directories. */
function isPlainKey(key: string): boolean {
  const segments = key.split("/");
  return key.length <= MAX_KEY_CHARS && segments.every((one) => /^[\w.=+@:-]+$/.test(one) && !/^\.+$/.test(one));
}

function refused(reason: string): ReadLine {
  return { kind: "refused", reason };
}

function shorten(text: string): string {
  return JSON.stringify(text.length > 80 ? `${text.slice(0, 80)}…` : text);
}

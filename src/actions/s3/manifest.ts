import { createReadStream } from "node:fs";
import { createInterface } from "node:readline";
import { z } from "zod";
import { compareUtf8 } from "../../lib/compare-utf8.ts";
import type { Entry, EntryPages } from "./entry.ts";
import { failAll } from "./failed.ts";

const jsonLine = z.object({
  key: z.string().min(1),
  sizeBytes: z.int().nonnegative(),
  etag: z.string().optional(),
  modified: z.string().optional(),
});

/** Sizes are not known to a list of MD5 sums. */
export const UNKNOWN_SIZE = -1;

const PAGE = 1000;
const MAX_UNSORTED = 1_000_000;
const MAX_LINE_CHARS = 16 * 1024;

/**
 * Reads a manifest: the JSON lines that `s3.list` writes, or the lines of `md5sum` (MD5, two spaces, name). Every line is
 * checked; malformed ones are refused with file:line. Sorted files of any length are streamed; unsorted ones are sorted
 * in memory, up to a million lines.
 */
export async function* readManifest(path: string): EntryPages {
  const sorted = await isSorted(path);
  if (sorted.ordered) {
    let page: Entry[] = [];
    for await (const entry of entries(path)) {
      page.push(entry);
      if (page.length < PAGE) continue;
      yield page;
      page = [];
    }
    if (page.length > 0) yield page;
    return;
  }
  if (sorted.lines > MAX_UNSORTED) {
    throw failAll("manifest-unsorted", `${path} has ${sorted.lines} lines that are not in the order of their keys`, {
      hint: "sort it by the bytes of the keys (`LC_ALL=C sort`), or split it",
      retryable: false,
    });
  }
  const all: Entry[] = [];
  for await (const entry of entries(path)) all.push(entry);
  all.sort((a, b) => compareUtf8(a.key, b.key));
  const double = all.find((entry, index) => entry.key === all[index - 1]?.key);
  if (double) throw failAll("manifest-double-key", `${path} names ${double.key} twice`, { retryable: false });
  yield all;
}

/** A pass of its own, so that the comparison can be streamed. */
async function isSorted(path: string): Promise<{ ordered: boolean; lines: number }> {
  let before: string | undefined;
  let ordered = true;
  let lines = 0;
  for await (const { key } of entries(path)) {
    lines++;
    if (before !== undefined && compareUtf8(before, key) >= 0) ordered = false;
    before = key;
  }
  return { ordered, lines };
}

async function* entries(path: string): AsyncGenerator<Entry> {
  const lines = createInterface({ input: createReadStream(path), crlfDelay: Number.POSITIVE_INFINITY });
  let number = 0;
  for await (const line of lines) {
    number++;
    if (line.trim() === "") continue;
    const entry = line.length <= MAX_LINE_CHARS ? parseLine(line) : undefined;
    if (!entry) {
      throw failAll(
        "manifest-malformed",
        `${path}:${number}: neither a JSON line of s3.list nor a line of md5sum: ${line.slice(0, 80)}`,
        {
          hint: 'lines look like {"key":"a/b","sizeBytes":12,"etag":"…"}, or an MD5, two spaces and a name',
          retryable: false,
        },
      );
    }
    yield entry;
  }
}

function parseLine(line: string): Entry | undefined {
  const sum = /^([0-9a-f]{32}) [ *](.+)$/.exec(line);
  if (sum) return { key: sum[2]!.replace(/^\.\//, ""), sizeBytes: UNKNOWN_SIZE, etag: sum[1]!, modifiedMs: 0 };
  try {
    const { key, sizeBytes, etag, modified } = jsonLine.parse(JSON.parse(line));
    return { key, sizeBytes, etag: etag ?? "", modifiedMs: modified === undefined ? 0 : Date.parse(modified) };
  } catch {
    return undefined;
  }
}

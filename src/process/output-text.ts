import { type FileHandle, open } from "node:fs/promises";
import { attemptPaths, type OutputStream } from "./attempt-dir.ts";
import { type Cut, printedBytes, readCut } from "./output-cut.ts";

/** Bytes of a file that are looked at for its last lines, and the longest line that is shown whole. */
const tailBytes = 256 * 1024;
const longestLine = 4096;

/**
 * The beginning of what an attempt printed, as text: bytes that are no UTF-8 become U+FFFD. What was cut out of a long
 * output is replaced by one line that says so. An attempt without output gives an empty text.
 */
export async function outputText(
  dir: string,
  stream: OutputStream,
  maxBytes: number,
): Promise<{ text: string; truncated: boolean }> {
  const path = attemptPaths(dir)[stream];
  return withFile(path, { text: "", truncated: false }, async (file) => {
    const cut = readCut(path);
    const { size } = await file.stat();
    const keptBytes = printedBytes(size, cut) - (cut ? cut.to - cut.from : 0);
    const bytes = await readKept(file, cut, 0, Math.min(keptBytes, maxBytes));
    const truncated = keptBytes > maxBytes;
    const whole = truncated ? withoutBrokenEnd(bytes) : bytes;
    if (!cut || whole.length <= cut.from) return { text: decode(whole), truncated };
    const gap = `\n${gapLine(cut)}\n`;
    return { text: decode(whole.subarray(0, cut.from)) + gap + decode(whole.subarray(cut.from)), truncated };
  });
}

/**
 * The last lines that an attempt printed. Where it printed to both streams, each gives half (more if the other has less),
 * the one that was written last comes last. Lines are at most 4,096 characters, then cut in the middle.
 */
export async function lastLines(dir: string, lines: number): Promise<readonly string[]> {
  const paths = attemptPaths(dir);
  const [out, err] = await Promise.all([lastOf(paths.out, lines), lastOf(paths.err, lines)]);
  const half = Math.ceil(lines / 2);
  const fromErr = Math.min(err.lines.length, Math.max(half, lines - out.lines.length));
  const fromOut = Math.min(out.lines.length, lines - fromErr);
  const [outLines, errLines] = [lastFew(out.lines, fromOut), lastFew(err.lines, fromErr)];
  return out.writtenMs > err.writtenMs ? [...errLines, ...outLines] : [...outLines, ...errLines];
}

async function lastOf(path: string, lines: number): Promise<{ lines: string[]; writtenMs: number }> {
  return withFile(path, { lines: [], writtenMs: 0 }, async (file) => {
    const cut = readCut(path);
    const { size, mtimeMs } = await file.stat();
    const keptBytes = printedBytes(size, cut) - (cut ? cut.to - cut.from : 0);
    const from = Math.max(0, keptBytes - tailBytes);
    const bytes = await readKept(file, cut, from, keptBytes - from);
    const text = decode(from > 0 ? withoutBrokenStart(bytes) : bytes).replace(/\r?\n$/, "");
    const all = text === "" ? [] : text.split(/\r?\n/);
    return { lines: lastFew(all, lines).map(shorten), writtenMs: mtimeMs };
  });
}

/** Reads from what is kept, as if it stood together. */
async function readKept(file: FileHandle, cut: Cut | undefined, from: number, length: number): Promise<Buffer> {
  const buffer = Buffer.alloc(length);
  let filled = 0;
  while (filled < length) {
    const position = from + filled;
    const beforeGap = cut?.how === "hole" && position < cut.from;
    const shift = cut?.how === "hole" && position >= cut.from ? cut.to - cut.from : 0;
    const most = beforeGap ? Math.min(length - filled, cut.from - position) : length - filled;
    const { bytesRead } = await file.read(buffer, filled, most, position + shift);
    if (bytesRead === 0) break;
    filled += bytesRead;
  }
  return buffer.subarray(0, filled);
}

async function withFile<T>(path: string, missing: T, read: (file: FileHandle) => Promise<T>): Promise<T> {
  let file: FileHandle;
  try {
    file = await open(path, "r");
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return missing;
    throw error;
  }
  try {
    return await read(file);
  } finally {
    await file.close();
  }
}

function gapLine(cut: Cut): string {
  return `[… ${cut.to - cut.from} bytes were given up here: the output was longer than its limit …]`;
}

function decode(bytes: Buffer): string {
  return bytes.toString("utf8");
}

/** Without the beginning of a character whose rest was cut off. */
function withoutBrokenEnd(bytes: Buffer): Buffer {
  for (let back = 1; back <= Math.min(3, bytes.length); back++) {
    const byte = bytes[bytes.length - back]!;
    if ((byte & 0xc0) === 0x80) continue;
    const wanted = byte >= 0xf0 ? 4 : byte >= 0xe0 ? 3 : byte >= 0xc0 ? 2 : 1;
    return wanted > back ? bytes.subarray(0, bytes.length - back) : bytes;
  }
  return bytes;
}

function withoutBrokenStart(bytes: Buffer): Buffer {
  let start = 0;
  while (start < Math.min(3, bytes.length) && (bytes[start]! & 0xc0) === 0x80) start++;
  return bytes.subarray(start);
}

function shorten(line: string): string {
  if (line.length <= longestLine) return line;
  const half = longestLine / 2;
  return `${line.slice(0, half)} [… ${line.length - longestLine} more …] ${line.slice(-half)}`;
}

function lastFew(lines: readonly string[], count: number): string[] {
  return count <= 0 ? [] : lines.slice(-count);
}

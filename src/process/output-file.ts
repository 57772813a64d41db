import { createHash, type Hash } from "node:crypto";
import { readFileSync, statSync } from "node:fs";
import { type FileHandle, open } from "node:fs/promises";
import { type Cut, cutOut, printedBytes, readCut } from "./output-cut.ts";

/**
 * One output file of an attempt while something writes it. Nobody stands between the writer and the file: this looks at it
 * from time to time, hashes what is new and cuts out the middle of what is too long.
 *
 * O1: work is bounded by what is new since the last look. O2: bytes are hashed before they are cut, or there is no hash.
 */
export class OutputFile {
  private readonly path: string;
  private readonly capBytes: number;
  private hash: Hash | undefined = createHash("sha256");
  private hashedBytes = 0;
  /** The beginning as it was hashed: a file that was truncated and has grown again begins differently. */
  private beginning = Buffer.alloc(0);
  private working: Promise<void> = Promise.resolve();

  constructor(path: string, capBytes: number) {
    this.path = path;
    this.capBytes = capBytes;
    // Hashes of what an earlier executor cut out are gone with it.
    if (readCut(path)) this.hash = undefined;
  }

  /** Called while the attempt runs. */
  look(): Promise<void> {
    const unseen = this.size() - this.hashedBytes;
    if (this.hash && unseen >= 0 && unseen < Math.min(lookAheadBytes, this.capBytes / 8)) return this.working;
    return this.inTurn(() => this.keepUp());
  }

  /**
   * How things stand, with the hash of everything if nothing writes any more.
   *
   * @param stillWritten somebody may go on writing: a hash would not hold
   */
  async summary(stillWritten: boolean): Promise<FileSummary> {
    try {
      return await this.fullSummary(stillWritten);
    } catch {
      // An output that cannot be read (any more) must not keep the outcome from being known.
      return { bytes: this.hashedBytes, droppedBytes: 0 };
    }
  }

  private async fullSummary(stillWritten: boolean): Promise<FileSummary> {
    if (this.hashedBytes === 0 && !stillWritten && this.size() <= smallBytes) return this.smallSummary();
    await this.inTurn(async () => {
      await this.keepUp();
      if (!stillWritten) await this.hashUpTo(this.size());
      if (!(await this.beginsAsBefore())) this.hash = undefined;
    });
    const cut = readCut(this.path);
    const bytes = printedBytes(this.size(), cut);
    const whole = this.hash !== undefined && this.hashedBytes === bytes && !stillWritten;
    return {
      bytes,
      droppedBytes: cut ? cut.to - cut.from : 0,
      ...(whole ? { sha256: this.hash!.copy().digest("hex") } : {}),
    };
  }

  private smallSummary(): FileSummary {
    const cut = readCut(this.path);
    if (cut) return { bytes: printedBytes(this.size(), cut), droppedBytes: cut.to - cut.from };
    const bytes = readIfThere(this.path);
    return { bytes: bytes.length, droppedBytes: 0, sha256: createHash("sha256").update(bytes).digest("hex") };
  }

  private async keepUp(): Promise<void> {
    const cut = readCut(this.path);
    const printed = printedBytes(this.size(), cut);
    if (printed < this.hashedBytes) this.startAgain();
    await this.hashUpTo(printed);
    const from = cut?.from ?? alignDown(this.capBytes / 4);
    const to = alignDown(printed - this.capBytes / 2);
    if (this.isTooLong(cut) && to > from) await cutOut(this.path, from, to);
    if (readCut(this.path)?.how === "removed") this.hash = undefined;
  }

  /** A quarter is kept of the beginning and at least a half of the end, so cuts come a quarter apart at most. */
  private isTooLong(cut: Cut | undefined): boolean {
    const kept = printedBytes(this.size(), cut) - (cut ? cut.to - cut.from : 0);
    return kept > this.capBytes;
  }

  /** Somebody opened the file anew and truncated it (`> /dev/stdout`): it begins again. */
  private startAgain(): void {
    this.hash = readCut(this.path) ? undefined : createHash("sha256");
    this.hashedBytes = 0;
  }

  private async hashUpTo(end: number): Promise<void> {
    if (!this.hash || this.hashedBytes >= end) return;
    const file = await open(this.path, "r");
    try {
      await this.hashFrom(file, end);
    } finally {
      await file.close();
    }
  }

  private async beginsAsBefore(): Promise<boolean> {
    if (this.hashedBytes === 0) return true;
    const file = await open(this.path, "r");
    try {
      const now = Buffer.alloc(this.beginning.length);
      await file.read(now, 0, now.length, 0);
      return now.equals(this.beginning);
    } finally {
      await file.close();
    }
  }

  private async hashFrom(file: FileHandle, end: number): Promise<void> {
    const buffer = Buffer.allocUnsafe(readBytes);
    while (this.hash && this.hashedBytes < end) {
      const { bytesRead } = await file.read(buffer, 0, Math.min(readBytes, end - this.hashedBytes), this.hashedBytes);
      if (bytesRead === 0) return;
      this.hash.update(buffer.subarray(0, bytesRead));
      if (this.hashedBytes === 0) this.beginning = Buffer.from(buffer.subarray(0, Math.min(bytesRead, blockBytes)));
      this.hashedBytes += bytesRead;
      // A writer that is faster than hashing is not held up, and the limit comes first: it loses its hash.
      const backlog = this.size() - this.hashedBytes;
      if (backlog > this.capBytes / 2 && this.isTooLong(readCut(this.path))) this.hash = undefined;
    }
  }

  /** The writing of the file is not ours, but two cuts at once would be. */
  private inTurn(work: () => Promise<void>): Promise<void> {
    this.working = this.working.then(work, work);
    return this.working;
  }

  private size(): number {
    return statSync(this.path, { throwIfNoEntry: false })?.size ?? 0;
  }
}

export type FileSummary = { readonly bytes: number; readonly droppedBytes: number; readonly sha256?: string };

/** Short outputs, nearly all of them, are hashed once at their end, at once. */
const smallBytes = 256 * 1024;
const lookAheadBytes = 16 * 1024 * 1024;
const readBytes = 1024 * 1024;
const blockBytes = 4096;

function alignDown(position: number): number {
  return Math.floor(position / blockBytes) * blockBytes;
}

function readIfThere(path: string): Buffer {
  try {
    return readFileSync(path);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return Buffer.alloc(0);
    throw error;
  }
}

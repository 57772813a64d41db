import {
  appendFileSync,
  closeSync,
  existsSync,
  mkdirSync,
  openSync,
  readdirSync,
  readSync,
  renameSync,
  rmSync,
  statSync,
} from "node:fs";
import { isAbsolute, join } from "node:path";
import type { Block } from "./block.ts";

export type BlockLogOptions = {
  /** The `blocks` directory of the node. */
  readonly dir: string;
  readonly chainId: string;
  /** `blocks-log-stride`: when a block number is a multiple, the log is closed and kept as a file of its own. */
  readonly stride?: number;
  /** `blocks-retained-dir`, relative to `dir`. Default: `dir` itself. */
  readonly retainedDir?: string;
  /** `blocks-archive-dir`: where files beyond `maxRetainedFiles` go; without it they are deleted. */
  readonly archiveDir?: string;
  readonly maxRetainedFiles?: number;
};

/**
 * The block log of nodeos: `blocks.log` (header, then one entry per block, each followed by its position) and
 * `blocks.index` (eight bytes per block). With a stride, finished pieces become `blocks-FIRST-LAST.{log,index}`.
 *
 * The framing is that of the real format, version 3; the entries hold a simulated header in place of a block.
 */
export type BlockLog = {
  /** First block of the current file, or undefined while it is empty. */
  first(): number | undefined;
  last(): number | undefined;
  append(block: Block): void;
  /** Writes what is buffered. */
  flush(): void;
};

const headerBytes = 4 + 4 + 32 + 8;
const entryBytes = 32 + 4 + 8 + 2 + 82 + 8;
const flushAtBytes = 256 * 1024;

export function openBlockLog(options: BlockLogOptions): BlockLog {
  const logFile = join(options.dir, "blocks.log");
  const indexFile = join(options.dir, "blocks.index");
  const retainedDir = inside(options.dir, options.retainedDir ?? ".");
  mkdirSync(retainedDir, { recursive: true });
  let { first, last } = readExtent(logFile, indexFile);
  let sizeBytes = existsSync(logFile) ? statSync(logFile).size : 0;
  let pendingLog: Buffer[] = [];
  let pendingIndex: Buffer[] = [];
  let pendingBytes = 0;
  return { first: () => first, last: () => last, append, flush };

  function append(block: Block) {
    if (last !== undefined && block.num !== last + 1) startOver();
    if (first === undefined) {
      first = block.num;
      push(header(block.num, options.chainId), undefined);
    }
    const position = BigInt(sizeBytes);
    push(entry(block, position), position);
    last = block.num;
    if (options.stride && block.num % options.stride === 0) retire();
    else if (pendingBytes > flushAtBytes) flush();
  }

  function push(bytes: Buffer, position: bigint | undefined) {
    pendingLog.push(bytes);
    pendingBytes += bytes.length;
    sizeBytes += bytes.length;
    if (position === undefined) return;
    const slot = Buffer.alloc(8);
    slot.writeBigUInt64LE(position);
    pendingIndex.push(slot);
  }

  function flush() {
    if (pendingBytes === 0) return;
    appendFileSync(logFile, Buffer.concat(pendingLog));
    appendFileSync(indexFile, Buffer.concat(pendingIndex));
    pendingLog = [];
    pendingIndex = [];
    pendingBytes = 0;
  }

  function retire() {
    flush();
    const name = `blocks-${first}-${last}`;
    // The index first: whoever waits for the .log finds its index beside it.
    renameSync(indexFile, join(retainedDir, `${name}.index`));
    renameSync(logFile, join(retainedDir, `${name}.log`));
    first = undefined;
    sizeBytes = 0;
    limitRetained(retainedDir, options);
  }

  /** The node jumped (snapshot, restore): the old file cannot be continued. */
  function startOver() {
    flush();
    rmSync(logFile, { force: true });
    rmSync(indexFile, { force: true });
    first = undefined;
    last = undefined;
    sizeBytes = 0;
  }
}

function limitRetained(dir: string, { dir: blocksDir, archiveDir, maxRetainedFiles }: BlockLogOptions) {
  if (maxRetainedFiles === undefined) return;
  const logs = readdirSync(dir)
    .flatMap((name) => {
      const match = /^blocks-(\d+)-\d+\.log$/.exec(name);
      return match ? [{ name, first: Number(match[1]) }] : [];
    })
    .sort((a, b) => a.first - b.first);
  for (const { name } of logs.slice(0, Math.max(0, logs.length - maxRetainedFiles))) {
    for (const file of [name, name.replace(/\.log$/, ".index")]) {
      if (archiveDir === undefined) rmSync(join(dir, file), { force: true });
      else {
        const archive = inside(blocksDir, archiveDir);
        mkdirSync(archive, { recursive: true });
        renameSync(join(dir, file), join(archive, file));
      }
    }
  }
}

function readExtent(logFile: string, indexFile: string): { first: number | undefined; last: number | undefined } {
  if (!existsSync(logFile) || !existsSync(indexFile)) return { first: undefined, last: undefined };
  const count = Math.floor(statSync(indexFile).size / 8);
  if (count === 0) return { first: undefined, last: undefined };
  const head = Buffer.alloc(8);
  const fd = openSync(logFile, "r");
  readSync(fd, head, 0, 8, 0);
  closeSync(fd);
  const first = head.readUInt32LE(4);
  return { first, last: first + count - 1 };
}

function header(first: number, chainId: string): Buffer {
  const bytes = Buffer.alloc(headerBytes);
  bytes.writeUInt32LE(3, 0);
  bytes.writeUInt32LE(first, 4);
  bytes.write(chainId, 8, "hex");
  bytes.fill(0xff, 40);
  return bytes;
}

function entry(block: Block, position: bigint): Buffer {
  const bytes = Buffer.alloc(entryBytes);
  bytes.write(block.id, 0, "hex");
  bytes.writeUInt32LE(block.num, 32);
  bytes.writeBigUInt64LE(BigInt(block.timeMs), 36);
  bytes.writeUInt16LE(block.trxs, 44);
  bytes.write(block.producer, 46, "ascii");
  bytes.writeBigUInt64LE(position, entryBytes - 8);
  return bytes;
}

function inside(dir: string, path: string): string {
  return isAbsolute(path) ? path : join(dir, path);
}

import { closeSync, constants, openSync, readSync, writeSync } from "node:fs";
import { Socket } from "node:net";
import { createInterface } from "node:readline";
import { createMask, type Mask } from "../lib/mask.ts";
import { finishRedaction } from "./redaction-record.ts";
import type { RedactorReply, RedactorRequest } from "./redactor-protocol.ts";

/*
 * A process of its own between commands that know secrets and their output files. It outlives the executor: it ends when
 * the executor has gone and the last command has closed its output. Secrets come in through a pipe, never by arguments or
 * environment.
 *
 * R1: nothing is written that has not passed the mask. R2: a command is never held up or ended because its output cannot
 * be stored; what is lost is counted and named in the file.
 */

const readWithoutWaiting = constants.O_RDONLY | constants.O_NONBLOCK;
const holdOpen = constants.O_RDWR | constants.O_NONBLOCK;

let open = 0;
let executorGone = false;

for (const signal of ["SIGHUP", "SIGINT", "SIGQUIT", "SIGTERM", "SIGUSR1", "SIGUSR2", "SIGALRM"] as const) {
  process.on(signal, () => {});
}
process.stdout.on("error", () => {});

const requests = createInterface({ input: process.stdin });
requests.on("line", (line) => {
  const request = JSON.parse(line) as RedactorRequest;
  reply(attach(request));
});
requests.on("close", () => {
  executorGone = true;
  endWhenIdle();
});

function attach(request: RedactorRequest): RedactorReply {
  const opened: number[] = [];
  try {
    const mask = maskFor(request.secrets);
    const alive = openSync(request.alive, holdOpen);
    opened.push(alive);
    const pairs = request.streams.map(({ from, to }) => {
      const source = openSync(from, readWithoutWaiting);
      opened.push(source);
      const target = openSync(to, "a", 0o600);
      opened.push(target);
      return { source, target };
    });
    open++;
    let streams = pairs.length;
    let lostBytes = 0;
    for (const { source, target } of pairs) {
      redact(source, target, mask, (lost) => {
        streams--;
        lostBytes += lost;
        if (streams > 0) return;
        say(request.record, lostBytes);
        closeSync(alive);
        open--;
        endWhenIdle();
      });
    }
    return { id: request.id };
  } catch (error) {
    for (const descriptor of opened) closeSync(descriptor);
    return { id: request.id, problem: (error as Error).message };
  }
}

function redact(source: number, target: number, mask: Mask, done: (lostBytes: number) => void): void {
  const stream = mask.stream();
  const writer = createWriter(target);
  // A writer that went before we looked is never announced as gone: the first look is ours.
  const first = readWhatIsThere(source);
  if (first !== undefined) writer.write(stream.push(first));
  if (first?.length === 0) {
    closeSync(source);
    closeSync(target);
    done(0);
    return;
  }
  const socket = new Socket({ fd: source, readable: true, writable: false });
  socket.on("data", (chunk: Buffer) => writer.write(stream.push(chunk)));
  socket.on("end", () => socket.destroy());
  socket.on("error", () => {});
  socket.on("close", () => {
    writer.write(stream.end());
    closeSync(target);
    done(writer.lostBytes());
  });
}

/** Empty when there is no writer, `undefined` when there is one that has written nothing yet. */
function readWhatIsThere(source: number): Buffer | undefined {
  const buffer = Buffer.alloc(64 * 1024);
  try {
    return buffer.subarray(0, readSync(source, buffer, 0, buffer.length, null));
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "EAGAIN") return undefined;
    throw error;
  }
}

type Writer = { write(bytes: Uint8Array): void; lostBytes(): number };

function createWriter(target: number): Writer {
  let lostBytes = 0;
  let untold = 0;
  return {
    write: (bytes) => {
      if (bytes.length === 0) return;
      try {
        if (untold > 0) writeAll(target, Buffer.from(`\n[… ${untold} bytes of output could not be written here …]\n`));
        untold = 0;
        writeAll(target, bytes);
      } catch {
        lostBytes += bytes.length;
        untold += bytes.length;
      }
    },
    lostBytes: () => lostBytes,
  };
}

function say(record: string, lostBytes: number): void {
  try {
    finishRedaction(record, lostBytes);
  } catch {
    // Unsaid is as good as incomplete.
  }
}

function writeAll(target: number, bytes: Uint8Array): void {
  for (let written = 0; written < bytes.length; ) written += writeSync(target, bytes, written);
}

let lastMask: { readonly key: string; readonly mask: Mask } | undefined;

/** Runs have one set of secrets, or a few that follow each other. */
function maskFor(secrets: readonly string[]): Mask {
  const key = JSON.stringify(secrets);
  if (lastMask?.key !== key) lastMask = { key, mask: createMask(secrets) };
  return lastMask.mask;
}

function reply(message: RedactorReply): void {
  if (!executorGone) process.stdout.write(`${JSON.stringify(message)}\n`);
}

function endWhenIdle(): void {
  if (executorGone && open === 0) process.exit(0);
}

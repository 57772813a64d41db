import { type ChildProcess, spawn } from "node:child_process";
import { constants, openSync, rmSync } from "node:fs";
import type { Socket } from "node:net";
import { join } from "node:path";
import type { AttemptRequest } from "../domain/ports.ts";
import { faultPoint } from "../lib/fault-point.ts";
import { type AttemptPaths, closeAll, openAttemptFiles } from "./attempt-dir.ts";
import type { FifoPool } from "./fifo-pool.ts";
import { cookies } from "./process-table.ts";
import { beginRedaction } from "./redaction-record.ts";
import type { Redactor } from "./redactor.ts";
import type { Turns } from "./turns.ts";
import { aliveDescriptor, exitDescriptor, gateDescriptor, wrapperArguments } from "./wrapper.ts";

/** What launching draws on. */
export type Workshop = {
  readonly fifos: FifoPool;
  readonly redactor: Redactor;
  /** Bounds the attempts that hold descriptors while they wait for the redactor. */
  readonly turns: Turns;
  readonly env: NodeJS.ProcessEnv;
  readonly shell: string;
};

/**
 * Starts the wrapper of an attempt whose directory and FIFO are there. Its output goes straight into the files; or, where
 * that would not do, into FIFOs that the redactor reads.
 *
 * @throws the operating system's error, with nothing left open
 */
export function launch(workshop: Workshop, request: AttemptRequest, paths: AttemptPaths): Promise<ChildProcess> {
  const secrets = [...new Set([...request.secrets, ...Object.values(request.command.secretEnv)])].filter(Boolean);
  if (secrets.length === 0 && !opensItsOutput(request)) return launchDirectly(workshop, request, paths);
  return workshop.turns.take(() => launchRedacted(workshop, request, paths, secrets));
}

/** Nothing waits between opening and closing: any number at once needs the descriptors of one. */
function launchDirectly(workshop: Workshop, request: AttemptRequest, paths: AttemptPaths): Promise<ChildProcess> {
  const descriptors: number[] = [];
  try {
    const { out, err, exit, alive } = openAll(paths, descriptors);
    return started(spawnWrapper(workshop, request, { out, err, exit, alive }));
  } finally {
    closeAll(descriptors);
  }
}

async function launchRedacted(
  workshop: Workshop,
  request: AttemptRequest,
  paths: AttemptPaths,
  secrets: readonly string[],
): Promise<ChildProcess> {
  const streams = [
    { from: join(paths.dir, "out.pipe"), to: paths.out },
    { from: join(paths.dir, "err.pipe"), to: paths.err },
  ];
  for (const { from } of streams) await workshop.fifos.place(from);
  const descriptors: number[] = [];
  try {
    const { exit, alive } = openAll(paths, descriptors);
    // Held for reading and writing until the wrapper has its end: no open waits, and no reader sees an early end.
    for (const { from } of streams) descriptors.push(openSync(from, "r+"));
    beginRedaction(paths.redaction);
    await workshop.redactor.attach({ alive: paths.alive, streams, secrets, record: paths.redaction });
    const [out, err] = streams.map(({ from }) => {
      // Write only: a command whose redactor died must get an error, not a pipe that fills.
      const descriptor = openSync(from, constants.O_WRONLY);
      descriptors.push(descriptor);
      rmSync(from);
      return descriptor;
    });
    return await started(spawnWrapper(workshop, request, { out: out as number, err: err as number, exit, alive }));
  } finally {
    closeAll(descriptors);
  }
}

/** `> /dev/stderr` truncates a file, and with it what was printed before; a FIFO it does not hurt. */
function opensItsOutput({ command }: AttemptRequest): boolean {
  return command.argv.some((word) => /\/dev\/(?:stdout|stderr|fd\/[12])\b/.test(word));
}

type WrapperDescriptors = { readonly out: number; readonly err: number; readonly exit: number; readonly alive: number };

function openAll(paths: AttemptPaths, opened: number[]): WrapperDescriptors {
  const files = openAttemptFiles(paths);
  opened.push(files.out, files.err, files.exit);
  const alive = openSync(paths.alive, "r+");
  opened.push(alive);
  return { ...files, alive };
}

function spawnWrapper(
  { env, shell }: Workshop,
  request: AttemptRequest,
  descriptors: WrapperDescriptors,
): ChildProcess {
  const stdio: ("ignore" | "pipe" | number)[] = ["ignore", descriptors.out, descriptors.err];
  stdio[gateDescriptor] = "pipe";
  stdio[exitDescriptor] = descriptors.exit;
  stdio[aliveDescriptor] = descriptors.alive;
  faultPoint("process.before-spawn");
  return spawn(shell, wrapperArguments(request.command.argv, request.dieWithExecutor), {
    cwd: request.cwd,
    detached: true,
    env: { ...env, ...request.env, ...request.command.secretEnv, ...cookies(request.attemptId, env) },
    stdio,
  });
}

/** Node reports some failures to start later, as an event. */
function started(child: ChildProcess): Promise<ChildProcess> {
  if (child.pid !== undefined) return Promise.resolve(child);
  return new Promise((_resolve, reject) => {
    child.once("error", reject);
  });
}

/** Our end of the gate. */
export function gateOf(child: ChildProcess): Socket {
  return child.stdio[gateDescriptor] as Socket;
}

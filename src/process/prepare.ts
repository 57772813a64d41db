import { type ChildProcess, spawn } from "node:child_process";
import { constants, openSync, rmSync, statSync } from "node:fs";
import type { Socket } from "node:net";
import { join } from "node:path";
import type { ProcessIdentity } from "../domain/attempt.ts";
import { type Failure, failure } from "../domain/failure.ts";
import type { AttemptRequest, GatedAttempt } from "../domain/ports.ts";
import { faultPoint } from "../lib/fault-point.ts";
import type { Attempt } from "./attempt.ts";
import { type AttemptPaths, attemptPaths, closeAll, createAttemptDir, openAttemptFiles } from "./attempt-dir.ts";
import { attemptIdPattern } from "./exit-record.ts";
import type { FifoPool } from "./fifo-pool.ts";
import { identityOf } from "./identity.ts";
import { occupation } from "./occupation.ts";
import type { OutputWatch } from "./output-watch.ts";
import { cookies } from "./process-table.ts";
import { beginRedaction } from "./redaction-record.ts";
import type { Redactor } from "./redactor.ts";
import { runningAttempt } from "./running.ts";
import { aliveDescriptor, exitDescriptor, gateDescriptor, wrapperArguments } from "./wrapper.ts";

/** What preparation draws on. */
export type Workshop = {
  readonly fifos: FifoPool;
  readonly redactor: Redactor;
  readonly outputs: OutputWatch;
  readonly env: NodeJS.ProcessEnv;
  readonly shell: string;
  readonly lingerMs: number;
};

export type Prepared =
  | { readonly kind: "ready"; readonly attempt: GatedAttempt }
  | { readonly kind: "failed"; readonly failure: Failure };

/**
 * Starts the wrapper of an attempt, which then waits at its gate. The FIFO that says "alive" is handed to it at birth, so
 * from the moment it exists its attempt can be found.
 */
export async function prepare(workshop: Workshop, request: AttemptRequest): Promise<Prepared> {
  if (!attemptIdPattern.test(request.attemptId)) throw new Error(`not an attempt id: ${request.attemptId}`);
  const paths = attemptPaths(request.dir);
  const problem = commandProblem(request) ?? (await occupation(paths));
  if (problem) return { kind: "failed", failure: problem };
  const descriptors: number[] = [];
  try {
    faultPoint("process.before-dir");
    createAttemptDir(paths);
    await workshop.fifos.place(paths.alive);
    const files = openAttemptFiles(paths);
    descriptors.push(files.out, files.err, files.exit);
    const alive = openSync(paths.alive, "r+");
    descriptors.push(alive);
    const output = await outputDescriptors(workshop, request, paths, files, descriptors);
    faultPoint("process.before-spawn");
    const child = startWrapper(workshop, request, { ...output, exit: files.exit, alive });
    const identity = await identityOrError(child);
    faultPoint("process.gated");
    return { kind: "ready", attempt: gated(workshop, { attemptId: request.attemptId, paths, identity }, child) };
  } catch (error) {
    return { kind: "failed", failure: startFailure(request, error as NodeJS.ErrnoException) };
  } finally {
    closeAll(descriptors);
  }
}

/** Straight into the files; or, where that would not do, into FIFOs that the redactor reads. */
async function outputDescriptors(
  { fifos, redactor }: Workshop,
  request: AttemptRequest,
  paths: AttemptPaths,
  files: { readonly out: number; readonly err: number },
  descriptors: number[],
): Promise<{ readonly out: number; readonly err: number }> {
  const secrets = [...new Set([...request.secrets, ...Object.values(request.command.secretEnv)])].filter(Boolean);
  if (secrets.length === 0 && !opensItsOutput(request)) return files;
  const streams = [
    { from: join(paths.dir, "out.pipe"), to: paths.out },
    { from: join(paths.dir, "err.pipe"), to: paths.err },
  ];
  for (const { from } of streams) {
    await fifos.place(from);
    // Held for reading and writing until the wrapper has its end: no open waits, and no reader sees an early end.
    descriptors.push(openSync(from, "r+"));
  }
  beginRedaction(paths.redaction);
  await redactor.attach({ alive: paths.alive, streams, secrets, record: paths.redaction });
  const [out, err] = streams.map(({ from }) => {
    // Write only: a command whose redactor died must get an error, not a pipe that fills.
    const descriptor = openSync(from, constants.O_WRONLY);
    descriptors.push(descriptor);
    rmSync(from);
    return descriptor;
  });
  return { out: out as number, err: err as number };
}

/** `> /dev/stderr` truncates a file, and with it what was printed before; a FIFO it does not hurt. */
function opensItsOutput({ command }: AttemptRequest): boolean {
  return command.argv.some((word) => /\/dev\/(?:stdout|stderr|fd\/[12])\b/.test(word));
}

type WrapperDescriptors = { readonly out: number; readonly err: number; readonly exit: number; readonly alive: number };

function startWrapper(
  { env, shell }: Workshop,
  request: AttemptRequest,
  descriptors: WrapperDescriptors,
): ChildProcess {
  const stdio: ("ignore" | "pipe" | number)[] = ["ignore", descriptors.out, descriptors.err];
  stdio[gateDescriptor] = "pipe";
  stdio[exitDescriptor] = descriptors.exit;
  stdio[aliveDescriptor] = descriptors.alive;
  return spawn(shell, wrapperArguments(request.command.argv, request.dieWithExecutor), {
    cwd: request.cwd,
    detached: true,
    env: { ...env, ...request.env, ...request.command.secretEnv, ...cookies(request.attemptId, env) },
    stdio,
  });
}

async function identityOrError(child: ChildProcess): Promise<ProcessIdentity> {
  if (child.pid === undefined) {
    throw await new Promise<Error>((resolve) => {
      child.once("error", resolve);
    });
  }
  // A child that nobody has waited for keeps its entry, even when it has ended.
  return identityOf(child.pid) as ProcessIdentity;
}

function gated(workshop: Workshop, attempt: Attempt, child: ChildProcess): GatedAttempt {
  const gate = child.stdio[gateDescriptor] as Socket;
  gate.on("error", () => {});
  const exited = new Promise<void>((resolve) => {
    child.once("exit", () => resolve());
  });
  return {
    identity: attempt.identity as ProcessIdentity,
    release: () => {
      faultPoint("process.before-go");
      gate.write("go\n");
      faultPoint("process.after-go");
      return runningAttempt(attempt, exited, workshop.outputs.begin(attempt.paths), workshop.lingerMs);
    },
    abandon: async () => {
      gate.destroy();
      await exited;
    },
  };
}

function commandProblem({ command, cwd, env }: AttemptRequest): Failure | undefined {
  const [program] = command.argv;
  if (program === undefined || program === "") {
    return failure("bad-command", "the command is empty", { retryable: false, hint: "give `run` a line or a list" });
  }
  if (program.startsWith("-")) {
    const hint = `write ./${program} if that is a program's name`;
    return failure("bad-command", `a program cannot be called "${program}"`, { retryable: false, hint });
  }
  const texts = [...command.argv, cwd, ...Object.entries({ ...env, ...command.secretEnv }).flat()];
  if (!texts.some((text) => text.includes("\0"))) return undefined;
  const hint = "remove the NUL character from the parameter that it comes from";
  return failure("bad-command", "no program can be given an argument or a variable that contains NUL", {
    retryable: false,
    hint,
  });
}

function startFailure(request: AttemptRequest, error: NodeJS.ErrnoException): Failure {
  const shown = request.command.shown;
  switch (error.code) {
    case "ENOSPC":
    case "EDQUOT":
      return failure("disk-full", `no space for the output of the command in ${request.dir}`, {
        cause: error,
        hint: "make room there, then resume the run",
      });
    case "E2BIG":
      return failure(
        "command-too-long",
        `the command with its variables is longer than the system allows: ${cut(shown)}`,
        {
          cause: error,
          retryable: false,
          hint: "put long values into a file and give the command its name",
        },
      );
    case "EAGAIN":
    case "ENOMEM":
    case "EMFILE":
    case "ENFILE":
      return failure("no-process", `the system has no room for another process (${error.code}): ${cut(shown)}`, {
        cause: error,
        hint: "see `ulimit -a` and the memory of this machine; fewer items at once need less",
      });
  }
  const directory = statSync(request.cwd, { throwIfNoEntry: false });
  if (!directory?.isDirectory()) {
    const hint = "set `cwd` to a directory that exists, or make it in an earlier step";
    return failure("no-directory", `the command's directory ${request.cwd} does not exist`, { cause: error, hint });
  }
  return failure("not-started", `the command could not be started: ${error.message}`, { cause: error });
}

function cut(text: string): string {
  return text.length > 200 ? `${text.slice(0, 199)}…` : text;
}

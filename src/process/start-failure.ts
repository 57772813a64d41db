import { statSync } from "node:fs";
import { type Failure, failure } from "../domain/failure.ts";
import type { AttemptRequest } from "../domain/ports.ts";
import { maxSecretBytes } from "../lib/mask.ts";

/** Why a command cannot be started as it is asked for, if it cannot. */
export function requestProblem(request: AttemptRequest): Failure | undefined {
  return commandProblem(request) ?? secretProblem(request);
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

function secretProblem({ command, secrets }: AttemptRequest): Failure | undefined {
  const all = [...secrets, ...Object.values(command.secretEnv)];
  if (all.every((secret) => Buffer.byteLength(secret) <= maxSecretBytes)) return undefined;
  const message = `a secret is longer than ${maxSecretBytes} bytes and could not be hidden in the output of: ${cut(command.shown)}`;
  return failure("secret-too-long", message, { retryable: false, hint: "give the command the name of a file instead" });
}

/** What the operator reads when the operating system says no. */
export function startFailure(request: AttemptRequest, error: NodeJS.ErrnoException): Failure {
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

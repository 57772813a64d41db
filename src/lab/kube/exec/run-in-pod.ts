import { spawn } from "node:child_process";
import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { ownScript } from "../../../lib/own-files.ts";
import type { PodContainer, PodHost } from "../pod-host.ts";
import { type LabProgram, preparePodBin } from "./pod-bin.ts";
import { intoPod } from "./pod-paths.ts";
import { processPrograms, runProcessProgram } from "./process-table.ts";

export type PodCommand = {
  readonly argv: readonly string[];
  readonly hostname: string;
  readonly host: PodHost;
  readonly container: PodContainer;
  readonly programs: readonly LabProgram[];
  /** Where scripts inside ask about processes: the API server, with its token. */
  readonly ask: { readonly LAB_ASK_URL: string; readonly LAB_ASK_TOKEN: string; readonly LAB_ASK_CA: string };
  onStdout(bytes: Buffer): void;
  onStderr(bytes: Buffer): void;
  /** Hands over the writer for standard input. */
  onStdin?(write: (bytes: Buffer | null) => void): void;
  readonly signal: AbortSignal;
};

const shells = new Set(["sh", "bash", "/bin/sh", "/bin/bash"]);

/**
 * Runs a command as `kubectl exec` would in the pod, really, on this machine: with a PATH of harmless programs, with
 * paths moved into the pod's directory, with curl led to the simulated ports. Resolves with the exit code.
 */
export function runInPod(command: PodCommand): Promise<number> {
  const { argv, hostname, host, container, programs, ask, onStdout, onStderr, onStdin, signal } = command;
  const [program = "", ...args] = argv;
  if (processPrograms.includes(program)) {
    const result = runProcessProgram(argv, hostname, container);
    onStdout(Buffer.from(result.stdout));
    onStderr(Buffer.from(result.stderr));
    return Promise.resolve(result.code);
  }
  const moved = args.map((arg) =>
    program === "curl" ? ({ kind: "ok", text: arg } as const) : intoPod(arg, host.root),
  );
  const outside = moved.find((arg) => arg.kind === "outside");
  if (outside) {
    onStderr(Buffer.from(`${program}: ${outside.path}: this path is not part of the simulated pod\n`));
    return Promise.resolve(1);
  }
  const bin = preparePodBin(host, programs, ownScript("lab/kube/exec/ask-lab"));
  const words = moved.map((arg) => (arg.kind === "ok" ? arg.text : ""));
  // The names in an archive must be those of the pod: `kubectl cp` looks for them.
  if (program === "tar") for (const [at, word] of words.entries()) words[at] = word.replace(`${host.root}/`, "");
  if (shells.has(program)) shadowKill(words);
  mkdirSync(join(host.root, "tmp"), { recursive: true });
  const env = {
    PATH: bin,
    HOME: join(host.root, "tmp"),
    HOSTNAME: hostname,
    ...ask,
  };
  return new Promise((resolve) => {
    const name = program.split("/").at(-1) ?? "";
    const child = spawn(join(bin, name), words, {
      cwd: host.root,
      env,
      stdio: ["pipe", "pipe", "pipe"],
      detached: true,
    });
    child.on("error", () => {
      onStderr(Buffer.from(`exec: "${program}": executable file not found in $PATH\n`));
      resolve(127);
    });
    child.stdout.on("data", onStdout);
    child.stderr.on("data", onStderr);
    child.stdin.on("error", () => undefined);
    if (onStdin) onStdin((bytes) => void (bytes === null ? child.stdin.end() : child.stdin.write(bytes)));
    else child.stdin.end();
    const end = () => child.pid !== undefined && killGroup(child.pid);
    signal.addEventListener("abort", end, { once: true });
    child.on("close", (code, killedBy) => {
      signal.removeEventListener("abort", end);
      resolve(killedBy ? 137 : (code ?? 1));
    });
  });
}

/** `kill` is built into every shell and would reach the processes of this machine; a function takes its place. */
function shadowKill(words: string[]): void {
  const at = words.findIndex((word) => /^-[a-z]*c$/.test(word));
  if (at >= 0 && words[at + 1] !== undefined) words[at + 1] = `kill() { env kill "$@"; }\n${words[at + 1]}`;
}

function killGroup(pid: number): void {
  try {
    process.kill(-pid, "SIGKILL");
  } catch {
    // It ended in the same instant.
  }
}

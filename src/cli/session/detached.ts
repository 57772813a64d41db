import { spawn } from "node:child_process";
import { closeSync, fstatSync, openSync, readFileSync } from "node:fs";
import { join } from "node:path";
import type { Actor } from "../../domain/prompt.ts";
import type { EngineOptions } from "../../engine/index.ts";
import { ownScript } from "../../lib/own-files.ts";
import { connectLink } from "../../link/index.ts";
import type { Intent } from "./intent.ts";
import type { GivenPolicy } from "./policy.ts";
import { UsageError } from "./usage-error.ts";

/** What crosses to an executor of its own, through a pipe: secrets among it must be on no command line. */
export type ExecutorOrder = {
  readonly stateDir: string;
  readonly runDir: string;
  readonly runId: string;
  readonly actor: Actor;
  readonly engine: EngineOptions;
  readonly intent: Intent;
  readonly givenSecrets: Readonly<Record<string, string>>;
  readonly policy: GivenPolicy;
};

/**
 * Starts the executor as a process of its own session, so that no terminal can take it down, and waits until it can be
 * attached to. Throws `UsageError` with the executor's own words when it ends before.
 */
export async function startDetached(order: ExecutorOrder): Promise<void> {
  const log = join(order.runDir, "executor.log");
  const fd = openSync(log, "a", 0o600);
  const { size: saidBefore } = fstatSync(fd);
  const child = spawn(process.execPath, [...process.execArgv, ownScript("main"), "execute-run"], {
    detached: true,
    stdio: ["pipe", fd, fd],
    cwd: process.cwd(),
  });
  closeSync(fd);
  const exited = new Promise<number>((resolve) => child.once("exit", (code) => resolve(code ?? 70)));
  child.stdin?.on("error", () => {});
  child.stdin?.end(JSON.stringify(order));
  child.unref();
  for (;;) {
    const client = await connectLink(order.runDir, order.actor, false, () => {});
    if (client) {
      client.close();
      return;
    }
    const code = await Promise.race([exited, new Promise<undefined>((resolve) => setTimeout(resolve, 15, undefined))]);
    if (code === undefined) continue;
    // It may have done everything there was to do before we looked.
    const words = readFileSync(log).subarray(saidBefore).toString("utf8").trim().split("\n").slice(-20).join("\n");
    if (code !== 0)
      throw new UsageError(words.replace(/^runsheet: /, "") || `the executor ended with code ${code}`, undefined, code);
    return;
  }
}

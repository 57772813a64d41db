import { spawn } from "node:child_process";
import { closeSync, mkdirSync, openSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { type Failure, failure } from "../domain/failure.ts";
import { ownScript } from "../lib/own-files.ts";
import type { LabOptions, LabStatus } from "./lab.ts";
import { type FoundLab, findLab, isSameProcess, type LabState } from "./state-file.ts";

export type LabOutcome =
  | { readonly kind: "ok"; readonly state: LabState }
  | { readonly kind: "failed"; readonly failure: Failure };

const upWithinMs = 30_000;
const downWithinMs = 15_000;

/**
 * Starts a lab in a process of its own that outlives this one, and waits until it is up. A lab that already runs in the
 * directory is returned as it is when it has the wanted parts and scenario.
 */
export async function startLabProcess(options: LabOptions): Promise<LabOutcome> {
  const found = findLab(options.dir);
  if (found.kind === "running") return fits(found, options);
  if (found.kind === "stale") clearAway(options.dir);
  mkdirSync(options.dir, { recursive: true, mode: 0o700 });
  const logFile = join(options.dir, "lab.log");
  const log = openSync(logFile, "a", 0o600);
  const script = ownScript("lab/lab-main");
  const child = spawn(process.execPath, [script, options.dir], { detached: true, stdio: ["pipe", log, log] });
  closeSync(log);
  child.stdin?.on("error", () => undefined);
  // By a pipe: the URL of a database server holds a password, and command lines are for everybody to read.
  child.stdin?.end(JSON.stringify(options));
  child.unref();
  let ended = false;
  child.once("exit", () => {
    ended = true;
  });
  for (const deadline = Date.now() + upWithinMs; Date.now() < deadline && !ended; await delay(20)) {
    const now = findLab(options.dir);
    if (now.kind === "running") return { kind: "ok", state: now.state };
  }
  const said = lastLines(logFile);
  if (!ended) child.kill("SIGKILL");
  rmSync(options.dir, { recursive: true, force: true });
  const message = `the lab in ${options.dir} did not come up${said ? `: ${said}` : ""}`;
  return {
    kind: "failed",
    failure: failure("lab-did-not-start", message, { hint: "runsheet lab up --parts bp-cluster starts less of it" }),
  };
}

/** Stops the lab in this directory, whoever started it, and removes the directory; also what a killed one has left. */
export async function stopLab(
  dir: string,
): Promise<
  { readonly kind: "stopped" | "cleared" | "was-not-running" } | { readonly kind: "failed"; readonly failure: Failure }
> {
  const found = findLab(dir);
  if (found.kind === "none") return { kind: "was-not-running" };
  if (found.kind === "stale") {
    clearAway(dir);
    return { kind: "cleared" };
  }
  const { state } = found;
  await ask(state, "/down").catch(() => undefined);
  for (const deadline = Date.now() + downWithinMs; Date.now() < deadline; await delay(20)) {
    if (isSameProcess(state)) continue;
    rmSync(dir, { recursive: true, force: true });
    return { kind: "stopped" };
  }
  const message = `the lab in ${dir} (process ${state.pid}) was asked to stop and is still there`;
  return {
    kind: "failed",
    failure: failure("lab-does-not-stop", message, { hint: `kill -9 ${state.pid}, then runsheet lab down again` }),
  };
}

/** What the lab in this directory says of itself, or undefined when none runs. */
export async function labStatus(dir: string): Promise<LabStatus | undefined> {
  const found = findLab(dir);
  if (found.kind !== "running") return undefined;
  const response = await ask(found.state, "/status");
  return (await response.json()) as LabStatus;
}

function fits({ state }: Extract<FoundLab, { kind: "running" }>, { parts, scenario, dir }: LabOptions): LabOutcome {
  const missing = parts?.filter((part) => !state.parts.includes(part)) ?? [];
  if (missing.length === 0 && (scenario ?? null) === state.scenario) return { kind: "ok", state };
  const what = missing.length > 0 ? `without ${missing.join(", ")}` : `with the scenario ${state.scenario ?? "none"}`;
  return {
    kind: "failed",
    failure: failure("lab-differs", `a lab runs in ${dir} already, ${what}`, {
      hint: "runsheet lab down, then try again",
    }),
  };
}

/**
 * What a killed lab leaves: its directory, and commands that somebody was running in its pods (everything else ends with
 * it). Those are known by the home directory that only the lab gives.
 */
function clearAway(dir: string): void {
  for (const pid of processIds()) {
    try {
      const environment = readFileSync(`/proc/${pid}/environ`, "latin1").split("\0");
      if (environment.some((entry) => entry.startsWith(`HOME=${join(dir, "bp", "pods")}/`)))
        process.kill(pid, "SIGKILL");
    } catch {
      // Somebody else's, or gone by now.
    }
  }
  rmSync(dir, { recursive: true, force: true });
}

function processIds(): number[] {
  try {
    return readdirSync("/proc")
      .filter((name) => /^\d+$/.test(name))
      .map(Number);
  } catch {
    return [];
  }
}

function ask({ control }: LabState, path: string): Promise<Response> {
  const headers = { authorization: `Bearer ${control.token}` };
  return fetch(`${control.url}${path}`, { method: "POST", headers, signal: AbortSignal.timeout(5_000) });
}

function lastLines(file: string): string {
  try {
    return readFileSync(file, "utf8").trim().split("\n").slice(-5).join(" | ");
  } catch {
    return "";
  }
}

import { type ChildProcess, fork } from "node:child_process";
import { once } from "node:events";
import { createWriteStream } from "node:fs";
import { join } from "node:path";
import { ownScript } from "../../../lib/own-files.ts";
import { dotenv } from "./environment.ts";

export type UnitSpec = {
  readonly name: string;
  readonly mode: "su" | "router";
  readonly port: number;
  /** Holds `.env`, which is read at each start, and receives `unit.log`. */
  readonly dir: string;
};

/** Runs scheduler units as an init system would: start, stop, restart by name. */
export type Units = {
  add(spec: UnitSpec): void;
  /** Says what it did or why it could not, as `systemctl` would. */
  run(verb: string, name: string): Promise<{ readonly code: number; readonly text: string }>;
  names(): readonly string[];
  running(): string[];
  close(): Promise<void>;
};

const answerWithinMs = 10_000;

export function createUnits(): Units {
  const specs = new Map<string, UnitSpec>();
  const running = new Map<string, ChildProcess>();
  return {
    add: (spec) => void specs.set(spec.name, spec),
    names: () => [...specs.keys()],
    running: () => [...specs.keys()].filter(alive),
    async run(verb, name) {
      const spec = specs.get(name);
      if (!spec) return { code: 5, text: `Unit ${name} not found. Known: ${[...specs.keys()].join(", ")}` };
      if (verb === "status") return status(spec);
      if (verb === "stop" || verb === "restart") await stop(name);
      return verb === "stop" ? { code: 0, text: `${name} stopped` } : start(spec);
    },
    async close() {
      await Promise.all([...running.keys()].map(stop));
    },
  };

  async function start({ name, mode, port, dir }: UnitSpec) {
    if (alive(name)) return { code: 0, text: `${name} is running` };
    const env = { PATH: process.env.PATH ?? "", HOME: dir, ...dotenv(join(dir, ".env")) };
    const child = fork(ownScript("lab/stand-ins/scheduler-unit/su-main"), [mode, String(port)], {
      cwd: dir,
      env,
      stdio: ["ignore", "pipe", "pipe", "ipc"],
      execArgv: [],
    });
    const log = createWriteStream(join(dir, "unit.log"), { flags: "a" });
    child.stdout?.pipe(log, { end: false });
    child.stderr?.pipe(log, { end: false });
    child.once("exit", () => log.end());
    running.set(name, child);
    const answers = await answersOn(port, child);
    return answers
      ? { code: 0, text: `${name} started on port ${port}` }
      : { code: 1, text: `${name} did not start, see ${join(dir, "unit.log")}` };
  }

  async function stop(name: string) {
    const child = running.get(name);
    running.delete(name);
    if (!child || child.exitCode !== null || child.signalCode !== null) return;
    const gone = once(child, "exit");
    child.kill("SIGTERM");
    await gone;
  }

  function status({ name, port }: UnitSpec) {
    return alive(name)
      ? { code: 0, text: `${name} is running on port ${port}` }
      : { code: 3, text: `${name} is not running` };
  }

  function alive(name: string): boolean {
    const child = running.get(name);
    return child !== undefined && child.exitCode === null && child.signalCode === null;
  }
}

async function answersOn(port: number, child: ChildProcess): Promise<boolean> {
  const deadline = Date.now() + answerWithinMs;
  while (Date.now() < deadline && child.exitCode === null) {
    const ok = await fetch(`http://127.0.0.1:${port}/health`)
      .then((response) => response.ok)
      .catch(() => false);
    if (ok) return true;
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
  return false;
}

import { type ChildProcess, fork } from "node:child_process";
import { once } from "node:events";
import { ownScript } from "../../lib/own-files.ts";
import type { ClickHouseFault } from "./faults.ts";
import type { ServerCommand, ServerNews } from "./server-process.ts";

export type ClickHouseOptions = {
  /** Tables live here; made when absent. The same directory brings them back. */
  readonly dataDir: string;
  /** Default: any free port of 127.0.0.1. */
  readonly port?: number;
  /** Default: everybody may come in. */
  readonly login?: { readonly user: string; readonly password: string };
};

/** A ClickHouse over HTTP on this machine, for practice and tests. */
export type LabClickHouse = {
  /** `http://127.0.0.1:PORT`, the same after a restart. */
  readonly url: string;
  /** Of the process that holds the data, until the next restart. */
  readonly pid: number;
  /** Replaces the faults in force; an empty list heals. */
  faults(faults: readonly ClickHouseFault[]): Promise<void>;
  /** Ends the process (gracefully, or as kill -9 does) and starts it again on the same data and port. */
  restart(how?: "gracefully" | "killed"): Promise<void>;
  /** The process dies as with kill -9 and stays away until `restart`. */
  kill(): Promise<void>;
  close(): Promise<void>;
};

const CLOSE_MS = 10_000;

/** Starts it in a process of its own, because embedded ClickHouse opens one directory per process. @throws Error */
export async function startClickHouse(options: ClickHouseOptions): Promise<LabClickHouse> {
  let child = await launch(options, options.port ?? 0);
  const { port } = child;
  return {
    url: `http://127.0.0.1:${port}`,
    get pid() {
      return child.process.pid!;
    },
    async faults(faults) {
      const heard = new Promise<void>((resolve) => {
        const listen = (news: ServerNews) => {
          if (news.kind !== "faults-set") return;
          child.process.off("message", listen);
          resolve();
        };
        child.process.on("message", listen);
      });
      send(child.process, { kind: "faults", faults });
      await heard;
    },
    async restart(how = "gracefully") {
      await (how === "killed" ? end(child.process) : closeGently(child.process));
      child = await launch(options, port);
    },
    kill: () => end(child.process),
    close: () => closeGently(child.process),
  };
}

async function launch(options: ClickHouseOptions, port: number): Promise<{ process: ChildProcess; port: number }> {
  const given = JSON.stringify({ dataDir: options.dataDir, port, login: options.login ?? null });
  const child = fork(ownScript("lab/clickhouse/server-process"), [given], {
    // its own warnings must not end up among the data of the program that started it
    stdio: ["ignore", "ignore", "pipe", "ipc"],
    execArgv: [],
  });
  let said = "";
  child.stderr!.on("data", (piece) => {
    said = `${said}${piece}`.slice(-4000);
  });
  const news = await Promise.race([
    once(child, "message").then(([first]) => first as ServerNews),
    once(child, "exit").then(
      ([code, signal]) => ({ kind: "failed", code: `${code ?? signal}`, message: said }) as const,
    ),
  ]);
  if (news.kind === "ready") return { process: child, port: news.port };
  await end(child);
  const reason = news.kind === "failed" ? `${news.code}: ${news.message}` : "it answered out of turn";
  throw new Error(`the lab's ClickHouse on ${options.dataDir} did not start: ${reason}`);
}

async function closeGently(child: ChildProcess): Promise<void> {
  if (isOver(child)) return;
  const over = once(child, "exit");
  if (child.connected) send(child, { kind: "close" });
  const timer = setTimeout(() => child.kill("SIGKILL"), CLOSE_MS);
  await over;
  clearTimeout(timer);
}

async function end(child: ChildProcess): Promise<void> {
  if (isOver(child)) return;
  const over = once(child, "exit");
  child.kill("SIGKILL");
  await over;
}

function isOver(child: ChildProcess): boolean {
  return child.exitCode !== null || child.signalCode !== null;
}

function send(child: ChildProcess, command: ServerCommand): void {
  child.send(command);
}

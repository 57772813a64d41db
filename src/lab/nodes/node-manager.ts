import type { RequestListener } from "node:http";
import type { BackupStore } from "./backup-store.ts";
import { scaled } from "./chain-time.ts";
import type { NodeFaults } from "./faults.ts";
import type { LogBuffer } from "./log-buffer.ts";
import type { Network } from "./network.ts";
import { type Answer, type Command, managerHandler, type Outcome } from "./node-manager-http.ts";
import { createProductionState } from "./production-state.ts";
import type { SimulatedNodeos } from "./simulated-nodeos.ts";

export type NodeManagerOptions = {
  readonly hostname: string;
  /** `producer_hostname` of manager.yaml as it was mounted when the container started. */
  readonly producerHostname: string;
  readonly nodeos: SimulatedNodeos;
  readonly network: Network;
  readonly log: LogBuffer;
  readonly faults: NodeFaults;
  readonly backups: BackupStore;
  /** The command prefixes that this build serves; the older build has `/v1/nodeos/`. */
  readonly prefixes: readonly string[];
  /** The manager gives up (nodeos stopped without a command): the container ends. */
  onGiveUp(): void;
};

/** The process that supervises nodeos in the container, as far as its HTTP API and its decisions show. */
export type NodeManager = {
  readonly handler: RequestListener;
  start(): void;
  /** Told by the container when nodeos ended. */
  nodeosExited(code: number): void;
  /** The container gets TERM: maintenance, then done. */
  shutdown(): Promise<void>;
  ready(): boolean;
  dispose(): void;
};

const ok: Outcome = { kind: "ok" };

export function createNodeManager(options: NodeManagerOptions): NodeManager {
  const { hostname, nodeos, network, log, faults, backups, prefixes, onGiveUp } = options;
  const { time } = network;
  const production = createProductionState(time);
  const stopFollowing = log.follow(({ line, atMs }) => production.read(line, atMs));
  // safely_resume_production moves this in memory only: after a restart the configuration decides again.
  let producerHostname = options.producerHostname;
  let aboutToStop = false;
  let stopExpected = false;
  let exited: ((code: number) => void) | undefined;
  let queue: Promise<unknown> = Promise.resolve();
  let disposed = false;

  const commands: { readonly [name: string]: Command } = {
    maintenance,
    resume: start,
    reload: async () => {
      await stopNodeos();
      return start();
    },
    safely_reload: async () => {
      if (isActiveProducer()) {
        const waited = await endOfRound();
        if (waited.kind === "error") return waited;
      }
      await stopNodeos();
      return start();
    },
    safely_pause_production: safelyPause,
    safely_resume_production: safelyResume,
    backup: async () => {
      await maintenance();
      const saved = await backups.take(nodeos.chainId, nodeos.head().num);
      await start();
      return saved;
    },
    restore: async (query) => {
      await stopNodeos();
      const restored = await backups.restore(query.get("backupName") ?? "latest");
      return restored.kind === "ok" ? start() : restored;
    },
  };

  const text = (body: string) => ({ status: 200, body });
  const reads = {
    "/healthz": health,
    "/v1/healthz": health,
    "/v1/ping": () => text("pong\n"),
    "/v1/server_id": () => text(hostname),
    "/v1/is_running": () => text(JSON.stringify({ is_running: nodeos.running() })),
    "/v1/start_command": () => text(`Command:\n${startCommand()}\n`),
    "/v1/list_backups": () =>
      text(
        backups
          .list()
          .map((name) => `- ${name}\n`)
          .join(""),
      ),
  };

  return {
    handler: managerHandler({ prefixes, commands, reads, run }),
    start: () => void run("start", start, new URLSearchParams()),
    nodeosExited,
    shutdown,
    ready,
    dispose,
  };

  /** Commands run one after the other, as the real manager takes them from its channel. */
  function run(name: string, command: Command, query: URLSearchParams): Promise<Outcome> {
    const result = queue.then(async () => {
      say(`received operator command {"command": "${name}"}`);
      return disposed ? ({ kind: "error", text: "operator is terminating" } as const) : command(query);
    });
    queue = result;
    return result;
  }

  async function start(): Promise<Outcome> {
    if (nodeos.running()) return ok;
    say(`about to spawn child {"command": "${startCommand()}"}`);
    nodeos.start({ pauseOnStartup: !isActiveProducer() });
    return ok;
  }

  function startCommand(): string {
    const pause = isActiveProducer() ? "" : " --pause-on-startup";
    return `nodeos --config-dir=/etc/nodeos --data-dir=/data${pause}`;
  }

  async function maintenance(): Promise<Outcome> {
    aboutToStop = true;
    await delay(scaled(time, 1_000));
    await stopNodeos();
    aboutToStop = false;
    say("successfully put in maintenance");
    return ok;
  }

  /** TERM, then wait. The real manager waits without limit; it is for the operator to send more. */
  function stopNodeos(): Promise<void> {
    if (!nodeos.running()) return Promise.resolve();
    stopExpected = true;
    return new Promise((resolve) => {
      exited = () => resolve();
      nodeos.terminate();
    });
  }

  async function safelyResume(): Promise<Outcome> {
    if (!nodeos.running()) return { kind: "error", text: "unable to check if producing: connection refused" };
    if (isProducing()) return ok;
    nodeos.resume();
    producerHostname = hostname;
    return ok;
  }

  async function safelyPause(): Promise<Outcome> {
    // A manager that does not take its node for the active producer says yes and does nothing.
    if (!isProducing()) return ok;
    const waited = await endOfRound();
    if (waited.kind === "error") return waited;
    nodeos.pause();
    return ok;
  }

  async function endOfRound(): Promise<Outcome> {
    const deadline = Date.now() + scaled(time, 180_000);
    while (!disposed) {
      const over = ["post", "stale"].includes(production.phase());
      if (over && faults.safelyPause === undefined) return ok;
      if (Date.now() > deadline && faults.safelyPause === "times-out") {
        return {
          kind: "error",
          text: "timeout waiting for production round: timed out waiting for AfterProduction state",
        };
      }
      await delay(scaled(time, 1_000));
    }
    return { kind: "error", text: "operator is terminating" };
  }

  function isActiveProducer() {
    return producerHostname === hostname;
  }

  function isProducing() {
    return isActiveProducer() && !nodeos.paused();
  }

  function nodeosExited(code: number) {
    const expected = stopExpected;
    stopExpected = false;
    exited?.(code);
    exited = undefined;
    if (expected || disposed) return;
    say(`instance "nodeos" stopped (exit code: ${code}), shutting down`);
    // A dirty database would end every new container the same way; the manager stays, so that somebody can restore.
    if (code === 0) onGiveUp();
  }

  async function shutdown() {
    say("operator terminating, ending run/loop");
    disposed = true;
    await stopNodeos();
    dispose();
  }

  function dispose() {
    disposed = true;
    stopFollowing();
  }

  function ready() {
    return nodeos.running() && nodeos.synced() && !aboutToStop && !disposed;
  }

  function health(): Answer {
    const notReady = (why: string) => ({ status: 503, body: `not ready: ${why}\n` });
    if (!nodeos.running()) return notReady("chain is not running");
    if (!nodeos.synced()) return notReady("chain is not ready");
    return aboutToStop || disposed ? notReady("chain about to stop") : { status: 200, body: "ready\n" };
  }

  function say(message: string) {
    log.write(`${new Date().toISOString()} INFO (operator) ${message}`);
  }
}

function delay(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}

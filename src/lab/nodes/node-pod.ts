import { mkdirSync } from "node:fs";
import { createBackupStore } from "./backup-store.ts";
import { scaled } from "./chain-time.ts";
import type { NodeFaults } from "./faults.ts";
import { type Gate, openGate } from "./gate.ts";
import { createLogBuffer, type LogBuffer } from "./log-buffer.ts";
import type { LogStyle } from "./log-lines.ts";
import type { Network } from "./network.ts";
import { createNodeManager, type NodeManager } from "./node-manager.ts";
import { nodeosApi } from "./nodeos-api.ts";
import { createSimulatedNodeos, type SimulatedNodeos } from "./simulated-nodeos.ts";

export type NodePodOptions = {
  /** The host name inside the pod, `nodeos-bp-0`. */
  readonly name: string;
  /** The persistent volume, `/data` inside. */
  readonly dataDir: string;
  /** Where the manager's own `backup` command keeps its copies. */
  readonly backupsDir: string;
  readonly network: Network;
  readonly faults: NodeFaults;
  readonly style?: LogStyle;
  readonly managerPrefixes?: readonly string[];
};

/**
 * What keeps its identity while containers come and go: host name, volume, ports. Inside the pod the ports are 8888
 * (nodeos), 8080 (node manager) and 9999 (the proxy that the public reaches).
 */
export type NodePod = {
  readonly name: string;
  readonly dataDir: string;
  readonly faults: NodeFaults;
  readonly ports: { readonly 8888: number; readonly 8080: number; readonly 9999: number };
  isOpen(port: 8888 | 8080 | 9999): boolean;
  /** nodeos runs and is not paused. */
  producing(): boolean;
  /** Starts the container: the manager, which starts nodeos. */
  start(run: ContainerRun): Container;
  /** Writes a backup of the present data, as a clean stop would leave it. Returns its block height. */
  backUp(to: (height: number) => string): number;
  /** Power cut for nodeos alone: its database stays dirty, and the next start finds that out. */
  killNodeosUncleanly(): void;
  close(): Promise<void>;
};

export type ContainerRun = {
  readonly image: string;
  /** `producer_hostname` of the mounted manager.yaml at this moment. */
  readonly producerHostname: string;
  readonly log?: LogBuffer;
  /** Loads its database in no time. */
  readonly quick?: boolean;
  /** The container ended by itself. */
  onEnd?(): void;
};

export type Container = {
  readonly log: LogBuffer;
  readonly ended: AbortSignal;
  ready(): boolean;
  /** Signals processes by name, as `pkill` in the container would. Returns how many there were. */
  signal(processName: string, signal: "TERM" | "KILL"): number;
  /** Names of the running processes, the first being process 1. */
  processes(): readonly string[];
  /** TERM to the container: resolves after the clean stop. */
  stop(): Promise<void>;
  /** KILL to the container. */
  kill(): void;
};

export async function createNodePod(options: NodePodOptions): Promise<NodePod> {
  const {
    name,
    dataDir,
    backupsDir,
    network,
    faults,
    style = "eosio-2.0",
    managerPrefixes = ["/v1/nodeos/", "/v1/"],
  } = options;
  mkdirSync(dataDir, { recursive: true });
  const nodeosGate = await openGate((request, response) => current?.api(request, response));
  const managerGate = await openGate((request, response) => current?.manager.handler(request, response));
  const proxyGate = await openGate((request, response) => current?.api(request, response));
  const gates: { readonly [port: number]: Gate } = { 8888: nodeosGate, 8080: managerGate, 9999: proxyGate };
  let current: { api: ReturnType<typeof nodeosApi>; manager: NodeManager; nodeos: SimulatedNodeos } | undefined;
  let proxyTimer: NodeJS.Timeout | undefined;

  return {
    name,
    dataDir,
    faults,
    ports: { 8888: nodeosGate.port, 8080: managerGate.port, 9999: proxyGate.port },
    isOpen: (port) => gates[port]!.open,
    producing: () => Boolean(current?.nodeos.running() && !current.nodeos.paused()),
    start,
    backUp(to) {
      if (!current) throw new Error(`${name} has no container`);
      const height = current.nodeos.head().num;
      current.nodeos.copyCleanData(to(height));
      return height;
    },
    killNodeosUncleanly() {
      if (!current) return;
      current.nodeos.kill();
      current.manager.nodeosExited(137);
      current.manager.start();
    },
    async close() {
      clearInterval(proxyTimer);
      current?.nodeos.dispose();
      current?.manager.dispose();
      current = undefined;
      await Promise.all(Object.values(gates).map((gate) => gate.close()));
    },
  };

  function start({ image, producerHostname, log = createLogBuffer(), quick = false, onEnd }: ContainerRun): Container {
    current?.nodeos.dispose();
    current?.manager.dispose();
    const version = `v${/:v?([\w.-]+)$/.exec(image)?.[1] ?? "2.0.13"}`;
    const nodeos = createSimulatedNodeos({
      name,
      dataDir,
      network,
      log,
      style,
      version,
      faults,
      loadMs: quick ? 1 : scaled(network.time, 3_000),
      onHttp: (open) => nodeosGate.setOpen(open),
      onExit: (code) => manager.nodeosExited(code),
    });
    const manager: NodeManager = createNodeManager({
      hostname: name,
      producerHostname,
      nodeos,
      network,
      log,
      faults,
      backups: createBackupStore(backupsDir, dataDir),
      prefixes: managerPrefixes,
      onGiveUp: () => {
        end();
        onEnd?.();
      },
    });
    const mine = { api: nodeosApi(nodeos), manager, nodeos };
    const ended = new AbortController();
    current = mine;
    managerGate.setOpen(true);
    manager.start();
    clearInterval(proxyTimer);
    // The proxy follows readiness: closed in maintenance and while catching up.
    proxyTimer = setInterval(() => proxyGate.setOpen(manager.ready()), network.time.blockIntervalMs);

    return {
      log,
      ended: ended.signal,
      ready: manager.ready,
      processes: () => (nodeos.running() ? ["manageos", "nodeos"] : ["manageos"]),
      signal(processName, signal) {
        if (processName === "nodeos" && nodeos.running()) {
          if (signal === "TERM") nodeos.terminate();
          else {
            nodeos.kill();
            manager.nodeosExited(137);
          }
          return 1;
        }
        if (processName !== "manageos") return 0;
        if (signal === "KILL") nodeos.kill();
        manager.shutdown().then(() => {
          end();
          onEnd?.();
        });
        return 1;
      },
      async stop() {
        await manager.shutdown();
        end();
      },
      kill() {
        nodeos.kill();
        end();
      },
    };

    function end() {
      ended.abort();
      manager.dispose();
      nodeos.dispose();
      if (current !== mine) return;
      clearInterval(proxyTimer);
      for (const gate of Object.values(gates)) gate.setOpen(false);
      current = undefined;
    }
  }
}

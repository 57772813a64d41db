import { cpSync, existsSync, mkdirSync } from "node:fs";
import { basename, join } from "node:path";
import { type Block, integrityHash } from "./block.ts";
import { openBlockLog } from "./block-log.ts";
import { scaled } from "./chain-time.ts";
import type { NodeFaults } from "./faults.ts";
import type { LogBuffer } from "./log-buffer.ts";
import { type LogStyle, logLine, plainLine, producedLine, receivedLine } from "./log-lines.ts";
import type { Network } from "./network.ts";
import { readState, writeState } from "./node-files.ts";
import type { ApiError, NodeosApiTarget } from "./nodeos-api.ts";
import { directoryMissing, notFinalized, snapshotExists } from "./snapshot-errors.ts";
import { writeSnapshot } from "./snapshot-file.ts";

export type SimulatedNodeosOptions = {
  readonly name: string;
  /** `/data` of the pod: blocks, state and snapshots live in it and survive restarts. */
  readonly dataDir: string;
  readonly network: Network;
  readonly log: LogBuffer;
  readonly style: LogStyle;
  readonly version: string;
  readonly faults: NodeFaults;
  /** How long it takes to open the database. */
  readonly loadMs: number;
  /** Called when the HTTP port starts and stops answering. */
  onHttp(open: boolean): void;
  /** 0 after a clean stop, 2 with a dirty database. */
  onExit(code: number): void;
};

type Life =
  | { readonly kind: "stopped" }
  | { readonly kind: "loading" }
  | { readonly kind: "syncing" }
  | { readonly kind: "live" }
  | { readonly kind: "stopping" };

/** One nodeos process in the simulated network: loads its state, catches up, follows, and produces when not paused. */
export type SimulatedNodeos = NodeosApiTarget & {
  start(flags: { readonly pauseOnStartup: boolean }): void;
  /** SIGTERM: a clean stop after a moment, unless the node does not hear it. */
  terminate(): void;
  /** SIGKILL: gone at once, the database stays dirty. */
  kill(): void;
  /** A copy of the data directory as a clean stop at this instant would leave it. */
  copyCleanData(to: string): void;
  /** Leaves the network for good. */
  dispose(): void;
  running(): boolean;
  /** The head is that of the network. */
  synced(): boolean;
};

/** Blocks per block interval while catching up. */
const syncRate = 40;
/** A node without any data starts so many blocks behind the head. */
const bootstrapLag = 60;
/** The node logs a block only if it is younger than this (on the real chain's clock), or its number is round. */
const loggedAgeMs = 5 * 60_000;

export function createSimulatedNodeos(options: SimulatedNodeosOptions): SimulatedNodeos {
  const { name, dataDir, network, log, style, version, faults, loadMs, onHttp, onExit } = options;
  const { time, chainId } = network;
  const blocks = openBlockLog({
    dir: join(dataDir, "blocks"),
    chainId,
    stride: 5_000,
    retainedDir: "retained",
    maxRetainedFiles: 8,
  });
  const snapshotsDir = join(dataDir, "snapshots");
  let life: Life = { kind: "stopped" };
  let head: Block = network.head();
  let paused = true;
  let timer: NodeJS.Timeout | undefined;
  const leave = network.join({ name, canProduce, onBlock });

  return {
    chainId,
    serverVersion: version,
    head: () => head,
    libNum: () => Math.min(head.num, network.lib()),
    libId: () => network.blockAt(Math.min(head.num, network.lib()))?.id ?? head.id,
    earliestNum: () => blocks.first() ?? head.num,
    paused: () => paused,
    pause,
    resume,
    createSnapshot,
    hangs: () => faults.httpHangs === true,
    start,
    terminate,
    kill,
    copyCleanData(to) {
      blocks.flush();
      cpSync(dataDir, to, { recursive: true });
      writeState(to, { dirty: false, head });
    },
    dispose() {
      if (life.kind !== "stopped") kill();
      leave();
    },
    running: () => life.kind !== "stopped",
    synced: () => life.kind === "live",
  };

  function start({ pauseOnStartup }: { pauseOnStartup: boolean }) {
    if (life.kind !== "stopped") return;
    life = { kind: "loading" };
    log.write(plainLine("info", "main.cpp:119", "main", `nodeos version ${version} ${version}-lab`));
    const saved = readState(dataDir);
    if (saved?.dirty) return void later(scaled(time, 500), failDirty);
    mkdirSync(snapshotsDir, { recursive: true });
    paused = pauseOnStartup;
    head = startingPoint(saved?.head);
    writeState(dataDir, { dirty: true, head });
    later(loadMs, open);
  }

  function failDirty() {
    const message = "database dirty flag set (likely due to unclean shutdown): replay required";
    log.write(plainLine("error", "main.cpp:153", "main", message));
    life = { kind: "stopped" };
    onExit(2);
  }

  /** The saved head, or the oldest block that peers still have when they have moved on too far. */
  function startingPoint(saved: Block | undefined): Block {
    const newest = network.head();
    const wanted = saved?.num ?? newest.num - bootstrapLag;
    return network.blockAt(Math.max(wanted, network.earliestNum())) ?? newest;
  }

  function open() {
    life = { kind: "syncing" };
    const hash = integrityHash(chainId, head);
    log.write(plainLine("info", "controller.cpp:541", "startup", `chain database started with hash: ${hash}`));
    const started = `starting chain thread, blockchain started; head block is #${head.num}`;
    log.write(plainLine("info", "chain_plugin.cpp:1200", "plugin_startup", started));
    log.write(
      plainLine("info", "http_plugin.cpp:555", "add_aliases_for_endpoint", "start listening for http requests"),
    );
    if (paused)
      log.write(plainLine("info", "producer_plugin.cpp:1018", "plugin_startup", "production paused on startup"));
    log.write(handshake());
    onHttp(true);
    sync();
  }

  function handshake(): string {
    const peer = "peer1.example.org:9876 - 1a2b3c4";
    const heights = `received handshake gen 2, lib ${network.lib()}, fork_db head ${network.head().num}, head ${network.head().num}`;
    const source = { thread: "net-0", file: "net_plugin.cpp:3050", method: "recv_handshake" };
    return logLine("info", source, `["${peer}" - 1 10.1.2.3:9876] ${heights}`);
  }

  function sync() {
    // Half a block per interval while the chain makes a whole one: progress, and yet ever further behind.
    const batch = faults.neverCatchesUp ? 1 : syncRate;
    const delayMs = time.blockIntervalMs * (faults.neverCatchesUp ? 2 : 1);
    later(delayMs, () => {
      // A node that never catches up must not start out caught up either.
      const limit = faults.neverCatchesUp ? network.head().num - 1 : network.head().num;
      for (let n = 0; n < batch && head.num < limit; n++) adopt(network.blockAt(head.num + 1) ?? network.head());
      if (head.num >= network.head().num) life = { kind: "live" };
      else sync();
    });
  }

  function onBlock(block: Block, own: boolean) {
    if (life.kind !== "live") return;
    if (own) {
      record(block);
      log.write(producedLine(style, block, { lib: network.lib(), latencyMs: 0 }));
    } else adopt(block);
  }

  function adopt(block: Block) {
    record(block);
    const latencyMs = Date.now() - block.timeMs;
    if (latencyMs > scaled(time, loggedAgeMs) && block.num % 1000 !== 0) return;
    log.write(receivedLine(style, block, { lib: Math.min(block.num, network.lib()), latencyMs }));
  }

  function record(block: Block) {
    head = block;
    blocks.append(block);
  }

  function canProduce() {
    return life.kind === "live" && !paused && !faults.cannotSign;
  }

  function pause() {
    if (!faults.pauseIgnored) paused = true;
    log.write(plainLine("info", "producer_plugin.cpp:1192", "pause", "Producer paused."));
  }

  function resume() {
    paused = false;
    log.write(plainLine("info", "producer_plugin.cpp:1203", "resume", "Producer resumed."));
    if (faults.cannotSign) {
      const message = "Not producing block because I don't have the private key for the producer's block signing key";
      log.write(plainLine("error", "producer_plugin.cpp:1720", "start_block", message));
    }
  }

  async function createSnapshot(): Promise<{ file: string; head: Block } | ApiError> {
    const at = head;
    const file = join(snapshotsDir, `snapshot-${at.id}.bin`);
    if (faults.snapshot === "directory-missing") return directoryMissing(snapshotsDir);
    if (existsSync(file)) return snapshotExists(file);
    await new Promise((resolve) => setTimeout(resolve, scaled(time, faults.snapshot === "slow" ? 60_000 : 2_000)));
    if (faults.snapshot === "not-finalized") return notFinalized(at);
    if (existsSync(file)) return snapshotExists(file);
    writeSnapshot(file, chainId, at);
    // Inside the pod the volume is mounted at /data, and that is what nodeos reports.
    return { file: join("/data", "snapshots", basename(file)), head: at };
  }

  function terminate() {
    if (life.kind === "stopped" || life.kind === "stopping") return;
    if (faults.ignoresTerm) {
      faults.ignoresTerm--;
      return;
    }
    const wasOpen = life.kind !== "loading";
    life = { kind: "stopping" };
    onHttp(false);
    later(scaled(time, 2_000), () => {
      blocks.flush();
      writeState(dataDir, { dirty: false, head });
      if (wasOpen) {
        const hash = integrityHash(chainId, head);
        log.write(
          plainLine("info", "controller.cpp:600", "~controller_impl", `chain database stopped with hash: ${hash}`),
        );
      }
      log.write(plainLine("info", "main.cpp:171", "main", "nodeos successfully exiting"));
      life = { kind: "stopped" };
      onExit(0);
    });
  }

  function kill() {
    clearTimeout(timer);
    timer = undefined;
    life = { kind: "stopped" };
    onHttp(false);
  }

  function later(delayMs: number, act: () => void) {
    clearTimeout(timer);
    timer = setTimeout(act, delayMs);
  }
}

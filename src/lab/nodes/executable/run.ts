import { existsSync, mkdirSync } from "node:fs";
import { createServer } from "node:http";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { type Block, integrityHash, irreversibleNum } from "../block.ts";
import { openBlockLog } from "../block-log.ts";
import { closeServer } from "../gate.ts";
import { logLine, plainLine, receivedLine } from "../log-lines.ts";
import { writeState } from "../node-files.ts";
import { type ApiError, nodeosApi } from "../nodeos-api.ts";
import { directoryMissing, snapshotExists } from "../snapshot-errors.ts";
import { writeSnapshot } from "../snapshot-file.ts";
import { replayChain } from "./chain.ts";
import type { NodeosOptions } from "./options.ts";
import type { PracticeSettings } from "./settings.ts";
import { type StartPoint, startPoint } from "./start-point.ts";

export type NodeosRun = {
  readonly options: NodeosOptions;
  readonly settings: PracticeSettings;
  readonly version: string;
  readonly write: (line: string) => void;
  /** Aborted by TERM or INT: stop cleanly. */
  readonly signal: AbortSignal;
};

/** Exit codes of the real program. */
const cleanExit = 0;
const otherFailure = 1;
const databaseDirty = 2;
const tickMs = 50;
/** Peers say hello again after so many blocks of ours. */
const handshakeEvery = 20_000;

/**
 * Runs the node until it reaches its last block or is told to stop: takes its state from disk, snapshot or genesis, then
 * "receives" blocks as fast as the settings say. Resolves with the exit code.
 */
export async function runNodeos({ options, settings, version, write, signal }: NodeosRun): Promise<number> {
  const info = (file: string, method: string, message: string) => write(plainLine("info", file, method, message));
  const fail = (message: string) => write(plainLine("error", "main.cpp:170", "main", message));
  info("main.cpp:119", "main", `nodeos version ${version} ${version}-lab`);
  info("main.cpp:122", "main", `nodeos data directory is ${options.dataDir}`);
  const start = startPoint(options);
  if (start.kind === "refused") {
    fail(start.message);
    return otherFailure;
  }
  if (start.kind === "dirty") {
    fail("database dirty flag set (likely due to unclean shutdown): replay required");
    return databaseDirty;
  }
  if (!(await load(start))) return otherFailure;

  const chain = replayChain(start.chainId);
  mkdirSync(options.snapshotsDir, { recursive: true });
  const { blocksDir: dir, ...files } = options;
  const blocks = openBlockLog({
    dir,
    chainId: start.chainId,
    ...(files.stride && { stride: files.stride }),
    ...(files.retainedDir && { retainedDir: files.retainedDir }),
    ...(files.archiveDir && { archiveDir: files.archiveDir }),
    ...(files.maxRetainedFiles && { maxRetainedFiles: files.maxRetainedFiles }),
  });
  let head: Block = start.head;
  let paused = options.pauseOnStartup;
  writeState(options.dataDir, { dirty: true, head });
  if (options.hashOnStart) sayHash("started");
  const server = createServer(nodeosApi(apiTarget()));
  if (!(await listen())) return otherFailure;
  info("http_plugin.cpp:555", "plugin_startup", "start listening for http requests");
  info(
    "chain_plugin.cpp:1200",
    "plugin_startup",
    `Blockchain started; head block is #${head.num}, genesis timestamp is 2018-06-08T08:08:08.888`,
  );
  sayHandshake();

  const last = options.terminateAtBlock;
  await follow();
  await closeServer(server);
  blocks.flush();
  writeState(options.dataDir, { dirty: false, head });
  if (options.hashOnStop) sayHash("stopped");
  info("main.cpp:171", "main", "nodeos successfully exiting");
  return cleanExit;

  async function load(from: Exclude<StartPoint, { kind: "dirty" | "refused" }>): Promise<boolean> {
    if (from.kind === "snapshot") {
      info(
        "controller.cpp:712",
        "startup",
        `Starting initialization from snapshot and no block log, this may take a significant amount of time`,
      );
      for (const percent of [17, 42, 68, 91]) {
        await delay(settings.loadMs / 4);
        if (signal.aborted) return false;
        info("controller.cpp:1190", "read_from_snapshot", `Snapshot initialization ${percent}% complete`);
      }
      info("controller.cpp:725", "startup", `Snapshot loaded, head: ${from.head.num} : ${from.head.id}`);
    }
    if (from.kind === "block-log") {
      info(
        "controller.cpp:617",
        "replay",
        `existing block log, attempting to replay from ${from.first} to ${from.last} blocks`,
      );
      for (let num = from.first - (from.first % 500) + 500; num <= from.last; num += 500) {
        if (num % settings.blocksPerSecond < 500) await delay(tickMs);
        if (signal.aborted) return false;
        info("controller.cpp:662", "replay", `${num} of ${from.last}`);
      }
      const count = from.last - from.first + 1;
      info(
        "controller.cpp:670",
        "replay",
        `${count} irreversible blocks replayed from block log, chain head ${from.last}`,
      );
    }
    return true;
  }

  async function follow() {
    const began = Date.now();
    let live = settings.chainHead;
    let budget = 0;
    while (!signal.aborted) {
      if (last !== undefined && head.num >= last) {
        const reached = `Block ${head.num} reached configured maximum block ${last}; terminating`;
        info("producer_plugin.cpp:1890", "on_block", reached);
        return;
      }
      await delay(tickMs, undefined, { signal }).catch(() => undefined);
      live = settings.chainHead + Math.floor((Date.now() - began) / 500);
      budget = Math.min(budget + (settings.blocksPerSecond * tickMs) / 1000, settings.blocksPerSecond);
      for (; budget >= 1 && head.num < Math.min(live, last ?? live); budget--) receive(chain.blockAt(head.num + 1));
    }
    info("producer_plugin.cpp:1250", "plugin_shutdown", "exit shutdown");
  }

  function receive(block: Block) {
    head = block;
    blocks.append(block);
    const latencyMs = Date.now() - block.timeMs;
    if (block.num % 1000 === 0 || latencyMs < 5 * 60_000) {
      write(receivedLine("leap-5", block, { lib: libNum(), latencyMs }));
    }
    if (block.num % handshakeEvery === 0) sayHandshake();
  }

  function libNum(): number {
    return irreversibleNum(head.num, 21, 12);
  }

  function apiTarget() {
    return {
      chainId: start.kind === "dirty" || start.kind === "refused" ? "" : start.chainId,
      serverVersion: version,
      head: () => head,
      libNum,
      libId: () => chain.blockAt(libNum()).id,
      earliestNum: () => blocks.first() ?? head.num,
      paused: () => paused,
      pause() {
        paused = true;
      },
      resume() {
        paused = false;
      },
      createSnapshot,
      hangs: () => settings.faults.httpHangs === true,
    };
  }

  async function createSnapshot(): Promise<{ file: string; head: Block } | ApiError> {
    const at = head;
    const file = join(options.snapshotsDir, `snapshot-${at.id}.bin`);
    if (existsSync(file)) return snapshotExists(file);
    if (settings.faults.snapshot === "slow") await delay(5_000);
    const missing = settings.faults.snapshot === "directory-missing" || !existsSync(options.snapshotsDir);
    if (missing) return directoryMissing(options.snapshotsDir);
    writeSnapshot(file, chain.chainId, at);
    return { file, head: at };
  }

  function listen(): Promise<boolean> {
    return new Promise((resolve) => {
      server.once("error", (error) => {
        fail(`http_plugin startup fails for ${options.http.host}:${options.http.port}: ${error.message}`);
        resolve(false);
      });
      server.listen(options.http.port, options.http.host, () => resolve(true));
    });
  }

  function sayHash(when: "started" | "stopped") {
    info("controller.cpp:541", "startup", `chain database ${when} with hash: ${integrityHash(chain.chainId, head)}`);
  }

  function sayHandshake() {
    const far = Math.max(settings.chainHead, head.num);
    const peer = options.peers[0] ?? "peer";
    const heights = `received handshake gen 2, lib ${far - 330}, fork_db head ${far}, head ${far}`;
    const source = { thread: "net-0", file: "net_plugin.cpp:3050", method: "recv_handshake" };
    write(logLine("info", source, `["${peer} - 1a2b3c4" - 1 10.1.2.3:9876] ${heights}`));
  }
}

import { type Block, chainTimeText } from "./block.ts";

/**
 * The log layout of nodeos (fc's console appender): level padded to 5, ISO time with milliseconds, thread padded to 9,
 * `file:line` padded to 29, method padded to 20, then `] message`.
 */
export type LogStyle = "eosio-2.0" | "leap-5" | "spring-1";

export type LineSource = { readonly thread: string; readonly file: string; readonly method: string };

export function logLine(level: "info" | "warn" | "error", source: LineSource, message: string, atMs = Date.now()) {
  const columns = [
    column(level, 5),
    new Date(atMs).toISOString().slice(0, -1),
    column(source.thread, 9),
    column(source.file, 29),
    column(source.method, 20),
  ];
  return `${columns.join(" ")} ] ${message}`;
}

/** Numbers that the lines about one block carry. */
export type BlockNumbers = { readonly lib: number; readonly latencyMs: number };

/** "Received block ..." of the chosen generation of the software. */
export function receivedLine(style: LogStyle, block: Block, { lib, latencyMs }: BlockNumbers): string {
  const use = `net: ${block.trxs * 104}, cpu: ${block.trxs * 371}`;
  if (style === "eosio-2.0") {
    const counts = `trxs: ${block.trxs}, lib: ${lib}, conf: 0, latency: ${latencyMs} ms`;
    return logLine("info", eosioReceived, `Received block ${heading(block)} [${counts}]`);
  }
  if (style === "leap-5") {
    const counts = `trxs: ${block.trxs}, lib: ${lib}, confirmed: 0, ${use}, elapsed: 812, time: 1245, latency: ${latencyMs} ms`;
    return logLine("info", leapReceived, `Received block ${heading(block)} [${counts}]`);
  }
  const counts = `trxs: ${block.trxs}, lib: ${lib}, ${use} us, elapsed: 812 us, applying time: 1245 us, latency: ${latencyMs} ms`;
  return logLine("info", springApplied, `Received block ${heading(block)} [${counts}]`);
}

/** "Produced block ..." of the chosen generation of the software. */
export function producedLine(style: LogStyle, block: Block, { lib }: BlockNumbers): string {
  const use = `net: ${block.trxs * 104}, cpu: ${block.trxs * 371}`;
  if (style === "eosio-2.0") {
    const counts = `trxs: ${block.trxs}, lib: ${lib}, confirmed: 0`;
    return logLine("info", eosioProduced, `Produced block ${heading(block)} [${counts}]`);
  }
  if (style === "leap-5") {
    const counts = `trxs: ${block.trxs}, lib: ${lib}, confirmed: 0, ${use}, elapsed: 640, time: 980`;
    return logLine("info", leapProduced, `Produced block ${heading(block)} [${counts}]`);
  }
  const counts = `trxs: ${block.trxs}, lib: ${lib}, confirmed: 0, ${use} us, elapsed: 640 us, producing time: 980 us`;
  return logLine("info", springApplied, `Produced block ${heading(block)} [${counts}]`);
}

/** A line of nodeos' main program or of a plugin that does not depend on the generation. */
export function plainLine(level: "info" | "warn" | "error", file: string, method: string, message: string): string {
  return logLine(level, { thread: "nodeos", file, method }, message);
}

const eosioReceived = { thread: "thread-0", file: "producer_plugin.cpp:344", method: "on_incoming_block" };
const eosioProduced = { thread: "thread-0", file: "producer_plugin.cpp:2067", method: "produce_block" };
const leapReceived = { thread: "nodeos", file: "producer_plugin.cpp:700", method: "on_incoming_block" };
const leapProduced = { thread: "nodeos", file: "producer_plugin.cpp:2642", method: "produce_block" };
const springApplied = { thread: "chain-0", file: "controller.cpp:3177", method: "log_applied" };

function heading(block: Block): string {
  const id = block.id.slice(8, 24);
  return `${id}... #${block.num} @ ${chainTimeText(block.timeMs)} signed by ${block.producer}`;
}

function column(text: string, width: number): string {
  return text.slice(0, width).padEnd(width);
}

import { EventEmitter } from "node:events";

export type LogEntry = { readonly atMs: number; readonly line: string };

/** The log of one container: the newest lines in memory, and whoever follows. Cleared by nothing but its end. */
export type LogBuffer = {
  write(line: string): void;
  /** The kept lines, oldest first. */
  entries(): readonly LogEntry[];
  /** Calls back for each new line until the returned function is called. */
  follow(listener: (entry: LogEntry) => void): () => void;
};

const keptLines = 20_000;

export function createLogBuffer(): LogBuffer {
  const bus = new EventEmitter();
  bus.setMaxListeners(0);
  let kept: LogEntry[] = [];
  return {
    write(line) {
      const entry = { atMs: Date.now(), line };
      kept.push(entry);
      if (kept.length > keptLines * 1.25) kept = kept.slice(-keptLines);
      bus.emit("entry", entry);
    },
    entries: () => kept,
    follow(listener) {
      bus.on("entry", listener);
      return () => bus.off("entry", listener);
    },
  };
}

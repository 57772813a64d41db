import type { RecordedEvent } from "../domain/event.ts";
import type { FrontEnd, Live } from "../domain/ports.ts";
import type { RunState } from "../domain/state.ts";
import { printable } from "../lib/printable.ts";
import { clockTime, lineOf } from "./lines.ts";

export type ReporterOptions = {
  /** Lines for people; usually stderr. */
  line(text: string): void;
  /** Every event as one JSON object; usually stdout, with `--events`. */
  event?(json: string): void;
  readonly quiet: boolean;
};

const HEARTBEAT_MS = 30_000;
const PROGRESS_MS = 5_000;

/** Tells a run as lines. It never answers anything. */
export function createReporter(options: ReporterOptions): FrontEnd {
  let state: RunState | undefined;
  let lastLineMs = Date.now();
  let lastEventLine: string | undefined;
  let lastProgressMs = 0;
  const say = (text: string): void => {
    lastLineMs = Date.now();
    if (!options.quiet) options.line(printable(text));
  };
  const heartbeat = setInterval(() => {
    if (!state || Date.now() - lastLineMs < HEARTBEAT_MS) return;
    say(
      `${clockTime(Date.now())}  running  ${[...state.open]
        .filter((at) => isLeaf(state as RunState, at))
        .slice(0, 5)
        .join(", ")}`,
    );
  }, HEARTBEAT_MS);
  heartbeat.unref();
  return {
    notify: (event: RecordedEvent, now) => {
      state = now;
      options.event?.(JSON.stringify(event));
      const line = lineOf(event, now);
      // A step that fails for good says the same once more as the attempt before it.
      if (line !== undefined && line !== lastEventLine) say(line);
      lastEventLine = line;
      if (event.type === "step-ended" && Date.now() - lastProgressMs > PROGRESS_MS) {
        for (const items of fanOutLines(now)) say(`${clockTime(event.wallMs)}  items    ${items}`);
        lastProgressMs = Date.now();
      }
    },
    live: (news: Live) => {
      if (news.kind === "log") {
        say(`          | ${news.line}`);
        return;
      }
      if (Date.now() - lastProgressMs < PROGRESS_MS) return;
      lastProgressMs = Date.now();
      const { done, total, unit, note } = news.progress;
      say(
        `${clockTime(lastProgressMs)}  progress ${news.at}: ${done}${total === undefined ? "" : `/${total}`} ${unit}${note ? `  ${note}` : ""}`,
      );
    },
    ask: async () => undefined,
    close: async () => clearInterval(heartbeat),
  };
}

function fanOutLines(state: RunState): string[] {
  const lines: string[] = [];
  for (const at of state.open) {
    const fan = state.steps.get(at)?.fan;
    if (!fan?.complete) continue;
    const { done, failed, skipped } = fan.counts;
    lines.push(
      `${at}: ${done + skipped}/${fan.keys.length}${failed ? `, ${failed} failed` : ""}, ${fan.active.size} running`,
    );
  }
  return lines;
}

function isLeaf(state: RunState, at: string): boolean {
  return state.steps.get(at)?.phase.kind === "released";
}

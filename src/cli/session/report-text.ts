import { resolve } from "node:path";
import { fold } from "../../domain/reduce.ts";
import { exportChain } from "../../journal/care/index.ts";
import { readJournal } from "../../journal/index.ts";
import { createProcesses } from "../../process/index.ts";
import {
  type RunReport,
  reportAsHtml,
  reportAsJunit,
  reportAsMarkdown,
  reportOf,
  statusReport,
} from "../../report/index.ts";
import { nextCommands } from "../next-commands.ts";

export type ReportFormat = "markdown" | "html" | "json" | "junit";

const TAIL_LINES = 20;

export type ReportOptions = {
  /** A process owns the run now. */
  readonly alive: boolean;
  /** Check the record's hash chain first; a record that was changed throws `JournalError` 76. */
  readonly verifyChain?: boolean;
};

/** One run as a report. */
export async function reportText(runDir: string, format: ReportFormat, options: ReportOptions): Promise<string> {
  const chain = options.verifyChain ? checkedChain(runDir) : undefined;
  const reader = readJournal(runDir);
  const processes = createProcesses();
  try {
    const state = fold(reader.read());
    const request = {
      alive: options.alive,
      next: nextCommands(statusReport(state, options.alive)),
      tail: (dir: string) => processes.tail(resolve(runDir, dir), TAIL_LINES),
      ...(chain ? { chain } : {}),
    };
    return written(await reportOf(state, reader.read(), request), format);
  } finally {
    reader.close();
    processes.close();
  }
}

/** Follows the chain from its first link to its last. */
function checkedChain(runDir: string): { readonly events: number; readonly head: string } {
  let events = -1;
  let last = "";
  for (const line of exportChain(runDir)) {
    events++;
    last = line;
  }
  return { events, head: /"hash":"([0-9a-f]{64})"\}$/.exec(last)?.[1] ?? "" };
}

function written(report: RunReport, format: ReportFormat): string {
  switch (format) {
    case "markdown":
      return reportAsMarkdown(report);
    case "html":
      return reportAsHtml(report);
    case "junit":
      return reportAsJunit(report);
    case "json":
      return `${JSON.stringify(report)}\n`;
  }
}

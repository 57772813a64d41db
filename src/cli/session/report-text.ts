import { resolve } from "node:path";
import { fold } from "../../domain/reduce.ts";
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

/** One run as a report. `alive`: a process owns it now. */
export async function reportText(runDir: string, alive: boolean, format: ReportFormat): Promise<string> {
  const reader = readJournal(runDir);
  const processes = createProcesses();
  try {
    const state = fold(reader.read());
    const tail = (dir: string) => processes.tail(resolve(runDir, dir), TAIL_LINES);
    const next = nextCommands(statusReport(state, alive));
    return written(await reportOf(state, reader.read(), alive, tail, next), format);
  } finally {
    reader.close();
    processes.close();
  }
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

import { resolve } from "node:path";
import type { ArgumentsCamelCase, CommandModule } from "yargs";
import { fold } from "../../domain/reduce.ts";
import { isOwned, openStateDir, readJournal } from "../../journal/index.ts";
import { writeFileAtomically } from "../../lib/atomic-file.ts";
import { createProcesses } from "../../process/index.ts";
import {
  type RunReport,
  reportAsHtml,
  reportAsJunit,
  reportAsMarkdown,
  reportOf,
  statusReport,
} from "../../report/index.ts";
import type { GlobalOptions } from "../global-options.ts";
import { nextCommands } from "../next-commands.ts";
import { lastRun, runDirOf } from "../session/find-run.ts";

type Format = "markdown" | "html" | "json" | "junit";
type Options = GlobalOptions & { readonly run: string | undefined; readonly format: Format; readonly out: string };

const TAIL_LINES = 20;

export const command: CommandModule<object, Options> = {
  command: "report [run]",
  describe: "one run as Markdown, HTML, JSON or JUnit",
  builder: (parser) =>
    parser
      .positional("run", { type: "string", describe: "default: the last one" })
      .option("format", { choices: ["markdown", "html", "json", "junit"] as const, default: "markdown" })
      .option("out", { type: "string", default: "-", describe: "a file; - is stdout" }) as never,
  handler: async (options: ArgumentsCamelCase<Options>) => {
    const stateDir = openStateDir(options.stateDir, { create: false });
    const { runDir } = options.run ? runDirOf(stateDir, options.run) : lastRun(stateDir);
    const reader = readJournal(runDir);
    const processes = createProcesses();
    try {
      const state = fold(reader.read());
      const alive = isOwned(runDir);
      const report = await reportOf(
        state,
        reader.read(),
        alive,
        (dir) => processes.tail(resolve(runDir, dir), TAIL_LINES),
        nextCommands(statusReport(state, alive)),
      );
      const text = write(report, options.json ? "json" : options.format);
      if (options.out === "-") process.stdout.write(text);
      else await writeFileAtomically(options.out, text);
    } finally {
      reader.close();
      processes.close();
    }
  },
};

function write(report: RunReport, format: Format): string {
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

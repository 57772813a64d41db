import type { ArgumentsCamelCase, CommandModule } from "yargs";
import { isOwned, openStateDir } from "../../journal/index.ts";
import { writeFileAtomically } from "../../lib/atomic-file.ts";
import type { GlobalOptions } from "../global-options.ts";
import { lastRun, runDirOf } from "../session/find-run.ts";
import { type ReportFormat, reportText } from "../session/report-text.ts";

type Options = GlobalOptions & {
  readonly run: string | undefined;
  readonly format: ReportFormat;
  readonly out: string;
  readonly verifyChain: boolean;
};

export const command: CommandModule<object, Options> = {
  command: "report [run]",
  describe: "one run as Markdown, HTML, JSON or JUnit",
  builder: (parser) =>
    parser
      .positional("run", { type: "string", describe: "default: the last one" })
      .option("format", {
        choices: ["markdown", "html", "json", "junit"] as const,
        default: "markdown",
        describe: "what it is written as",
      })
      .option("out", { type: "string", default: "-", describe: "a file; - is stdout" })
      .option("verify-chain", {
        type: "boolean",
        default: false,
        describe: "check the record's hash chain first; exit code 76 when it was changed",
      })
      .example("$0 report --format html --out report.html", "the last run, for reading and printing") as never,
  handler: async (options: ArgumentsCamelCase<Options>) => {
    const stateDir = openStateDir(options.stateDir, { create: false });
    const { runDir } = options.run ? runDirOf(stateDir, options.run) : lastRun(stateDir);
    const { verifyChain } = options;
    const text = await reportText(runDir, options.json ? "json" : options.format, {
      alive: isOwned(runDir),
      verifyChain,
    });
    if (options.out === "-") process.stdout.write(text);
    else await writeFileAtomically(options.out, text);
  },
};

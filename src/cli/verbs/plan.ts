import type { ArgumentsCamelCase, CommandModule } from "yargs";
import type { PlanRow } from "../../engine/index.ts";
import { openStateDir } from "../../journal/index.ts";
import { printable } from "../../lib/printable.ts";
import type { GlobalOptions } from "../global-options.ts";
import { findRunbook, loadForUse } from "../session/load.ts";
import { paramsFor } from "../session/params.ts";
import { planRows } from "../session/plan-rows.ts";
import { practise } from "../session/practice.ts";
import { onTerminal } from "../terminal.ts";

type Options = GlobalOptions & {
  readonly runbook: string;
  readonly param: readonly string[];
  readonly params: readonly string[];
  readonly probe: boolean;
  readonly lab: boolean;
  readonly scenario: string | undefined;
};

export const command: CommandModule<object, Options> = {
  command: "plan <runbook>",
  describe: "what would happen, step by step; changes nothing",
  builder: (parser) =>
    parser
      .positional("runbook", { type: "string", demandOption: true, describe: "a file, or the name of a known runbook" })
      .option("param", { alias: "p", type: "string", array: true, default: [], describe: "a parameter: -p name=value" })
      .option("params", { type: "string", array: true, default: [], describe: "parameter file (YAML or JSON)" })
      .option("probe", {
        type: "boolean",
        default: false,
        describe: "carry out steps that only read, and native previews",
      })
      .option("lab", { type: "boolean", default: false, describe: "with the parameters of the practice environment" })
      .option("scenario", {
        type: "string",
        implies: "lab",
        describe: "with this trouble (runsheet lab scenarios)",
      }) as never,
  handler: async (options: ArgumentsCamelCase<Options>) => {
    const file = await findRunbook(options.runbook);
    const loaded = await loadForUse(file, { lenient: true });
    const { scenario, param: pairs, params: files, quiet } = options;
    const practice = options.lab
      ? await practise(openStateDir(options.stateDir), file, { scenario, pairs, quiet })
      : undefined;
    const source = practice ? { pairs: practice.pairs, files, practice: practice.params } : { pairs, files };
    const { params, secrets: typed } = await paramsFor(loaded, source, onTerminal({}));
    const rows = await planRows(loaded, params, { probe: options.probe, typedSecrets: typed });
    if (options.json)
      process.stdout.write(`${JSON.stringify({ runbook: loaded.runbook.name, sha256: loaded.sha256, rows })}\n`);
    else process.stdout.write(`${printable(table(rows))}\n`);
  },
};

function table(rows: readonly PlanRow[]): string {
  const lines = rows.map((row, index) => {
    const items = row.items === undefined ? "" : `  x${row.items}`;
    const skip =
      row.wanted === false ? "  would be skipped" : row.wanted === "unknown" ? "  maybe: decided by earlier steps" : "";
    const asks = row.asks === "no" ? "" : `  asks${row.asks === "typed" ? " (typed)" : ""}`;
    const indent = "  ".repeat(row.depth);
    const head = `${String(index + 1).padStart(3)}  ${indent}${row.at}${items}  ${effectWord(row)}${asks}  [${row.grade}]${skip}`;
    const title = row.title === row.at ? [] : [`     ${indent}${row.title}`];
    return [head, ...title, ...row.would.filter(Boolean).map((line) => `     ${indent}  ${line}`)].join("\n");
  });
  const count = (grade: PlanRow["grade"]) => rows.filter((row) => row.grade === grade).length;
  return `${lines.join("\n")}\n\n${rows.length} steps: ${count("simulated")} simulated, ${count("native")} previewed natively, ${count("not simulated")} not simulated`;
}

function effectWord(row: PlanRow): string {
  return row.effect === "destroy" ? "DESTROYS" : row.effect === "mutate" ? "changes" : "reads";
}

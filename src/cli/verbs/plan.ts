import { randomUUID } from "node:crypto";
import type { ArgumentsCamelCase, CommandModule } from "yargs";
import { planOf } from "../../domain/plan.ts";
import { dryRun, type PlanRow } from "../../engine/index.ts";
import { openStateDir } from "../../journal/index.ts";
import { createMask } from "../../lib/mask.ts";
import { printable } from "../../lib/printable.ts";
import { createProcesses } from "../../process/index.ts";
import { createExpressions, fingerprint } from "../../runbook/index.ts";
import { onTerminal } from "../carry-on.ts";
import type { GlobalOptions } from "../global-options.ts";
import { realClock, realFiles } from "../session/files.ts";
import { findRunbook, loadForUse } from "../session/load.ts";
import { paramsFor } from "../session/params.ts";
import { practise } from "../session/practice.ts";
import { declaredSecrets, resolveSecrets } from "../session/secrets.ts";

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
    const expressions = createExpressions();
    const processes = createProcesses();
    // Without --probe nothing is asked of the world, so secrets stay where they are; their names are enough.
    const names = Object.keys(declaredSecrets(loaded.runbook));
    const secrets = options.probe
      ? await resolveSecrets(loaded.runbook, { expressions, processes, params, given: typed })
      : Object.fromEntries(names.map((name) => [name, `(secret ${name})`]));
    const rows = await dryRun({
      plan: planOf(loaded.runbook, params, loaded.sha256, fingerprint),
      processes,
      files: realFiles,
      expressions,
      clock: realClock,
      actionOf: loaded.actionOf,
      secrets,
      mask: options.probe ? createMask(Object.values(secrets)).text : (text) => text,
      valueProblem: () => undefined,
      runDir: process.cwd(),
      env: Object.fromEntries(loaded.runbook.env.map((name) => [name, process.env[name]])),
      random: Math.random,
      newId: randomUUID,
      probe: options.probe,
    });
    processes.close();
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

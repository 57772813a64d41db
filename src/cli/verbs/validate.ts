import type { ArgumentsCamelCase, CommandModule } from "yargs";
import { type Diagnostic, formatDiagnostics } from "../../runbook/index.ts";
import type { GlobalOptions } from "../global-options.ts";
import { findRunbook, load } from "../session/load.ts";

type Options = GlobalOptions & { readonly files: readonly string[]; readonly lenient: boolean };

export const command: CommandModule<object, Options> = {
  command: "validate <files..>",
  describe: "report every problem of runbook files",
  builder: (parser) =>
    parser
      .positional("files", { type: "string", array: true, demandOption: true, describe: "files or names of runbooks" })
      .option("lenient", {
        type: "boolean",
        default: false,
        describe: "a step without a word about interruption is only a warning",
      }) as never,
  handler: async (options: ArgumentsCamelCase<Options>) => {
    const results: { file: string; ok: boolean; diagnostics: readonly Diagnostic[] }[] = [];
    for (const name of options.files) {
      const file = await findRunbook(name);
      const { result } = await load(file, { lenient: options.lenient });
      const ok = result.kind === "ok";
      results.push({ file, ok, diagnostics: result.kind === "ok" ? result.warnings : result.diagnostics });
    }
    const ok = results.every((result) => result.ok);
    if (options.json) process.stdout.write(`${JSON.stringify({ ok, files: results })}\n`);
    else for (const result of results) tell(result);
    process.exitCode = ok ? 0 : 2;
  },
};

function tell({ file, ok, diagnostics }: { file: string; ok: boolean; diagnostics: readonly Diagnostic[] }): void {
  if (diagnostics.length > 0)
    process.stdout.write(`${formatDiagnostics(diagnostics, { relativeTo: process.cwd() })}\n`);
  process.stdout.write(`${file}: ${ok ? "valid" : `${diagnostics.length} problems`}\n`);
}

import yargs from "yargs";
import { command } from "../../../src/cli/era/index.ts";
import { describeError } from "../../../src/cli/errors.ts";
import { globalOptions } from "../../../src/cli/global-options.ts";

/** The era verbs as a program of their own, as `runsheet era ...` has them. */
process.exitCode = 0;
try {
  const parser = globalOptions(yargs(["era", ...process.argv.slice(2)])).scriptName("runsheet");
  await parser
    .command(command)
    .strict()
    .fail((message, error) => {
      throw error ?? Object.assign(new Error(message), { name: "YError" });
    })
    .exitProcess(false)
    .parseAsync();
} catch (error) {
  process.exitCode = describeError(error);
}

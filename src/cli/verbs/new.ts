import { writeFileSync } from "node:fs";
import type { ArgumentsCamelCase, CommandModule } from "yargs";
import { starterRunbook } from "../../runbook/index.ts";
import type { GlobalOptions } from "../global-options.ts";
import { UsageError } from "../session/usage-error.ts";

type Options = GlobalOptions & { readonly name: string; readonly stdout: boolean };

export const command: CommandModule<object, Options> = {
  command: "new <name>",
  describe: "write a commented starter runbook",
  builder: (parser) =>
    parser
      .positional("name", {
        type: "string",
        demandOption: true,
        describe: "name of the runbook; the file is NAME.yaml",
      })
      .option("stdout", { type: "boolean", default: false, describe: "print it instead" }) as never,
  handler: (options: ArgumentsCamelCase<Options>) => {
    const name = options.name.replace(/\.ya?ml$/, "");
    if (!/^[a-z0-9][a-z0-9-]*$/.test(name)) {
      throw new UsageError(`${options.name} is no name for a runbook`, "use lower-case letters, digits and dashes");
    }
    if (options.stdout) {
      process.stdout.write(starterRunbook(name));
      return;
    }
    const file = `${name}.yaml`;
    try {
      writeFileSync(file, starterRunbook(name), { flag: "wx" });
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== "EEXIST") throw error;
      throw new UsageError(`${file} exists already`, "choose another name");
    }
    process.stderr.write(`wrote ${file}\n  next: runsheet plan ${file}\n`);
  },
};

import type { ArgumentsCamelCase, CommandModule } from "yargs";
import { z } from "zod";
import { builtInActions } from "../../actions/registry.ts";
import type { GlobalOptions } from "../global-options.ts";
import { UsageError } from "../session/usage-error.ts";

type Options = GlobalOptions & { readonly kind: string | undefined };

export const command: CommandModule<object, Options> = {
  command: "actions [kind]",
  describe: "list the built-in actions, or describe one",
  builder: (parser) => parser.positional("kind", { type: "string", describe: "e.g. s3.copy" }) as never,
  handler: (options: ArgumentsCamelCase<Options>) => {
    if (options.kind === undefined) {
      const list = builtInActions.map(({ kind, title, effect }) => ({ kind, title, effect }));
      if (options.json) process.stdout.write(`${JSON.stringify({ actions: list })}\n`);
      else
        for (const { kind, title, effect } of list)
          process.stdout.write(`${kind.padEnd(22)}  ${effect.padEnd(7)}  ${title}\n`);
      return;
    }
    const action = builtInActions.find((candidate) => candidate.kind === options.kind);
    if (!action) throw new UsageError(`there is no action ${options.kind}`, "runsheet actions");
    const params = z.toJSONSchema(action.params, { io: "input", unrepresentable: "any" });
    const outputs = z.toJSONSchema(action.outputs, { unrepresentable: "any" });
    const { kind, title, description, effect, repeatable } = action;
    if (options.json)
      process.stdout.write(`${JSON.stringify({ kind, title, description, effect, repeatable, params, outputs })}\n`);
    else {
      process.stdout.write(
        `${kind} - ${title}\neffect: ${effect}\n\n${description}\n\nwith:\n${fields(params)}\n\noutputs:\n${fields(outputs)}\n`,
      );
    }
  },
};

function fields(schema: unknown): string {
  const { properties = {}, required = [] } = schema as {
    properties?: Record<string, { type?: string; description?: string; default?: unknown; enum?: unknown[] }>;
    required?: readonly string[];
  };
  const lines = Object.entries(properties).map(([name, field]) => {
    const type = field.enum ? field.enum.join("|") : (field.type ?? "");
    const fallback = field.default === undefined ? "" : ` (default ${JSON.stringify(field.default)})`;
    const needed = required.includes(name) && field.default === undefined ? " required" : "";
    return `  ${name.padEnd(18)} ${type}${needed}${fallback}${field.description ? `\n      ${field.description}` : ""}`;
  });
  return lines.join("\n") || "  none";
}

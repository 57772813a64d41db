import type { CommandModule } from "yargs";

/** What a verb declares to yargs, and so what its `--help` says. */
export type DeclaredVerb = {
  /** `run <runbook>` */
  readonly usage: string;
  readonly describe: string;
  readonly positionals: readonly DeclaredOption[];
  readonly options: readonly DeclaredOption[];
  readonly examples: readonly { readonly command: string; readonly does: string }[];
  readonly verbs: readonly DeclaredVerb[];
};

export type DeclaredOption = {
  readonly name: string;
  readonly alias?: string;
  readonly type?: string;
  readonly array?: boolean;
  readonly choices?: readonly string[];
  readonly default?: unknown;
  readonly describe?: string;
  readonly demandOption?: boolean;
};

/** Lets a verb's builder declare itself, and writes down what it says instead of parsing with it. */
export async function declaredBy(usage: string, describe: string, module: CommandModule): Promise<DeclaredVerb> {
  const positionals: DeclaredOption[] = [];
  const options: DeclaredOption[] = [];
  const examples: { command: string; does: string }[] = [];
  const below: (() => Promise<DeclaredVerb>)[] = [];
  const said = {
    positional: (name: string, declared: object) => positionals.push({ name, ...declared }),
    option: (name: string, declared: DeclaredOption & { hidden?: boolean }) =>
      declared.hidden ? 0 : options.push({ ...declared, name }),
    example: (command: string, does: string) => examples.push({ command: command.replace("$0", "runsheet"), does }),
    command: (declared: string | CommandModule, words?: string, builder?: unknown) =>
      below.push(() => subVerb(usage, declared, words, builder)),
  } as const;
  const recorder: object = new Proxy(
    {},
    {
      get: (_target, method) => {
        if (method === "then") return undefined;
        return (...declared: unknown[]) => {
          (said[method as keyof typeof said] as ((...all: unknown[]) => unknown) | undefined)?.(...declared);
          return recorder;
        };
      },
    },
  );
  if (typeof module.builder === "function") await module.builder(recorder as never);
  const verbs: DeclaredVerb[] = [];
  for (const declare of below) verbs.push(await declare());
  return { usage, describe, positionals, options, examples, verbs };
}

function subVerb(
  above: string,
  declared: string | CommandModule,
  words: string | undefined,
  builder: unknown,
): Promise<DeclaredVerb> {
  const module = typeof declared === "string" ? ({ builder } as CommandModule) : declared;
  const usage = typeof declared === "string" ? declared : String(module.command);
  const describe = words ?? (typeof module.describe === "string" ? module.describe : "");
  return declaredBy(`${above.split(" ")[0]} ${usage}`, describe, module);
}
